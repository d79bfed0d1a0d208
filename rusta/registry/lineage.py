"""The order of training phases, and the adapter that each finished phase left under `~/.rusta/life/`."""

import os
from dataclasses import dataclass
from pathlib import Path

import yaml

from rusta.core.derived_files import make_way, recalled
from rusta.core.errors import ConfigError, RustaError
from rusta.core.home import Home, whole_file
from rusta.core.regular_file import read_file

ADAPTER = "adapter"
CARD = "run.yaml"
UNDER_WAY = ".under-way"


class NotRaised(RustaError):
    """A phase that was requested, or that another one follows, has not been trained yet."""


@dataclass(frozen=True)
class Phase:
    """A training phase: its purpose, how much it reads, and which phase it follows.

    `tokens` and `passes` are upper limits; the body has its own, and the smallest applies.
    """

    name: str  # of the phase, and of its folder under life/
    purpose: str  # what it is for, in a sentence
    question: str  # an example question to ask the model afterwards
    follows: str | None = None  # the phase whose adapter it starts from; null is the bare base
    lr: float = 1e-4  # learning rate, before the scale of the model
    from_base: bool = False  # whether it may start from the base if its parent is missing, with a warning
    tokens: int = 1_000_000  # at most so many are read
    passes: float = 3.0  # at most so many times is each page read

    def __post_init__(self) -> None:
        if self.tokens < 1 or not self.passes > 0:
            raise ConfigError(
                f"phase.tokens={self.tokens}, passes={self.passes}: at least one token, and some part of a pass."
            )


def grown(home: Home, name: str) -> Path:
    """Return the adapter folder of a finished phase. Raises `NotRaised`."""
    folder = home.life / name
    if not (folder / ADAPTER / "adapter_config.json").is_file():
        raised = sorted(path.parent.name for path in home.life.glob(f"*/{CARD}"))
        raise NotRaised(
            f"There is no {name} at {folder} yet (raised so far: {', '.join(raised) or 'nothing'}). "
            f"Raise it first: rusta +phase={name}"
        )
    return folder / ADAPTER


def parent(phase: Phase, home: Home, init_from: str | None) -> tuple[Path | None, str]:
    """Return the adapter to start from, None for the bare base, and a sentence that says which. Raises `NotRaised`."""
    if init_from:
        given = Path(init_from).expanduser()
        folder = given / ADAPTER if (given / ADAPTER).is_dir() else given
        if not given.exists():
            raise NotRaised(
                f"init_from={init_from}: there is nothing at {given.absolute()}. Name a life or a peft folder."
            )
        if not (folder / "adapter_config.json").is_file():
            raise NotRaised(
                f"init_from={init_from} holds no adapter (adapter_config.json). Name a life or a peft folder."
            )
        return folder, f"I start from {folder}."
    if phase.follows is None:
        return None, "I start from the bare base: this is the first phase."
    try:
        return grown(home, phase.follows), f"I start from {phase.follows}, as I was when it ended."
    except NotRaised:
        if phase.from_base:
            return None, (
                f"{phase.name.capitalize()} follows {phase.follows}, which has not been raised; I start from the bare base. "
                f"To have it first: rusta +phase={phase.follows}"
            )
        raise NotRaised(
            f"{phase.name.capitalize()} follows {phase.follows}, and there is no {phase.follows} at "
            f"{home.life / phase.follows} yet. Raise it first: rusta +phase={phase.follows}. "
            f"Or start elsewhere: rusta +phase={phase.name} init_from=PATH"
        ) from None


def card(folder: Path) -> dict:
    """Return the run card in `folder`. Raises `NotRaised` if it is missing or broken."""
    try:
        found = yaml.safe_load(read_file(folder / CARD))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise NotRaised(f"{folder / CARD} cannot be read ({type(error).__name__}): this is no run of mine.") from None
    if not isinstance(found, dict):
        raise NotRaised(f"{folder / CARD} holds no run card: this is no run of mine.")
    return found


def begun_card(run: Path) -> dict:
    """Return the card of a run that was started, with the entries that identify the run. Raises `NotRaised`."""
    found = card(run)
    if lacking := {"settings", "model_hash", "data"} - found.keys():
        raise NotRaised(f"{run / CARD} lacks {', '.join(sorted(lacking))}: this is no run of mine.")
    return found


def begun(home: Home, name: str, run: Path) -> None:
    """Record that `run` is in progress, so that `resume=last` finds it."""
    pointer = home.life / UNDER_WAY / name
    make_way(pointer)
    with whole_file(pointer) as out:
        out.write(os.fsencode(run.resolve()))


def finished(home: Home, name: str, run: Path) -> None:
    """Remove the record that `run` is in progress, unless it names a newer run of the phase."""
    if _pointed(home, name) == run.resolve():
        (home.life / UNDER_WAY / name).unlink(missing_ok=True)


def under_way(home: Home, name: str, which: str) -> Path:
    """Return the run that `resume=` names: "last" or its folder. Raises `NotRaised`."""
    run = _pointed(home, name) if which == "last" else Path(which).expanduser()
    if run is None:
        raise NotRaised(
            f"No run of {name} was broken off. Begin one: rusta +phase={name}. Or name its folder: resume=PATH"
        )
    if not (run / "checkpoints").is_dir():
        raise NotRaised(f"{run} has no checkpoints to go on from. Begin anew: rusta +phase={name}")
    return run


def _pointed(home: Home, name: str) -> Path | None:
    """Return the run of a phase that is in progress, or None."""
    return recalled(home.life / UNDER_WAY / name, _path, 4096)


def _path(raw: bytes) -> Path:
    path = Path(os.fsdecode(raw).strip())  # a path need not be UTF-8
    path.exists()  # raises ValueError for an impossible file name
    if not path.is_absolute():
        raise ValueError("no path")
    return path
