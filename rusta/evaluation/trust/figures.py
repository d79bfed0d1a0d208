"""The figures that were measured, by the hash of weights and adapter: of the minds we name here, of others in her home."""

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
    """How many accounts of the set were right, of how many, in how much time."""

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
        """Right, of all."""
        return self.right / self.of


def hashed(model: Model | None, adapter: Path | None, home: Home) -> str | None:
    """What a figure is kept by; None where the weights cannot be seen from here (an endpoint's, a fake's)."""
    if model is None or isinstance(model, Nobody):
        return None
    parts = [model.fingerprint(home), *([path_hash(adapter, home)] if adapter else [])]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def kept(key: str | None, home: Home) -> Figure | None:
    """The figure of a mind on this set, if one is known."""
    if key is None:
        return None
    found = recalled(_path(key, home), _figure)
    if found is None and (raw := _named().get(key)):
        found = Figure(**raw)
    return found if found and found.version == repairs.version() else None


def keep(key: str, figure: Figure, home: Home) -> Path:
    """Keep what was measured here."""
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
    """From which share of right accounts on a mind may do what. A mind that was never measured has a share of 0."""

    pages: float = 0.8  # share of right accounts from which on a model's own words go into the journals

    def __post_init__(self) -> None:
        if not 0 <= self.pages <= 1:
            raise ConfigError(f"trust.pages={self.pages}: a share, from 0 to 1.")

    def bears_pages(self, model: Model | None, adapter: Path | None, home: Home) -> bool:
        """Whether her journals' pages may be in this mind's own words, beside the facts."""
        return share(model, adapter, home) >= self.pages


def share(model: Model | None, adapter: Path | None, home: Home) -> float:
    """Of the accounts that this mind gave on the set, how many were right; 0 where it was not measured."""
    try:
        found = kept(hashed(model, adapter, home), home)
    except RustaError:  # no weights here
        return 0.0
    return found.share if found else 0.0
