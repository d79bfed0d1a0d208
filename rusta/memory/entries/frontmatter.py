"""Frontmatter that a person may have written: read safely, and changed one key at a time, all other bytes as they were.

Every scalar is read as the text that was written: `version: 1.10` stays `1.10`, the tag `no` stays a word, and
no YAML ever builds an object. What a value means is for the reader of the key to say.

Not covered: keys that are not plain words, tags (`!thing`), several YAML documents. They are refused by line.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

LONGEST = 64 * 1024
"""Characters of YAML that are read at all. A journal entry needs some two hundred."""
DEEPEST = 12
"""Lists in lists in lists: libyaml takes minutes over sixty thousand opening brackets, so it is stopped early."""
MOST = 5_000
"""Values, each alias counted as large as what it stands for: ten lines can otherwise mean a billion."""

Value = str | None | list["Value"] | dict[str, "Value"]
Settable = str | bool | int | float | Sequence[str]

OPENING = re.compile(r"\ufeff?---[ \t]*\r?\n")
CLOSING = re.compile(r"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
# The usual line, of which YAML leaves no doubt: read without a YAML parser, twenty times faster.
USUAL_WORD = r"[A-Za-z0-9][A-Za-z0-9_./@+-]*"
USUAL = re.compile(
    rf"([A-Za-z_][A-Za-z0-9_-]*): (?:({USUAL_WORD}(?: {USUAL_WORD})*)|\[({USUAL_WORD}(?:, {USUAL_WORD})*)\]"
    r"|(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?))\r?\n"
)
NOTHING = {"", "~", "null", "Null", "NULL"}
LOADER: Any = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
TEXT_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")}


class NotFrontmatter(ValueError):
    """What stands between the fences cannot be read; `line` is counted in the file, from 1."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")
        self.line, self.what = line, what


@dataclass(frozen=True)
class Fences:
    """Where the parts of a file lie, in characters."""

    yaml: int
    closing: int
    body: int


@dataclass(frozen=True)
class YamlNode:
    """A value and where it is written, in characters of the YAML."""

    value: Value
    start: int
    end: int
    column: int = 0
    form: str = "scalar"  # or block, flow, alias
    children: tuple["YamlNode", ...] = ()
    size: int = 1


@dataclass(frozen=True)
class Key:
    """One `key: value` of the top level."""

    name: str
    end: int
    value: YamlNode


@dataclass(frozen=True)
class Mapped:
    """The top level as written: duplicate keys are both here, and the last one counts."""

    keys: tuple[Key, ...]
    form: str = "block"
    column: int = 0
    end: int = 0

    @property
    def values(self) -> dict[str, Value]:
        """What was said."""
        return {key.name: key.value.value for key in self.keys}

    @property
    def repeated(self) -> tuple[str, ...]:
        """Keys that stand there more than once."""
        names = [key.name for key in self.keys]
        return tuple(dict.fromkeys(name for name in names if names.count(name) > 1))


def fences(text: str) -> Fences | None:
    """Where the frontmatter lies, or None where a file has none. Raises `NotFrontmatter` if it never ends."""
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
    """What the YAML says, and which keys it says twice. Raises `NotFrontmatter`."""
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
    """The top level with the places of its values. Raises `NotFrontmatter`."""
    try:
        return _compose(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        if "flow" in (getattr(error, "context", None) or ""):  # a bracket that never closes is to blame where it opens
            mark = getattr(error, "context_mark", mark)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise NotFrontmatter(mark.line + 2 if mark else 2, f"the frontmatter is not YAML: {what}") from None
    except (ValueError, OverflowError) as error:  # an escape that names no character, in the parser without libyaml
        if isinstance(error, NotFrontmatter):
            raise
        raise NotFrontmatter(2, f"the frontmatter is not YAML: {error}") from None


def _compose(text: str) -> Mapped:
    """Build the values from events, without recursion, so that depth and size are met before they cost anything."""
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
    """Where a scalar ends. A block scalar's mark lies after its line breaks, which belong to the lines below."""
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


def written(values_: Mapping[str, Settable], newline: str = "\n") -> str:
    """New frontmatter, one line a key, fences included."""
    return "".join(f"{line}{newline}" for line in ("---", *(f"{k}: {value(v)}" for k, v in values_.items()), "---"))


def value(said: Settable) -> str:
    """A value as this module writes it: one line, and the same to every reader of YAML."""
    if isinstance(said, str):
        return scalar(said)
    if isinstance(said, bool | int | float):
        return str(said).lower()
    return f"[{', '.join(scalar(item, flow=True) for item in said)}]"


PLAIN = re.compile(r"[^\W\d](?:[\w./@+<>=~^()-]|[:;,'](?=\S)| (?=\S))*")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))?")
OTHERWISE_READ = re.compile(r"y|n|yes|no|on|off|true|false|null", re.IGNORECASE)


def scalar(said: str, *, flow: bool = False) -> str:
    """Plain where no reader of YAML could take it for anything but this text or a moment, else in double quotes."""
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
    ):  # half a pair has no escape: whoever encodes the file refuses it
        return letter
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
