"""From what people type to what Hydra reads: verbs, free text, and the body of this machine."""

import re
from collections.abc import Callable, Sequence

from rusta.errors import ConfigError

# The commands people type by heart. Each takes the words after it.
VERBS: dict[str, tuple[str, Callable[[Sequence[str]], list[str]]]] = {
    "hello": ("", lambda _: ["mode=hello"]),
    "chat": ("", lambda _: ["mode=chat"]),
    "ask": ("TEXT", lambda words: ["mode=chat", f"prompt={' '.join(words)}"]),
    "raise": ("PHASE", lambda words: [f"+phase={words[0]}"]),
    "judge": ("PHASE", lambda words: [f"+phase={words[0]}", "mode=eval"]),
    "fetch": ("", lambda _: ["mode=fetch", "network=online"]),
    "doctor": ("", lambda _: ["mode=doctor"]),
}

# Keys whose value is a person's text or path, and no business of Hydra's grammar.
LITERAL = ("prompt", "init_from", "resume", "model.path", "home.root", "engine.url", "engine.served")

# Hydra's own flags that compose nothing, or where a picked body would be in the way.
BARE = ("--hydra-help", "--version", "-sc", "--shell-completion")


def translate(words: Sequence[str]) -> list[str]:
    """The command line in Hydra's language. Raises `ConfigError` for an unknown or incomplete verb."""
    rest = list(words)
    if rest and not rest[0].startswith(("-", "+", "~")) and "=" not in rest[0]:
        verb, *after = rest
        said = [word for word in after if not _is_setting(word)]
        if verb not in VERBS:
            raise ConfigError(
                f"I do not know {verb!r}. I know: {', '.join(VERBS)}; everything else is key=value (rusta --help)."
            )
        takes, meaning = VERBS[verb]
        if takes and not said:
            raise ConfigError(f"rusta {verb} {takes}: {takes} is missing.")
        if not takes and said:
            raise ConfigError(f"rusta {verb} takes no words, and was given {' '.join(said)!r}. Settings are key=value.")
        rest = [*meaning(said), *(word for word in after if _is_setting(word))]
    return [_literal(word) for word in rest]


def with_body(words: Sequence[str]) -> tuple[list[str], str | None]:
    """The same with the body of this machine, unless one is named; and the line that says which and why."""
    if any(word.lstrip("+").startswith("body=") for word in words) or set(words) & set(BARE):
        return list(words), None
    from rusta.mind.bodies import choose

    name, why = choose()
    # Beside the other overrides: Hydra's parser takes them in one run, before or after the flags.
    at = next((n for n, word in enumerate(words) if "=" in word and _is_setting(word)), len(words))
    return [*words[:at], f"body={name}", *words[at:]], f"body: {name} ({why}). Another: body=NAME"


def _is_setting(word: str) -> bool:
    """Whether a word is `key=value` or a flag, and not part of what a person says."""
    return bool(re.match(r"(-{1,2}[a-z][-a-z]*$|[+~]{0,2}[A-Za-z_][\w./@]*=)", word))


def _literal(word: str) -> str:
    key, equals, value = word.partition("=")
    if key not in LITERAL or not equals or value in ("null", ""):
        return word
    # OmegaConf interpolates "${" unless a backslash precedes it, and halves backslashes before it. Hydra's quoted
    # strings halve backslashes before a quote and at the end, and nowhere else.
    text = re.sub(r"(\\*)\$\{", lambda found: found[1] * 2 + "\\${", value)
    text = re.sub(r"(\\*)('|$)", lambda found: found[1] * 2 + ("\\'" if found[2] else ""), text, count=0)
    return f"{key}='{text}'"
