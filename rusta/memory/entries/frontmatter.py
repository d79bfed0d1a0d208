"""Parse frontmatter that a person may have written, with source positions, and write new frontmatter.

Every scalar is read as the text that was written: `version: 1.10` stays `1.10`, the tag `no` stays a string, and
no YAML ever constructs an object. Interpreting a value is left to the reader of the key. The positions let
`amend` change one key and keep all other bytes.

Not covered: keys that are not plain strings, tags (`!thing`), several YAML documents. They are refused, with the
line number.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

LONGEST = 64 * 1024
"""Maximum length of the YAML in characters. A journal entry needs about two hundred."""
DEEPEST = 12
"""Maximum nesting depth: libyaml takes minutes to parse sixty thousand opening brackets."""
MOST = 5_000
"""Maximum number of values, each alias counted at its target's size: ten lines can otherwise expand to a billion."""

Value = str | None | list["Value"] | dict[str, "Value"]
Settable = str | bool | int | float | Sequence[str]

OPENING = re.compile(r"\ufeff?---[ \t]*\r?\n")
CLOSING = re.compile(r"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
# The usual, unambiguous line; matching it by regex is twenty times faster than a YAML parser.
USUAL_WORD = r"[A-Za-z0-9][A-Za-z0-9_./@+-]*"
USUAL = re.compile(
    rf"([A-Za-z_][A-Za-z0-9_-]*): (?:({USUAL_WORD}(?: {USUAL_WORD})*)|\[({USUAL_WORD}(?:, {USUAL_WORD})*)\]"
    r"|(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?))\r?\n"
)
NOTHING = {"", "~", "null", "Null", "NULL"}
LOADER: Any = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
TEXT_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")}


class NotFrontmatter(ValueError):
    """The text between the fences cannot be read; `line` is the line number in the file, from 1."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")
        self.line, self.what = line, what


@dataclass(frozen=True)
class Fences:
    """Offsets of the parts of a file, in characters: start of the YAML, closing fence, start of the body."""

    yaml: int
    closing: int
    body: int


@dataclass(frozen=True)
class YamlNode:
    """A value and its position, in characters of the YAML."""

    value: Value
    start: int
    end: int
    column: int = 0
    form: str = "scalar"  # scalar, block, flow or alias
    children: tuple["YamlNode", ...] = ()
    size: int = 1


@dataclass(frozen=True)
class Key:
    """One `key: value` of the top level; `end` is the offset at which the key ends."""

    name: str
    end: int
    value: YamlNode


@dataclass(frozen=True)
class Mapped:
    """The top-level mapping as written: a duplicate key is listed each time, and its last occurrence counts."""

    keys: tuple[Key, ...]
    form: str = "block"
    column: int = 0
    end: int = 0

    @property
    def values(self) -> dict[str, Value]:
        """The values by key."""
        return {key.name: key.value.value for key in self.keys}

    @property
    def repeated(self) -> tuple[str, ...]:
        """Keys that occur more than once."""
        names = [key.name for key in self.keys]
        return tuple(dict.fromkeys(name for name in names if names.count(name) > 1))


def fences(text: str) -> Fences | None:
    """Locate the frontmatter; None if the file has none. Raises `NotFrontmatter` if it is not closed or too long."""
    opening = OPENING.match(text)
    if opening is None:
        return None
    closing = CLOSING.search(text, opening.end())
    if closing is None:
        raise NotFrontmatter(1, "the frontmatter never ends: its closing line of three dashes is missing")
    if closing.start() - opening.end() > LONGEST:
        raise NotFrontmatter(1, f"the frontmatter is longer than {LONGEST} characters: is its closing line missing?")
    return Fences(opening.end(), closing.start(), closing.end())


def values(text: str) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Return the values by key, and the keys that occur more than once. Raises `NotFrontmatter`."""
    said: dict[str, Any] = {}
    at = 0
    while usual := USUAL.match(text, at):
        name, word, items, moment = usual.groups()
        listed = items.split(", ") if items else []
        if name in said or word in NOTHING or not NOTHING.isdisjoint(listed):
            break
        said[name] = listed or word or moment
        at = usual.end()
    if at == len(text):
        return said, ()
    mapped = compose(text)
    return mapped.values, mapped.repeated


def compose(text: str) -> Mapped:
    """Parse the top level with the positions of its values. Raises `NotFrontmatter`."""
    try:
        return _compose(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        if "flow" in (getattr(error, "context", None) or ""):  # report an unclosed bracket where it opens
            mark = getattr(error, "context_mark", mark)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise NotFrontmatter(mark.line + 2 if mark else 2, f"the frontmatter is not YAML: {what}") from None
    except (ValueError, OverflowError) as error:  # an invalid character escape, in the parser without libyaml
        if isinstance(error, NotFrontmatter):
            raise
        raise NotFrontmatter(2, f"the frontmatter is not YAML: {error}") from None


def _compose(text: str) -> Mapped:
    """Build the values from parser events without recursion, so that the depth and size limits apply during parsing."""
    open_: list[tuple[Any, list[YamlNode]]] = []
    anchors: dict[str, YamlNode] = {}
    top: YamlNode | None = None
    total = 0
    for event in _events(text):
        line, begins, ends = event.start_mark.line + 2, event.start_mark.index, event.end_mark.index
        named: str = getattr(event, "anchor", None) or ""
        if isinstance(event, yaml.DocumentStartEvent) and top is not None:
            raise NotFrontmatter(line, "a second YAML document begins here: one is enough")
        if isinstance(event, yaml.CollectionStartEvent):
            _no_objects(event, line)
            if len(open_) == DEEPEST:
                raise NotFrontmatter(line, f"more than {DEEPEST} lists within lists")
            open_.append((event, []))
            continue
        if isinstance(event, yaml.ScalarEvent):
            _no_objects(event, line)
            nothing = event.implicit[0] and event.value in NOTHING
            node = YamlNode(None if nothing else event.value, begins, _end(text, event))
            anchor = event.anchor
        elif isinstance(event, yaml.AliasEvent):
            meant = anchors.get(named)
            if meant is None:
                raise NotFrontmatter(line, f"*{named} stands for nothing, or for what it is part of")
            node = YamlNode(meant.value, begins, ends, form="alias", size=meant.size)
            anchor = None
        elif isinstance(event, yaml.CollectionEndEvent):
            started, children = open_.pop()
            node = _collection(started, event, children)
            anchor = started.anchor
        else:
            continue
        total += node.size
        if total > MOST:
            raise NotFrontmatter(line, f"more than {MOST} values, once its aliases are followed")
        if anchor:
            anchors[anchor] = node
        if open_:
            open_[-1][1].append(node)
        else:
            top = node
    if top is None or (top.value is None and top.start == top.end):
        return Mapped(())
    if not isinstance(top.value, dict):
        kind = "a list" if isinstance(top.value, list) else "text"
        raise NotFrontmatter(2, f"the frontmatter must be `key: value` lines, and is {kind}")
    pairs = zip(top.children[::2], top.children[1::2], strict=True)
    keys = tuple(Key(str(key.value or ""), key.end, value) for key, value in pairs)
    return Mapped(keys, top.form, top.column, top.end)


def _events(text: str) -> Iterator[Any]:
    return yaml.parse(text, Loader=LOADER)


def _no_objects(event: Any, line: int) -> None:
    if event.tag and event.tag != "!" and event.tag not in TEXT_TAGS:
        raise NotFrontmatter(line, f"the tag {event.tag} asks for an object, and I build none from a file")


def _end(text: str, event: Any) -> int:
    """Return the end offset of a scalar. A block scalar's end mark includes its trailing line breaks; they are cut."""
    end = event.end_mark.index
    return len(text[:end].rstrip()) if event.style in {"|", ">"} else end


def _collection(started: Any, ended: Any, children: list[YamlNode]) -> YamlNode:
    flow = bool(started.flow_style)
    start = started.start_mark
    end = ended.end_mark.index if flow else max([start.index, *(child.end for child in children)])
    value: Value
    if isinstance(started, yaml.MappingStartEvent):
        if any(isinstance(key.value, list | dict) for key in children[::2]):
            raise NotFrontmatter(start.line + 2, "a key must be a word")
        pairs = zip(children[::2], children[1::2], strict=True)
        value = {str(key.value or ""): item.value for key, item in pairs}
    else:
        value = [child.value for child in children]
    size = 1 + sum(child.size for child in children)
    return YamlNode(value, start.index, end, start.column, "flow" if flow else "block", tuple(children), size)


def render_frontmatter(values_: Mapping[str, Settable], newline: str = "\n") -> str:
    """Render new frontmatter, one line per key, fences included."""
    return "".join(f"{line}{newline}" for line in ("---", *(f"{k}: {value(v)}" for k, v in values_.items()), "---"))


def value(said: Settable) -> str:
    """Render a value on one line, in a form that every YAML parser reads alike."""
    if isinstance(said, str):
        return scalar(said)
    if isinstance(said, bool | int | float):
        return str(said).lower()
    return f"[{', '.join(scalar(item, flow=True) for item in said)}]"


PLAIN = re.compile(r"[^\W\d](?:[\w./@+<>=~^()-]|[:;,'](?=\S)| (?=\S))*")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))?")
OTHERWISE_READ = re.compile(r"y|n|yes|no|on|off|true|false|null", re.IGNORECASE)


def scalar(said: str, *, flow: bool = False) -> str:
    """Render text plain if every YAML parser reads it as this text or as a timestamp, else in double quotes."""
    plain = PLAIN.fullmatch(said) and not OTHERWISE_READ.fullmatch(said) and not said.endswith((":", "'", ",", ";"))
    if MOMENT.fullmatch(said) or (plain and not (flow and re.search("[:,;' ]", said))):
        return said
    return '"' + "".join(_escaped(letter) for letter in said) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    if letter == "\n":
        return "\\n"
    code = ord(letter)
    if (
        letter.isprintable() or 0xD800 <= code < 0xE000
    ):  # a lone surrogate has no escape; encoding the file will fail on it
        return letter
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
