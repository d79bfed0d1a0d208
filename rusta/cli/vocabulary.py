"""What a command line may contain: config groups ("organs") with their options, and settings with their values.

Reads no YAML. Options are the files of `conf/` and of the user's own config folder. Settings are read from
`settings.json`, which is generated from the dataclasses (`python -m rusta.cli.schema` writes it, a test compares it):
importing those would take a second.
"""

import difflib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from rusta.core.home import standard

HERE = Path(__file__).resolve().parent
CONF = next(at / "conf" for at in (HERE.parent, HERE.parent.parent) if (at / "conf").is_dir())  # installed, or a clone
SETTINGS = HERE / "settings.json"

ADDED = ("phase", "sweep", "launch")  # groups without a default option: added with a plus
INNER = (
    "hydra",
    "local",
    "mirror",
)  # groups whose options are chosen by no setting: Hydra's, the user's own, all mirrors at once
# Settings outside the config groups, with their help.
ROOT = {
    "prompt": "one answer, then leave; what is piped in is appended",
    "output": "what stdout carries (text, json, jsonl); all else goes to stderr",
    "resume": "go on with a conversation, or with a training run that was broken off: last, or its name",
    "workspace": "the crate she works in; by default the folder she is started in",
    "approve": "what she may do without asking (ask, edits, all, none)",
    "answers": "where an answer on Rust comes from: its pages where it names one, or the model alone (grounded, free)",
    "narration": "how much she tells while she works (quiet, normal, full)",
    "init_from": "start a phase from another adapter: its folder",
    "seed": "what chance is drawn from; the same seed repeats a run",
}
# Verbs that are designed and not implemented yet.
NOT_BUILT = {
    "dream": "she will think about what nobody asked for (the phase is: rusta plan dream)",
    "research": "she will read what others wrote",
    "teach": "she will teach you Rust (the phase is: rusta plan teacher)",
    "data": "she will build what she is raised on (today you put it into ~/.rusta/data)",
    "serve": "editors and programs will talk with her (today: rusta ask ... output=json)",
}


def user_conf_folder() -> Path:
    """Return the folder of the user's own options and settings, which need not exist."""
    return standard() / "conf"


def folders() -> list[Path]:
    """Return the folders that are searched for options; of two options with one name the first is used."""
    return [CONF, *([user_conf_folder()] if user_conf_folder().is_dir() else [])]


def organs() -> dict[str, list[str]]:
    """Return every config group with its options, sorted."""
    found: dict[str, set[str]] = {}
    for folder in folders():
        for path in folder.glob("*/*.yaml"):
            if path.parent.name not in INNER:
                found.setdefault(path.parent.name, set()).add(path.stem)
    return {group: sorted(found[group]) for group in sorted(found)}


@cache
def settings() -> dict[str, list[str]]:
    """Return every setting by dotted key, with its allowed values, if restricted.

    A key that ends in a dot stands for any key below it.
    """
    return json.loads(SETTINGS.read_text(encoding="utf-8"))


def is_read(key: str) -> bool:
    """Return whether a component reads this dotted key."""
    known = settings()
    return key in known or any(
        name.startswith(f"{key}.") or (name[-1] == "." and key.startswith(name)) for name in known
    )


def meant(word: str, known: Iterable[str], same: int = 0) -> str:
    """Return `Did you mean ...? ` for the one of `known` that is close to the word, else nothing.

    The first `same` characters are not compared.
    """
    close = difflib.get_close_matches(word[same:], [name[same:] for name in known], 1)
    return f"Did you mean {word[:same]}{close[0]}? " if close else ""


def meant_key(key: str) -> str:
    """Return the same for the dotted key of a setting.

    The nearest key in its group is suggested, else the nearest of all, also by its last part alone.
    """
    every = [*(name for name in settings() if name[-1] != "."), *organs()]
    group = key.rpartition(".")[0]
    if beside := [name for name in every if group and name.rpartition(".")[0] == group]:
        return (
            meant(key, beside, len(group) + 1)
            or f"{group} has: {', '.join(name[len(group) + 1 :] for name in beside)}. "
        )
    ends = {name.rpartition(".")[2]: name for name in reversed(every)}
    last = difflib.get_close_matches(key, ends, 1, 0.75)
    return f"Did you mean {ends[last[0]]}? " if last else meant(key, every)
