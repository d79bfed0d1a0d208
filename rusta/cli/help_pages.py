"""The texts of `rusta --help`, `rusta help VERB` and `rusta --version`, made without composing a config."""

import re
from collections.abc import Sequence

from rusta import __version__
from rusta.cli.verbs import TRUST, VERBS, Verb
from rusta.cli.vocabulary import ADDED, NOT_BUILT, ROOT, folders, meant, organs, settings
from rusta.core.errors import ConfigError
from rusta.ui.journal.arguments import guide

FLAGS = {
    "--cfg job": "what is composed, and nothing run; -p ORGAN for one organ of it",
    "--info defaults-tree": "which file brought what",
    "-m, --multirun": "a run for each combination of values that are given with commas",
    "--hydra-help": "about the flags that Hydra adds",
}
OWN = {
    "help": ("[VERB]", "this, or what one verb does, takes and reads"),
    "completion": ("SHELL", "tab completion, for bash, zsh or fish"),
    "--version": ("", "the version"),
}
# The line for the shell's startup file that turns on completion.
START = {
    "bash": 'eval "$(rusta completion bash)"',
    "zsh": 'eval "$(rusta completion zsh)"',
    "fish": "rusta completion fish | source",
}


def help_text(said: Sequence[str]) -> str | None:
    """Return the answer to a command line that asks for help or the version; None where such a word is only text in it.

    Raises `ConfigError` for a verb that does not exist.
    """
    ours = said[: said.index("--")] if "--" in said else said
    if {"--version", "-V"} & set(ours[:1]):
        return f"rusta {__version__}"
    if ours[:1] == ["help"]:
        return _of(ours[1]) if len(ours) > 1 else overview()
    if not {"--help", "-h"} & set(ours):
        return None
    return _of(ours[0]) if ours[0] in (*VERBS, *OWN) else overview()


def overview() -> str:
    """Return the overview: the verbs, the settings outside config groups, the groups with their options, the flags."""
    lines = [f"Rusta {__version__}, a Rust engineer who lives on your machine.", ""]
    lines += [f"  rusta {f'{name} {_takes(verb)}':<22}{verb.does}" for name, verb in VERBS.items()]
    lines += [f"  rusta {f'{word} {takes}':<22}{does}" for word, (takes, does) in OWN.items()]
    lines += ["", "Everything else is said as key=value. What belongs to no organ:", ""]
    lines += [f"  {f'{key}=':<16}{means}" for key, means in ROOT.items()]
    lines += [
        "",
        "An organ takes another option (engine=transformers), or one other setting (generation.temperature=0):",
        "",
    ]
    lines += [
        f"  {('+' if group in ADDED else '') + group:<16}{', '.join(options)}" for group, options in organs().items()
    ]
    lines += ["", "  rusta chat +phase=personality        talk to her as she was after a phase"]
    lines += ["  rusta -m +phase=personality adapter.rank=8,16        a sweep, and a table of it", ""]
    lines += [f"  {flag:<22}{does}" for flag, does in FLAGS.items()]
    lines += ["", f"Designed and not built yet: {', '.join(NOT_BUILT)}."]
    lines += [
        "Exit status: 0 done, 1 refused, 2 bad usage, 130 interrupted. RUSTA_HOME=PATH is where she lives (~/.rusta)."
    ]
    return "\n".join(lines)


def _of(name: str) -> str:
    if name == "devlog":
        return guide()
    if name in OWN:
        return "\n".join(
            [f"rusta {name}: {OWN[name][1]}", *(f"  {line}" for line in START.values() if name == "completion")]
        )
    group, _, option = name.partition("=")
    if name not in VERBS and group in organs():
        return _organ(group, option)
    if name not in VERBS:
        told = f"rusta {name} is designed and not built yet: {NOT_BUILT[name]}." if name in NOT_BUILT else (
            f"I do not know {name!r}. {meant(name, [*VERBS, *organs()])}")  # fmt: skip
        raise ConfigError(f"{told.rstrip()} There are: {', '.join(VERBS)}, and the organs: {', '.join(organs())}.")
    verb = VERBS[name]
    lines = [f"rusta {name} {_takes(verb)}".rstrip() + f": {verb.does}", ""]
    lines += [f"  {example}" for example in verb.examples]
    if verb.takes == "PHASE":
        phases = ", ".join([*organs()["phase"], *([TRUST] if name == "judge" else [])])
        lines += ["", f"PHASE is one of {phases}."]
    lines += ["", "What changes it, as key=value:", "", *(line for key in verb.says for line in _setting(key))]
    return "\n".join([*lines, "", "Every setting can be said: rusta --help lists the organs."])


def _organ(group: str, option: str) -> str:
    """The manual of an organ: what each option is for, or all of one option's file, which says every key."""
    options = organs()[group]
    if option and option not in options:
        raise ConfigError(f"{group}={option}: {meant(option, options)}There are: {', '.join(options)}.")
    files = {
        one: next(path for folder in folders() if (path := folder / group / f"{one}.yaml").is_file()) for one in options
    }
    if option:
        return f"{group}={option}  ({files[option]})\n\n{files[option].read_text(encoding='utf-8').rstrip()}"
    lines = [
        f"{group}: options, as {'+' if group in ADDED else ''}{group}=OPTION. All keys of one: rusta help {group}=OPTION",
        "",
    ]
    for one, path in files.items():
        first = next(
            line for line in path.read_text(encoding="utf-8").split("\n") if line[:2] == "# " and "@package" not in line
        )
        purpose = re.search(r'^  purpose: "(.*)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
        lines.append(f"  {one:<20}{purpose[1] if purpose else first[2:]}")
    return "\n".join(lines)


def _setting(key: str) -> list[str]:
    if key in ROOT:
        return [f"  {f'{key}=':<14}{ROOT[key]}"]
    own = [name.partition(".")[2] for name in settings() if name.startswith(f"{key}.") and name[-1] != "."]
    return [f"  {f'{key}=':<14}{', '.join(organs()[key])}", *([f"  {f'{key}.':<14}  {', '.join(own)}"] if own else [])]


def _takes(verb: Verb) -> str:
    return "..." if verb.takes == "*" else verb.takes
