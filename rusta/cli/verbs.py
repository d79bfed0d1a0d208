"""Translate command lines for Hydra: verbs, free text, and the hardware profile (`body`) of this machine."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rusta.cli.vocabulary import NOT_BUILT, folders, meant
from rusta.core.errors import ConfigError
from rusta.ui.journal import arguments as diary


@dataclass(frozen=True)
class Verb:
    """A verb of the command line: its arguments, the overrides it stands for, and its help."""

    takes: str  # "", TEXT (all words), PHASE (one), or *: `meaning` separates settings from text itself
    meaning: Callable[[Sequence[str]], list[str]]
    does: str
    says: tuple[str, ...] = ()  # the settings and config groups that change what it does
    examples: tuple[str, ...] = ()


SESSIONS = {"list": "", "search": "TEXT", "open": "NAME"}
LIBRARY = {"status": "", "build": "", "search": "TEXT", "show": "PAGE"}
MIRROR = {
    "list": "", "add": "[URL|PATH|NAME|crate:NAME]", "status": "", "update": "[NAME...]", "reflect": "[NAME...]", "cycle": "[NAME...]",
    "changes": "NAME", "show": "NAME@REV PATH", "ask": "TEXT", "remove": "NAME", "renew": "NAME", "install": "[remove]",
    "export": "skill [FOLDER]", "doctor": "",
}  # fmt: skip
MIRROR_KEYS = ("limit", "name", "since", "lock", "branch", "release", "depth", "rhythm")


def _commands(
    verb: str, known: Mapping[str, str], own: Sequence[str] = ("limit",), group: str = ""
) -> Callable[[Sequence[str]], list[str]]:
    """`rusta VERB [COMMAND [WORDS]]` as overrides: `known` are the commands with what each takes, the usual one first.

    `own` are the keys that belong to the command's arguments, which stand in the config under `group` (`verb` if empty).
    """
    group = group or verb

    def meaning(words: Sequence[str]) -> list[str]:
        settings = [f"{group}.{word}" if word.partition("=")[0] in own else word for word in words if _is_setting(word)]
        do, *text = [word for word in words if not _is_setting(word)] or [next(iter(known))]
        if do not in known:
            raise ConfigError(f"I do not know rusta {verb} {do!r}. {meant(do, known)}There are: {', '.join(known)}.")
        if bool(text) is not bool(known[do]) and not (known[do][:1] == "[" and not text):
            raise ConfigError(
                f"rusta {verb} {do} {known[do]}: {f'{known[do]} is missing' if known[do] else 'it takes no words'}."
            )
        query = [f"{group}.query={' '.join(text)}"] if text else []
        return [f"mode={verb}", f"{group}.do={do}", *query, *settings]

    return meaning


def _mirror(words: Sequence[str]) -> list[str]:
    """`rusta mirror COMMAND ...` as overrides. `from=Cargo.lock` is the key `lock`: `from` is a word of Python."""
    said = [f"lock={word.removeprefix('from=')}" if word.startswith("from=") else word for word in words]
    return _commands("mirror", MIRROR, MIRROR_KEYS, "mirrors")(said)


def _upgrade(words: Sequence[str]) -> list[str]:
    """`rusta upgrade [plan|rules] [CRATE[@VERSION]]` as overrides."""
    settings = [word for word in words if _is_setting(word)]
    crates = [word for word in words if not _is_setting(word)]
    do = [f"upgrade.do={crates[0]}"] if crates[:1] in (["plan"], ["rules"]) else []
    crates = crates[len(do) :]
    if len(crates) > 1:
        raise ConfigError(f"rusta upgrade {' '.join(crates)}: it takes one crate at a time.")
    return ["mode=upgrade", *do, *(f"upgrade.crate={one}" for one in crates), *settings]


def _looked_up(do: str) -> Callable[[Sequence[str]], list[str]]:
    """`rusta explain CODE`, `rusta doc NAME` as overrides."""
    return lambda words: ["mode=library", f"library.do={do}", f"library.query={' '.join(words)}"]


def _life(words: Sequence[str]) -> list[str]:
    """`rusta life [PHASE]`, `rusta life restore N|PATH [PHASE]` as overrides."""
    settings = [word for word in words if _is_setting(word)]
    said = [word for word in words if not _is_setting(word)]
    if said[:1] == ["restore"]:
        if not 2 <= len(said) <= 3:
            raise ConfigError(
                "rusta life restore N|PATH [PHASE]: the number of an earlier life, or the folder of a run."
            )
        named = [f"mode.restore={said[1]}", *(f"mode.of={phase}" for phase in said[2:])]
    elif len(said) > 1:
        raise ConfigError(f"rusta life [PHASE], or rusta life restore N|PATH [PHASE]. What was said: {' '.join(said)}")
    else:
        named = [f"mode.of={phase}" for phase in said]
    return ["mode=life", *named, *settings]


def _judge(words: Sequence[str]) -> list[str]:
    """`rusta judge PHASE`, `rusta judge trust` as overrides."""
    return ["mode=trust"] if words[0] == TRUST else [f"+phase={words[0]}", "mode=eval"]


TRUST = "trust"  # what `rusta judge` accepts besides the phases
TALKING = (
    "approve",
    "narration",
    "answers",
    "workspace",
    "resume",
    "output",
    "engine",
    "model",
    "generation",
    "memory",
    "sandbox",
    "network",
)
RAISING = (
    "body",
    "data",
    "replay",
    "adapter",
    "optimizer",
    "reading",
    "trainer",
    "compute",
    "init_from",
    "resume",
    "seed",
    "output",
)
VERBS: dict[str, Verb] = {
    "hello": Verb("", lambda _: ["mode=hello"], "what is here, and what is missing", ("output",), ("rusta",)),
    "chat": Verb(
        "", lambda _: ["mode=chat"], "talk with me; in a crate, work with me", TALKING,
        ("rusta chat", "rusta chat resume=last", "rusta chat +phase=personality"),
    ),
    "ask": Verb(
        "TEXT", lambda words: ["mode=chat", f"prompt={' '.join(words)}"], "one answer, for scripts with output=json", TALKING,
        ('rusta ask "Why does E0382 exist?"', 'git diff | rusta ask "What could go wrong?" output=json',
         'rusta ask "Fix the borrow error" approve=none'),
    ),
    "devlog": Verb("*", diary.overrides, "my journals: what I remember, and an app that opens them", (), ("rusta devlog",)),
    "sessions": Verb(
        "*", _commands("sessions", SESSIONS), "the conversations that are kept: list, search TEXT, open NAME", ("workspace", "output"),
        ("rusta sessions", 'rusta sessions search "borrow" output=json', "rusta sessions open last"),
    ),
    "library": Verb(
        "*", _commands("library", LIBRARY),
        "what I know about Rust, from the installed documentation: build, status, search TEXT", ("output",),
        ("rusta library build", 'rusta library search "drop order of temporaries"'),
    ),
    "mirror": Verb(
        "*", _mirror,
        "what changed in the crates I live in: list, add URL|PATH, status, update, reflect, changes NAME, ask TEXT, doctor",
        ("approve", "network", "workspace", "output"),
        ("rusta mirror add burn network=online", "rusta mirror add PATH name=burn", "rusta mirror update network=online",
         "rusta mirror add crate:rand since=0.8.5", "rusta mirror add from=Cargo.lock",
         "rusta mirror changes burn since=v0.18.0", "rusta mirror show burn@newest README.md",
         'rusta mirror ask "What replaced OsRng in rand 0.10?"', "rusta mirror remove burn", "rusta mirror add std",
         "rusta mirror install rhythm=weekly network=online", "rusta mirror export skill FOLDER"),
    ),
    "mirror-update": Verb(
        "*", lambda words: _mirror(["cycle", *words]),
        "bring what is new in the mirrors (all, or NAME...), and write down what it means", ("network", "workspace", "output"),
        ("rusta mirror-update burn network=online",),
    ),
    "upgrade": Verb(
        "*", _upgrade,
        "which dependencies are behind; move one (CRATE, CRATE@VERSION): its plan, a trial in a copy, your yes",
        ("network", "workspace", "approve", "narration", "output"),
        ("rusta upgrade", "rusta upgrade rand@0.9", "rusta upgrade plan tokio network=online",
         "rusta upgrade rand@0.9 approve=edits output=json", "rusta upgrade rules"),
    ),
    "explain": Verb(
        "TEXT", _looked_up("explain"), "the page of an error code or a lint", ("output",), ("rusta explain E0382",),
    ),
    "doc": Verb(
        "TEXT", _looked_up("doc"), "an item of std: signature, since when, what its page says", ("output",),
        ("rusta doc Vec::retain_mut", "rusta doc mem::take output=json"),
    ),
    "plan": Verb(
        "PHASE", lambda words: [f"+phase={words[0]}", "mode=plan"], "what a phase would take, and whether it fits", RAISING,
        ("rusta plan personality", "rusta plan personality body=rtx3090 output=json"),
    ),
    "raise": Verb(
        "PHASE", lambda words: [f"+phase={words[0]}"], "train a phase on this machine", RAISING,
        ("rusta raise personality", "rusta raise personality resume=last",
         "rusta raise personality -m adapter.rank=8,16 optimizer.lr=1e-4,3e-4"),
    ),
    "life": Verb(
        "*", _life, "what I was raised to be, and was before: list, restore N", ("output",),
        ("rusta life", "rusta life restore 1 personality", "rusta life restore FOLDER-OF-A-RUN"),
    ),
    "judge": Verb(
        "PHASE", _judge, "ask whether it is still me; judge trust: how often what I say of a repair is right",
        ("body", "init_from", "output"), ("rusta judge personality", "rusta judge trust", "rusta judge trust +phase=personality"),
    ),
    "export": Verb(
        "PHASE", lambda words: [f"+phase={words[0]}", "mode=export"], "a form that llama.cpp, Ollama, vLLM run",
        ("export", "init_from", "output"), ("rusta export personality", "rusta export personality export=bf16 export.path=FOLDER"),
    ),
    "fetch": Verb(
        "", lambda _: ["mode=fetch", "network=online"], "bring the weights, once, and verify them", ("body", "model", "output"),
        ("rusta fetch", "rusta fetch body=rtx3090"),
    ),
    "doctor": Verb("", lambda _: ["mode=doctor"], "what works here, and what would add to it", ("output",), ("rusta doctor",)),
}  # fmt: skip

# Arguments of modes that read their own words; nothing else in the config depends on them.
SAID = re.compile(r"(\+{0,2})((?:devlog|sessions|library|mirrors|upgrade)\.\w+)=(.*)", re.DOTALL)

# Keys whose value is the user's text or a path: quoted, so that Hydra's grammar does not parse it.
LITERAL = (
    "prompt",
    "init_from",
    "resume",
    "workspace",
    "mode.restore",
    "model.path",
    "home.root",
    "engine.url",
    "engine.served",
    "export.path",
    "export.onto",
)

# Hydra's flags that take the next word as their value.
VALUED = re.compile(r"--(cfg|package|info|config-(path|name|dir))|-(c|p|i|cp|cn|cd)")

# What Hydra's grammar parses as null, a bool or a number.
NO_NAME = re.compile(r"\s*(?i:null|true|false|[-+]?(?:inf|nan|\d[\d_]*(?:\.[\d_]*)?(?:e[-+]?\d+)?))\s*")

# Hydra's flags that compose no config, or that an added body would break.
BARE = ("--hydra-help", "-sc", "--shell-completion")


def translate(words: Sequence[str]) -> list[str]:
    """Return the command line as Hydra overrides. Raises `ConfigError` for an unknown or incomplete verb."""
    rest = list(words)
    if rest and not rest[0].startswith(("-", "+", "~")) and "=" not in rest[0]:
        verb, *after = rest
        settings = [n for n, word in enumerate(after) if _is_setting(word) or (n and VALUED.fullmatch(after[n - 1]))]
        said = [word for n, word in enumerate(after) if n not in settings]
        if verb not in VERBS:
            if verb in NOT_BUILT:
                raise ConfigError(
                    f"rusta {verb} is designed and not built yet: {NOT_BUILT[verb]}. There are: {', '.join(VERBS)}."
                )
            raise ConfigError(
                f"I do not know {verb!r}. {meant(verb, VERBS)}I know: {', '.join(VERBS)}; everything else is key=value (rusta --help)."
            )
        takes, meaning = VERBS[verb].takes, VERBS[verb].meaning
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
    return [_literal(word) for said in rest for word in _run_folder(said)]


def _run_folder(word: str) -> list[str]:
    """Translate `home.run=PATH` for Hydra, which creates the folder of a run or sweep before the config is read."""
    key, _, value = word.partition("=")
    if key != "home.run" or not value:
        return [word]
    return [f"{where}.dir={_quoted(str(Path(value).expanduser()))}" for where in ("hydra.run", "hydra.sweep")]


def with_body(words: Sequence[str]) -> tuple[list[str], str | None]:
    """Add the body of this machine, unless one is named; also return the line that says which and why, or None."""
    if any(word.lstrip("+").startswith("body=") for word in words) or set(words) & {
        *BARE,
        "mode=devlog",
        "mode=sessions",
        "mode=library",
        "mode=mirror",
        "mode=upgrade",
    }:
        return list(words), None
    from rusta.mind.bodies import choose_body

    name, why = choose_body()
    # Beside the other overrides, or before the flags: Hydra's parser needs them contiguous; `--info` would take one.
    at = next((n for n, word in enumerate(words) if "=" in word and _is_setting(word)), 0)
    return [*words[:at], f"body={name}", *words[at:]], f"body: {name} ({why}). Another: body=NAME"


def must_name_options(words: Sequence[str]) -> None:
    """Raise `ConfigError` for `GROUP=null` and numbers, which name no option: Hydra would end in a traceback."""
    for word in words:
        said = re.match(r"[+]{0,2}([a-z][\w/]*)(?:@[\w.]+)?=(.*)", word, re.DOTALL)
        groups = [folder / said[1] for folder in folders() if (folder / said[1]).is_dir()] if said else []
        if said is None or not (groups or said[1].startswith("hydra")):
            continue
        if no_name := next((one for one in said[2].split(",") if NO_NAME.fullmatch(one)), None):
            options = sorted({path.stem for group in groups for path in group.glob("*.yaml")})
            options = [option for option in options if not option.startswith("schema_")]
            there = f"There are: {', '.join(options)}. " if options else ""
            raise ConfigError(f"{said[1]}={no_name} chooses no option. {there}To keep the default, leave it out.")


def _is_setting(word: str) -> bool:
    """Return whether a word is `key=value` or a flag, rather than part of the user's text."""
    return bool(re.match(r"(-{1,2}[a-z][-a-z]*(=|$)|~\w+(\.\w+)+$|[+~]{0,2}[A-Za-z_][\w./@]*=)", word))


def escaped(text: str | None) -> str | None:
    """Escape a text so that OmegaConf reads it unchanged: `${` starts no interpolation."""
    # A backslash before "${" escapes it, and backslashes before that one are halved.
    return text and re.sub(r"(?<!\\)(\\*)\$\{", lambda found: found[1] * 2 + "\\${", text)


def parted(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Split off the arguments `devlog.KEY='text'` and `sessions.KEY=`, on which nothing else in the config depends."""
    rest: list[str] = []
    said: dict[str, str] = {}
    for word in words:
        ours = SAID.fullmatch(word)
        if ours is None or ours[1]:
            rest.append(word)
        else:
            said[ours[2].partition(".")[2]] = _unquoted(ours[3])
    return rest, said


def _unquoted(value: str) -> str:
    """Undo the quoting of `_literal`."""
    if not (value.startswith("'") and value.endswith("'") and len(value) > 1):
        return value
    text = re.sub(r"(?<!\\)(\\*)('|\Z)", lambda found: found[1][: len(found[1]) // 2] + found[2], value[1:-1])
    return re.sub(r"(?<!\\)(\\*)\$\{", lambda found: found[1][: len(found[1]) // 2] + "${", text)


def _literal(word: str) -> str:
    key, equals, value = word.partition("=")
    ours = SAID.fullmatch(word)
    if ours is None and (key.lstrip("+") not in LITERAL or not equals or (value == "null" and key != "prompt")):
        return word
    if not value:
        return word
    return f"{key}={_quoted(value)}"


def _quoted(value: str) -> str:
    """Quote a text for Hydra, which halves backslashes before a quote and at the end, and nowhere else."""
    text = re.sub(r"(?<!\\)(\\*)('|\Z)", lambda found: found[1] * 2 + ("\\'" if found[2] else ""), escaped(value) or "")
    return f"'{text}'"
