"""Shell completion: the candidates for a command line, and the shell scripts that ask for them. Composes no config.

The shell passes the words before the cursor and the one under it; it gets whole words back, one per line, and adds no
space after one that ends in `=` or `.`. A line that cannot be completed is left unchanged.
"""

from collections.abc import Iterator, Sequence

from rusta.cli.help_pages import OWN, START
from rusta.cli.verbs import MIRROR, SESSIONS, TRUST, VERBS
from rusta.cli.vocabulary import ADDED, ROOT, organs, settings
from rusta.core.errors import ConfigError
from rusta.core.home import standard
from rusta.ui.journal.arguments import COMMANDS

WORDS = (*OWN, "--help")
FLAGS = ("--cfg", "--info", "--multirun", "--help")
SHELLS = {
    # Readline splits words at `=` and `:`, so text up to the last of them is not returned. Quoting is left alone.
    "bash": r"""_rusta() {
    local line="${COMP_LINE:0:COMP_POINT}" word before
    local -a said=()
    COMPREPLY=()
    case "$line" in *[\"\'\`\$\\]*) return;; esac
    read -r -a said <<< "$line"
    [[ $line == *[[:space:]] ]] && said+=("")
    word="${said[-1]}"
    before="${word%"${word##*[=:]}"}"
    mapfile -t COMPREPLY < <("${said[0]}" completion words -- "${said[@]:1}" 2>/dev/null </dev/null)
    if [[ ${#COMPREPLY[@]} == 0 && $word == *=* ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "${word#*=}")
        before="${before#*=}"
        compopt -o filenames 2>/dev/null
    elif [[ ${COMPREPLY[0]-} == *[=.] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    COMPREPLY=("${COMPREPLY[@]#"$before"}")
}
complete -F _rusta rusta""",
    "zsh": r"""_rusta() {
    local -a found
    [[ "$LBUFFER" == *[\"\'\`\$\\]* ]] && return
    found=("${(@f)$("${words[1]}" completion words -- "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
    found=("${(@)found:#}")
    if (( $#found )); then
        compadd -S ' ' -- "${(@)found:#*[=.]}"
        compadd -S '' -- "${(@M)found:#*[=.]}"
    elif [[ "$PREFIX" == *=* ]]; then
        compset -P '*=' && _files
    fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _rusta rusta""",
    "fish": r"""function __rusta_words
    set -l before (commandline -opc)
    command $before[1] completion words -- $before[2..] (commandline -ct) 2>/dev/null
end
complete -c rusta -f -a '(__rusta_words)'
complete -c rusta -n 'string match -q "*=*" -- (commandline -ct)' -F""",
}


def completion_output(said: Sequence[str]) -> str:
    """Return what `rusta completion ...` prints: a shell script, or the candidates. Raises `ConfigError`."""
    if said[:2] == ["words", "--"]:
        return "".join(f"{word}\n" for word in completions(said[2:]))
    if len(said) != 1 or said[0] not in SHELLS:
        how = "; ".join(f"{shell}: {line}" for shell, line in START.items())
        raise ConfigError(
            f"rusta completion takes one of {', '.join(SHELLS)}. In the file that your shell starts with: {how}"
        )
    return f"{SHELLS[said[0]]}\n"


def completions(said: Sequence[str]) -> list[str]:
    """Return the completions of the last word, without duplicates, in the order in which they are offered."""
    *before, last = said or [""]
    return [word for word in dict.fromkeys(_candidates(before, last)) if word.startswith(last) and word != last]


def _candidates(before: Sequence[str], last: str) -> Iterator[str]:
    verb, count = before[0] if before else "", len(before)
    if verb == "completion" or (verb == "help" and count):
        yield from () if count > 1 else SHELLS if verb == "completion" else VERBS
    elif verb == "devlog" and "=" not in last and last[:1] != "-":
        keys = COMMANDS[before[1]].keys if count > 1 and before[1] in COMMANDS else ()
        yield from (f"{key}=" for key in (*keys, "output")) if count > 1 else COMMANDS
    elif verb == "sessions" and count == 1 and last[:1] != "-":
        yield from SESSIONS
    elif verb == "mirror" and count == 1 and last[:1] != "-":
        yield from MIRROR
    elif list(before) == ["sessions", "open"]:
        yield from ("last", *_kept())
    elif before[-1:] in (["-p"], ["--package"]):
        yield from organs()
    elif "=" in last:
        yield from _values(last)
    elif last[:1] == "-":
        yield from FLAGS if before else WORDS
    elif not before:
        yield from (*VERBS, *WORDS)
        yield from _keys(last) if last else ()
    else:
        phase = count == 1 and verb in VERBS and VERBS[verb].takes == "PHASE"
        yield from organs()["phase"] if phase else ()
        yield from [TRUST] if phase and verb == "judge" else ()
        yield from _keys(last) if last or not phase else ()


def _keys(last: str) -> Iterator[str]:
    """Yield config groups and settings; the settings inside a group once its name and a dot are typed."""
    plus = last[: len(last) - len(last.lstrip("+~"))]
    if "." in last:
        yield from (f"{plus}{key}{'' if key[-1] == '.' else '='}" for key in settings())
        return
    groups = organs()
    yield from (f"{key}=" for key in ROOT)
    yield from (f"{'+' if group in ADDED else plus}{group}=" for group in groups)
    if last:
        inside = dict.fromkeys(key.partition(".")[0] for key in settings())
        yield from (f"{plus}{group}." for group in inside if group in groups and not (plus and group in ADDED))


def _values(last: str) -> Iterator[str]:
    """Yield completions of the value after the equals sign; after a comma, of the next value of a sweep."""
    key, _, value = last.partition("=")
    bare = key.lstrip("+~")
    known = organs().get(bare, settings().get(bare, []))
    if bare == "resume":
        known = ["last", *_kept()]
    head = value[: value.rfind(",") + 1]
    yield from (f"{key}={head}{one}" for one in known)


def _kept() -> list[str]:
    """Return the names of the 20 newest sessions."""
    return sorted((path.stem for path in (standard() / "sessions").glob("*.jsonl")), reverse=True)[:20]
