"""The data of a phase: sources with weights, and a check for missing ones before training starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rusta.core.errors import ConfigError, RustaError
from rusta.core.home import Home
from rusta.data import corpus, documents
from rusta.data.pages import Page, PageKind

# Sources that come with the project: the corpus. Any other name is a folder under `~/.rusta/data/`.
CORPUS = {f"corpus_{kind.value}": kind for kind in PageKind if kind is not PageKind.SEALED}


class MissingData(RustaError):
    """A source of the mix is empty on this machine."""


@dataclass(frozen=True)
class Mix:
    """Sources by name, each with its weight: with 2 a page is read twice per pass, with 0.5 every other pass."""

    name: str  # what the mix is called on the run card
    tag: str  # foundation, applied, identity, loop or replay
    sources: dict[str, float] = field(default_factory=dict)  # weight of each source of pages

    def __post_init__(self) -> None:
        _check(self.sources, f"data={self.name}")


@dataclass(frozen=True)
class Replay:
    """Data of earlier phases that is read again: each page comes from `sources` with probability `ratio`."""

    name: str  # what the mix is called on the run card
    ratio: float = 0.0  # share of the pages that are replayed
    sources: dict[str, float] = field(default_factory=dict)  # weight of each source of pages

    def __post_init__(self) -> None:
        _check(self.sources, f"replay={self.name}")
        if not 0 <= self.ratio < 1:
            raise ConfigError(f"replay.ratio={self.ratio}: a share of the pages, 0 or more and below 1.")
        if self.ratio and not self.sources:
            raise ConfigError(f"replay.ratio={self.ratio} without replay.sources: there is nothing to replay.")


def weighted(sources: Mapping[str, float], home: Home) -> list[tuple[Page, float]]:
    """Return every page of the sources, in a fixed order, with its source's weight. Raises `BrokenPage`."""
    return [(page, weight) for name, weight in sources.items() for page in _pages(name, home)]


def check(mix: Mix, replay: Replay, home: Home) -> None:
    """Raise `MissingData` with every source that is empty, and the folder where its files belong."""
    empty = [name for name in [*mix.sources, *replay.sources] if not _pages(name, home)]
    if empty:
        lines = "".join(f"\n  {name:<20} put it in {_folder(name, home)}" for name in dict.fromkeys(empty))
        raise MissingData(
            f"The data mix {mix.name!r} (replay {replay.name!r}) is not all here. Missing:{lines}\n"
            'A folder holds .md, .rs or .txt files, or .jsonl with an object {"text": ...} a line. '
            "Or read what is here: data=identity replay=none"
        )


def _pages(name: str, home: Home) -> list[Page]:
    return list(corpus.pages(CORPUS[name])) if name in CORPUS else documents.read_folder(_folder(name, home))


def _folder(name: str, home: Home) -> Path:
    return home.data / name


def _check(sources: Mapping[str, float], where: str) -> None:
    for name, weight in sources.items():
        if weight <= 0:
            raise ConfigError(
                f"{where} gives {name} the weight {weight}. Leave a source out instead of weighing it zero."
            )
        if name.startswith("corpus_") and name not in CORPUS:
            raise ConfigError(
                f"{where} names {name}, which may not be read. Of her own writing there are {', '.join(CORPUS)}."
            )
