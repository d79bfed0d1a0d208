"""From what people type to what Hydra reads: verbs, free text, and the body of this machine."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from rusta.diary import words as diary
from rusta.errors import ConfigError

# The commands people type by heart. Each takes the words after it; with "*" it tells its settings from text by itself.
VERBS: dict[str, tuple[str, Callable[[Sequence[str]], list[str]]]] = {
    "hello": ("", lambda _: ["mode=hello"]),
    "chat": ("", lambda _: ["mode=chat"]),
    "ask": ("TEXT", lambda words: ["mode=chat", f"prompt={' '.join(words)}"]),
    "raise": ("PHASE", lambda words: [f"+phase={words[0]}"]),
    "plan": ("PHASE", lambda words: [f"+phase={words[0]}", "mode=plan"]),
    "judge": ("PHASE", lambda words: [f"+phase={words[0]}", "mode=eval"]),
    "export": ("PHASE", lambda words: [f"+phase={words[0]}", "mode=export"]),
    "fetch": ("", lambda _: ["mode=fetch", "network=online"]),
    "doctor": ("", lambda _: ["mode=doctor"]),
    "devlog": ("*", diary.overrides),
}

# Keys whose value is a person's text or path, and no business of Hydra's grammar.
LITERAL = (
    "prompt",
    "init_from",
    "resume",
    "workspace",
    "model.path",
    "home.root",
    "engine.url",
    "engine.served",
    "export.path",
    "export.onto",
)

# Hydra's flags that are followed by a word of their own.
VALUED = re.compile(r"--(cfg|package|info|config-(path|name|dir))|-(c|p|i|cp|cn|cd)")

# What Hydra's grammar reads as something else than a word.
NO_NAME = re.compile(r"\s*(?i:null|true|false|[-+]?(?:inf|nan|\d[\d_]*(?:\.[\d_]*)?(?:e[-+]?\d+)?))\s*")

# Hydra's own flags that compose nothing, or where a picked body would be in the way.
BARE = ("--hydra-help", "--version", "-sc", "--shell-completion")


def translate(words: Sequence[str]) -> list[str]:
    """The command line in Hydra's language. Raises `ConfigError` for an unknown or incomplete verb."""
    rest = list(words)
    if rest and not rest[0].startswith(("-", "+", "~")) and "=" not in rest[0]:
        verb, *after = rest
        settings = [n for n, word in enumerate(after) if _is_setting(word) or (n and VALUED.fullmatch(after[n - 1]))]
        said = [word for n, word in enumerate(after) if n not in settings]
        if verb not in VERBS:
            raise ConfigError(
                f"I do not know {verb!r}. I know: {', '.join(VERBS)}; everything else is key=value (rusta --help)."
            )
        takes, meaning = VERBS[verb]
        if takes == "*":
            return [_literal(word) for word in meaning(after)]
        if takes and not said:
            raise ConfigError(f"rusta {verb} {takes}: {takes} is missing.")
        if not takes and said:
            raise ConfigError(f"rusta {verb} takes no words, and was given {' '.join(said)!r}. Settings are key=value.")
        if takes == "PHASE" and len(said) > 1:
            raise ConfigError(
                f"rusta {verb} takes one phase, and was given {' '.join(said)!r}. A life: -m +phase=mind,personality"
            )
        rest = [*meaning(said), *(after[n] for n in settings)]
    return [_literal(word) for word in rest]


def with_body(words: Sequence[str]) -> tuple[list[str], str | None]:
    """The same with the body of this machine, unless one is named; and the line that says which and why."""
    if any(word.lstrip("+").startswith("body=") for word in words) or set(words) & {*BARE, "mode=devlog"}:
        return list(words), None
    from rusta.mind.bodies import choose

    name, why = choose()
    # Beside the other overrides, or before the flags: Hydra's parser takes them in one run, and `--info` would eat one.
    at = next((n for n, word in enumerate(words) if "=" in word and _is_setting(word)), 0)
    return [*words[:at], f"body={name}", *words[at:]], f"body: {name} ({why}). Another: body=NAME"


def must_name_options(words: Sequence[str], conf: Path) -> None:
    """Refuse `GROUP=null` and numbers, which are no names of options: Hydra ends in a traceback. Raises `ConfigError`."""
    for word in words:
        said = re.match(r"[+]{0,2}([a-z][\w/]*)(?:@[\w.]+)?=(.*)", word, re.DOTALL)
        if said is None or not (said[1].startswith("hydra") or (conf / said[1]).is_dir()):
            continue
        if no_name := next((one for one in said[2].split(",") if NO_NAME.fullmatch(one)), None):
            options = ", ".join(sorted(path.stem for path in (conf / said[1]).glob("*.yaml")))
            there = f"There are: {options}. " if options else ""
            raise ConfigError(f"{said[1]}={no_name} chooses no option. {there}To keep the default, leave it out.")


def _is_setting(word: str) -> bool:
    """Whether a word is `key=value` or a flag, and not part of what a person says."""
    return bool(re.match(r"(-{1,2}[a-z][-a-z]*(=|$)|[+~]{0,2}[A-Za-z_][\w./@]*=)", word))


def escaped(text: str | None) -> str | None:
    """The text as it has to be written for OmegaConf to read it unchanged: `${` is no interpolation."""
    # A backslash before "${" escapes it, and those before that one are halved.
    return text and re.sub(r"(?<!\\)(\\*)\$\{", lambda found: found[1] * 2 + "\\${", text)


def parted(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The words without what `devlog.KEY='text'` says, and that: it changes nothing else that is composed."""
    rest: list[str] = []
    said: dict[str, str] = {}
    for word in words:
        ours = diary.OURS.fullmatch(word)
        if ours is None or ours[1]:
            rest.append(word)
        else:
            said[ours[2]] = _unquoted(ours[3])
    return rest, said


def _unquoted(value: str) -> str:
    """What `_literal` quoted, as it was."""
    if not (value.startswith("'") and value.endswith("'") and len(value) > 1):
        return value
    text = re.sub(r"(?<!\\)(\\*)('|\Z)", lambda found: found[1][: len(found[1]) // 2] + found[2], value[1:-1])
    return re.sub(r"(?<!\\)(\\*)\$\{", lambda found: found[1][: len(found[1]) // 2] + "${", text)


def _literal(word: str) -> str:
    key, equals, value = word.partition("=")
    ours = diary.OURS.fullmatch(word)
    if ours is None and (key.lstrip("+") not in LITERAL or not equals or (value == "null" and key != "prompt")):
        return word
    if not value:
        return word
    # Hydra's quoted strings halve backslashes before a quote and at the end, and nowhere else.
    text = re.sub(r"(?<!\\)(\\*)('|\Z)", lambda found: found[1] * 2 + ("\\'" if found[2] else ""), escaped(value) or "")
    return f"{key}='{text}'"
