"""Measured accuracy of models' repair accounts, by hash of weights and adapter.

Figures of the models named in this project are in `named.json`, those of others in the home folder.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from rusta.core.derived_files import recalled
from rusta.core.errors import ConfigError, RustaError
from rusta.core.home import Home, keep_derived
from rusta.evaluation.trust import repairs
from rusta.mind.model import Model, Nobody, path_hash


@dataclass(frozen=True)
class Figure:
    """The number of right accounts on the set, the size of the set, and the time of the measurement."""

    mind: str
    right: int
    of: int
    minutes: float
    version: str  # of the set

    def __post_init__(self) -> None:
        if not (isinstance(self.right, int) and isinstance(self.of, int) and 0 <= self.right <= self.of > 0):
            raise ValueError(f"{self.right} right of {self.of}")

    @property
    def share(self) -> float:
        """The share of right accounts."""
        return self.right / self.of


def hashed(model: Model | None, adapter: Path | None, home: Home) -> str | None:
    """Return the key of a model's figure; None if its weights are not accessible (an endpoint, the fake engine)."""
    if model is None or isinstance(model, Nobody):
        return None
    parts = [model.fingerprint(home), *([path_hash(adapter, home)] if adapter else [])]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def stored_figure(key: str | None, home: Home) -> Figure | None:
    """Return the figure of a model on the current version of the set, if there is one."""
    if key is None:
        return None
    found = recalled(_path(key, home), _figure)
    if found is None and (raw := _named().get(key)):
        found = Figure(**raw)
    return found if found and found.version == repairs.version() else None


def store_figure(key: str, figure: Figure, home: Home) -> Path:
    """Store a figure measured here. Returns the path."""
    keep_derived(_path(key, home), json.dumps(asdict(figure)))
    return _path(key, home)


def _named() -> dict[str, dict[str, Any]]:
    return json.loads(files("rusta.evaluation.trust").joinpath("named.json").read_text(encoding="utf-8"))


def _figure(raw: bytes) -> Figure:
    return Figure(**json.loads(raw))


def _path(key: str, home: Home) -> Path:
    return home.models / "trust" / f"{key[:24]}.json"


@dataclass(frozen=True)
class Trust:
    """The minimum share of right accounts for each permission. A model that was never measured has a share of 0."""

    pages: float = 0.8  # share of right accounts from which on a model's own words go into the journals
    words: float = 0.8  # the same for its own words beside a quote that says the same, and for repairs of many files

    def __post_init__(self) -> None:
        for name, share_ in (("pages", self.pages), ("words", self.words)):
            if not 0 <= share_ <= 1:
                raise ConfigError(f"trust.{name}={share_}: a share, from 0 to 1.")

    def bears_pages(self, model: Model | None, adapter: Path | None, home: Home) -> bool:
        """Whether journal pages may contain this model's own words, beside the facts."""
        return share(model, adapter, home) >= self.pages

    def bears_words(self, model: Model | None, adapter: Path | None, home: Home) -> bool:
        """Whether this model may say something of its own beside what is quoted."""
        return share(model, adapter, home) >= self.words


def share(model: Model | None, adapter: Path | None, home: Home) -> float:
    """Return the share of this model's accounts on the set that were right; 0 if it was not measured."""
    try:
        found = stored_figure(hashed(model, adapter, home), home)
    except RustaError:  # the weights are not here
        return 0.0
    return found.share if found else 0.0
