"""The actions of a turn, as values: small read-only calls, and edits that carry code.

Each class is the whole definition of its action. The format in the prompt, the parser, the renderer and the grammar are
all made from these fields, so an action added here is added everywhere.
"""

import unicodedata
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, ClassVar

from rusta.loop.attempt.actions.paths import Malformed, normalized_path

LONGEST_WORD = 2000  # most characters of one argument of a call
MOST_WORDS = 32  # most elements of a list argument


def argument(what: str, *also: str, choices: tuple[str, ...] = (), path: bool = False, default: Any = MISSING) -> Any:
    """Declare an argument: its meaning, other names that models use for it, and its allowed values."""
    meta = {"says": what, "also": also, "choices": choices, "path": path}
    return field(metadata=meta) if default is MISSING else field(default=default, metadata=meta)


FILE = ("file", "filename", "file_path", "filepath", "file_name", "target")


@dataclass(frozen=True)
class Call:
    """A small read-only call. Its arguments are its fields. The constructor raises `Malformed` for invalid ones."""

    name: ClassVar[str]
    does: ClassVar[str]
    also: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for part in fields(self):
            object.__setattr__(self, part.name, self._fitted(part, getattr(self, part.name)))

    def _fitted(self, part: Field[Any], value: Any) -> Any:
        required = part.default is MISSING
        if isinstance(part.default, tuple):
            words = tuple(value) if isinstance(value, (list, tuple)) else tuple(str(value).split())
            if len(words) > MOST_WORDS:
                raise Malformed(f"{self.name}: {part.name} has {len(words)} words. At most {MOST_WORDS}.")
            return tuple(_word(f"{self.name}: {part.name}", word) for word in words)
        if isinstance(part.default, int):
            try:
                number = int(value)
            except (TypeError, ValueError, OverflowError):
                raise Malformed(f"{self.name}: {part.name} is a line number, not {_short(value)}.") from None
            if not 0 <= number <= 10_000_000:
                raise Malformed(f"{self.name}: {part.name}={number} is no line of a file.")
            return number
        word = _word(f"{self.name}: {part.name}", value)
        if not word.strip():
            if required:
                raise Malformed(f"{self.name}: {part.name} is empty. It is {part.metadata['says']}.")
            return ""
        if part.metadata["path"]:
            return normalized_path(word)
        if choices := part.metadata["choices"]:
            plain = word.strip().lower()
            if plain not in choices:
                raise Malformed(
                    f"{self.name}: there is no {part.name} {_short(word)}. There are: {', '.join(choices)}."
                )
            return plain
        return word


@dataclass(frozen=True)
class ReadCall(Call):
    """Read a file, some of its lines, or one item."""

    name = "read"
    does = "see a file, some of its lines, or one item of it. Nothing can be edited that was not read"
    also = ("read_file", "open", "open_file", "view", "view_file", "cat", "show", "get_file")

    path: str = argument("a file of the workspace", *FILE, path=True)
    item: str = argument("one item of it, as Pool::take", "symbol", "function", default="")
    first: int = argument("from this line", "start", "start_line", "line_start", "from", "line", default=0)
    last: int = argument("to this line", "end", "end_line", "line_end", "to", default=0)


@dataclass(frozen=True)
class Search(Call):
    """Find a text in the workspace's files."""

    name = "search"
    does = "find a text in the workspace's files, as it stands, without wildcards"
    also = ("grep", "find", "rg", "search_code", "search_files", "ripgrep")

    text: str = argument("what to look for", "pattern", "query", "regex", "term", "keyword")
    path: str = argument("only in this file or folder", *FILE, "folder", "dir", "directory", path=True, default="")


@dataclass(frozen=True)
class CargoCall(Call):
    """Run the compiler, clippy, the tests, the program, Miri or rustfmt."""

    name = "cargo"
    does = "ask the compiler, clippy or the tests; after an edit, check, clippy and test run by themselves"
    also = ("run_cargo", "cargo_command")

    what: str = argument(
        "the command",
        "command",
        "subcommand",
        "cmd",
        "action",
        choices=("check", "clippy", "test", "run", "miri", "fmt"),
    )
    filter: str = argument("only tests whose path holds this", "test", "test_name", default="")
    args: tuple[str, ...] = argument("what the program gets, for run", "arguments", "argv", default=())

    def __post_init__(self) -> None:
        # Models write the whole command line: "cargo test --lib pool".
        words = self.what.split() if isinstance(self.what, str) else []
        words = words[words[:1] == ["cargo"] :]
        if words:
            object.__setattr__(self, "what", words[0])
            tests = [word for word in words[1:] if not word.startswith("-")]
            if tests and not self.filter and words[0] == "test":
                object.__setattr__(self, "filter", tests[0])
        super().__post_init__()


@dataclass(frozen=True)
class Explain(Call):
    """Show the compiler's explanation of an error code or a lint."""

    name = "explain"
    does = "what the compiler says of an error code"
    also = ("rustc_explain", "explain_error")

    code: str = argument("as E0382", "error", "error_code", "errorcode", "lint")


@dataclass(frozen=True)
class Navigate(Call):
    """Ask rust-analyzer where a name is defined or used, its type, or a file's symbols."""

    name = "navigate"
    does = "where a name is defined or used, what type it has, or what a file declares"
    also = ("rust_analyzer", "lsp", "goto")

    what: str = argument("the question", "kind", "command", choices=("definition", "references", "hover", "symbols"))
    path: str = argument("the file in which the name stands", *FILE, path=True)
    line: int = argument("its line", "lineno", "row", "line_number", default=0)
    symbol: str = argument("the name", "name", "identifier", "ident", "item", default="")


@dataclass(frozen=True)
class Recall(Call):
    """Recall what the journals say about something."""

    name = "recall"
    does = "what my diaries say of something"
    also = ("remember", "memory", "recall_memory", "search_memory")

    about: str = argument("what to think of", "query", "text", "topic", "question", "code")


CALLS: dict[str, type[Call]] = {kind.name: kind for kind in (ReadCall, Search, CargoCall, Explain, Navigate, Recall)}


@dataclass(frozen=True)
class WholeFile:
    """A whole file, new or replaced. `sure` is False if only the answer's form suggests that it is a whole file."""

    path: str
    code: str
    sure: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", normalized_path(self.path))
        object.__setattr__(self, "code", _code(self.code, f"FILE {self.path}"))


@dataclass(frozen=True)
class ReplaceItem:
    """A replacement for one item. `path` is empty if not given; `line` tells duplicates apart, 0 if not given."""

    item: str
    code: str
    path: str = ""
    line: int = 0

    def __post_init__(self) -> None:
        item = " ".join(_word("REPLACE ITEM", self.item).split())
        if not item or len(item) > 300 or "`" in item or " in " in item:
            raise Malformed(
                f"REPLACE ITEM {_short(item)} names no item. Name one as Pool::take or impl Display for Pool."
            )
        if not 0 <= self.line <= 10_000_000 or (self.line and not self.path):
            raise Malformed(f"REPLACE ITEM {_short(item)}: {self.line} is no line of a file.")
        object.__setattr__(self, "item", item)
        object.__setattr__(self, "path", normalized_path(self.path) if self.path else "")
        object.__setattr__(self, "code", _code(self.code, f"REPLACE ITEM {item}"))
        if not self.code.strip():
            raise Malformed(f"REPLACE ITEM {item} carries no code. To remove it, use SEARCH and REPLACE.")


@dataclass(frozen=True)
class SearchReplace:
    """Lines of a file and their replacement. `path` is empty if not given."""

    path: str
    search: str
    replace: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", normalized_path(self.path) if self.path else "")
        object.__setattr__(self, "search", _code(self.search, "SEARCH", any_letter=True))
        object.__setattr__(self, "replace", _code(self.replace, "REPLACE"))


Edit = WholeFile | ReplaceItem | SearchReplace
Action = Call | Edit
EDITS: tuple[type, ...] = (WholeFile, ReplaceItem, SearchReplace)


def _short(value: object) -> str:
    return ascii(value)[:60]


def _word(what: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Malformed(f"{what} is a text, not {_short(value)}.")
    try:
        word = str(value)
    except ValueError:  # an integer of thousands of digits
        raise Malformed(f"{what} is a text, not a number of thousands of digits.") from None
    if len(word) > LONGEST_WORD:
        raise Malformed(f"{what} has {len(word)} characters. At most {LONGEST_WORD}: code does not travel in a call.")
    for letter in word:
        if letter not in "\t\n" and unicodedata.category(letter) in ("Cc", "Cs"):
            raise Malformed(f"{what} holds the control character U+{ord(letter):04X}.")
    return word


CONTROL = {chr(number) for number in range(32)} - set("\t\n\f") | {"\x7f"}


def _code(code: str, what: str, any_letter: bool = False) -> str:
    """Normalize line ends and add the last one. Raises `Malformed` for characters that source code must not contain."""
    code = code.replace("\r\n", "\n")
    strange = {
        letter for letter in set(code) if (letter in CONTROL and not any_letter) or "\ud800" <= letter <= "\udfff"
    }
    if strange:
        letter = min(strange)
        line = code[: code.index(letter)].count("\n") + 1
        raise Malformed(
            f"{what}: the code holds the character U+{ord(letter):04X} in its line {line}. Write it as an escape."
        )
    return code if not code or code.endswith("\n") else code + "\n"
