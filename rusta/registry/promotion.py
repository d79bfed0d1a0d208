"""Promotion: which finished run becomes a phase's current adapter (its "life"), and how a replaced one is restored.

Replaced ones are kept in `~/.rusta/life/.earlier/PHASE/`, named by the time of their replacement; the newest `KEPT` of
each phase are kept.
"""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rusta.core.home import Home, alone, whole_folder
from rusta.registry import lineage
from rusta.registry.lineage import ADAPTER, CARD, NotRaised

FOLDER = ".earlier"
KEPT = 5


@dataclass(frozen=True)
class Life:
    """One adapter of a phase, current or replaced.

    `number` counts the replaced ones, 1 the newest; None is the current.
    """

    phase: str
    number: int | None
    folder: Path
    card: dict[str, Any]


def promote(run: Path, home: Home, name: str) -> str:
    """Make a finished run the current adapter of phase `name`. Returns a sentence that says what happened.

    In a sweep the run with the best margin on the sealed pages is kept, whatever the order in which they finish. The
    current adapter is also kept if it was trained on another base, or on more tokens; the user can override that with
    `restore`. What is replaced can be restored.
    """
    folder = home.life / name
    with alone(folder):
        if (folder / CARD).is_file() and (why := _stays(lineage.card(folder), lineage.card(run), name)):
            return f"{folder} {why} ({run} is kept. Make it her life: rusta life restore {run})"
        put_away(home, name)
        copy_run(run, folder)
        _let_go(home, name)
    return f"She is at {folder}."


def _stays(was: dict, now: dict, name: str) -> str:
    """Return why the current adapter is not replaced by a run, by the cards of both; empty if it is."""
    same_sweep = now.get("sweep") and was.get("sweep") == now["sweep"]
    if same_sweep and was["margin"] >= now["margin"]:
        return f"keeps the better run of this sweep ({was['margin']:+.3f} against {now['margin']:+.3f})."
    if was.get("model_hash") != now.get("model_hash"):
        return f"stays: this {name} was raised on {was.get('model', 'another base')}, not on {now.get('model', 'this one')}."
    if not same_sweep and int(was.get("tokens", 0)) > int(now.get("tokens", 0)):
        return f"stays: it has read {was['tokens']} tokens, and this run {now.get('tokens', 0)}."
    return ""


def copy_run(run: Path, folder: Path) -> None:
    """Copy the lasting parts of a run to `folder`, replacing it: the adapter, the card and the reports."""
    with whole_folder(folder) as making:
        shutil.copytree(run / ADAPTER, making / ADAPTER)
        for kind in ("yaml", "md", "json", "csv", "png"):
            for path in run.glob(f"*.{kind}"):
                shutil.copy2(path, making / path.name)


def lives(home: Home, phase: str | None = None) -> list[Life]:
    """Return the adapters of a phase, or of all phases: the current one, then the replaced ones, the newest first."""
    there = {path.parent.name for path in home.life.glob(f"*/{CARD}")} | {path.name for path in _of(home, "").glob("*")}
    found = []
    for name in sorted(there):
        if name.startswith(".") or phase not in (None, name):
            continue
        if (home.life / name / CARD).is_file():
            found.append(Life(name, None, home.life / name, _card(home.life / name)))
        found += [Life(name, n, folder, _card(folder)) for n, folder in enumerate(_earlier(home, name), 1)]
    return found


def put_away(home: Home, phase: str) -> None:
    """Copy the current adapter of a phase to the replaced ones. Called before another takes its place."""
    folder = home.life / phase
    if not (folder / CARD).is_file():
        return
    stamp = datetime.now().strftime("%Y-%m-%d_%H-%M-%S.%f")
    with whole_folder(_of(home, phase) / stamp) as making:
        shutil.copytree(folder, making, dirs_exist_ok=True)


def _let_go(home: Home, phase: str) -> None:
    """Delete the oldest replaced adapters of a phase, only after another is in place: it may be one of these."""
    for old in _earlier(home, phase)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def restore(home: Home, which: str, phase: str | None = None) -> str:
    """Make a replaced adapter (by its number), or the run in a folder, the current one. The one until then is kept.

    Returns a sentence that says what happened. Raises `NotRaised`.
    """
    known = lives(home)
    phases = sorted({one.phase for one in known if one.number})
    if which.isdigit():
        name = phase or (phases[0] if len(phases) == 1 else None)
        if name is None:
            raise NotRaised(f"Of which phase? Earlier lives there are of: {', '.join(phases) or 'none'}. rusta life")
        folder = next((one.folder for one in known if (one.phase, one.number) == (name, int(which))), None)
        if folder is None:
            raise NotRaised(f"There is no earlier life {which} of {name}. What there is: rusta life")
    else:
        folder = Path(which).expanduser().absolute()
        name = phase or str(lineage.card(folder).get("phase") or "")
        if not name or not (folder / ADAPTER / "adapter_config.json").is_file():
            raise NotRaised(
                f"{folder} holds no finished run (run.yaml with a phase, adapter/). What there is: rusta life"
            )
    with alone(home.life / name):
        put_away(home, name)
        copy_run(folder, home.life / name)
        _let_go(home, name)
    return f"{name.capitalize()} is as it was in {folder}. What it was until now: rusta life"


def _of(home: Home, phase: str) -> Path:
    return home.life / FOLDER / phase


def _earlier(home: Home, phase: str) -> list[Path]:
    return sorted((path.parent for path in _of(home, phase).glob(f"[0-9]*/{CARD}")), reverse=True)


def _card(folder: Path) -> dict[str, Any]:
    try:
        return lineage.card(folder)
    except NotRaised:
        return {}
