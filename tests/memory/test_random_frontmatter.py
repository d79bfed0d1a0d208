"""Random documents, sane and odd: read or reported, never altered by reading, and altered in one place by an edit.

`pytest -m thorough` takes ten thousand of each property; the ordinary run takes a hundred.
"""

from dataclasses import dataclass

import pytest
import yaml
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from rusta.memory.entries import frontmatter
from rusta.memory.entries.amend import CannotAmend, set_key
from rusta.memory.entries.entry import BadEntry, parse, parse_leniently
from rusta.memory.entries.frontmatter import Settable

pytestmark = pytest.mark.thorough

KEYS = ("date", "type", "tags", "confidence", "context", "status", "links", "when", "pinned", "Überschrift", "my key")
WORDS = (
    "x",
    "high",
    "burn",
    "E0502",
    "crate:burn",
    "2026-01-01",
    "1.10",
    "no",
    "null",
    "~",
    "ü",
    "\U0001f980",
    "a b",
    "-",
    "'",
)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
odd_line = st.one_of(
    text,
    st.sampled_from(
        ["\t", "- - x", "? x", ": y", "a: b: c", "&a x", "*a", "a: &b [1]", "c: *b", "<<: *b", "!!python/name:os.system",
         "a: !x y", "%YAML 1.1", "...", "--- ", "---x", "a: |", " b", "{", "}", "[", "]", "a: 'it", '"', "@", "`", "a:\tb",
         "\x85", "\u2028x", "\x00", "\ufeff", "a: \"\\ud800\"", "a: \"\\UFFFFFFFF\"", "\r", "a: x\ry"]
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Document:
    raw: bytes
    sane: bool
    """Whether it was put together from whole keys only, with nothing odd between."""


@st.composite
def value(draw: st.DrawFn) -> list[str]:
    """A value as lines: the first stands beside its key."""
    word = st.sampled_from(
        ["x", "high", "burn", "E0502", "crate:burn", "2026-01-01", "1.10", "no", "null", "ü🦀", "a b"]
    )
    words = draw(st.lists(word, min_size=1, max_size=4))
    comment = draw(st.sampled_from(["", "", " # why", "   # a: [b"]))
    indent = draw(st.sampled_from(["", "  ", "    "]))
    kind = draw(
        st.sampled_from(["plain", "single", "double", "flow", "block", "literal", "folded", "map", "nothing", "long"])
    )
    match kind:
        case "single":
            return [f" '{words[0]}'{comment}"]
        case "double":
            return [f' "{words[0]} \\u2028 \\"q\\""{comment}']
        case "flow":
            return [f" [{', '.join(words)}]{comment}"]
        case "block":
            return [comment, *(f"{indent}- {word}{comment}" for word in words)]
        case "literal" | "folded":
            return [
                " |" if kind == "literal" else " >-",
                *(f"  {word}" for word in words),
                *([""] if len(words) > 2 else []),
            ]
        case "map":
            return [comment, f"  {words[0]}1: x", "  other: [y]"]
        case "nothing":
            return [comment]
        case "long":
            return [f" {words[0]}", *(f"  {word}" for word in words[1:])]
    return [f" {words[0]}{comment}"]


@st.composite
def document(draw: st.DrawFn) -> Document:
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    lines: list[str] = []
    sane = draw(st.integers(0, 3)) > 0
    repeats = draw(st.integers(0, 5)) == 0
    keys = draw(st.lists(st.sampled_from(KEYS), max_size=7, unique=not repeats))
    for key in keys:
        first, *rest = draw(value())
        lines += [f"{key}:{first}", *rest]
        if draw(st.integers(0, 5)) == 0:
            lines.append(draw(st.sampled_from(["# a note", "", "  # indented"])))
        if not sane and draw(st.booleans()):
            lines.append(draw(odd_line))
    if not sane and lines and draw(st.booleans()):
        lines.insert(draw(st.integers(0, len(lines))), draw(odd_line))
    opening, closing = "---", "---"
    if not sane:
        opening = draw(st.sampled_from(["---", "--- ", "----", "", " ---", "+++"]))
        closing = draw(st.sampled_from(["---", "---\t", "", "----", "..."]))
    body = draw(st.one_of(text, st.just("# A heading\n\n---\n\nText: [\n"), st.just("")))
    last = draw(st.sampled_from([newline, ""]))
    mark = draw(st.sampled_from(["", "", "", "\ufeff"]))
    if draw(st.integers(0, 500)) == 317:  # not 0, which is drawn often
        body = (body or "- [a: {b\n") * (10_000_000 // len(body or "- [a: {b\n"))
    raw = (mark + newline.join([opening, *lines, closing]) + newline + body + last).encode()
    if not sane and draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(raw)))
        raw = raw[:at] + draw(st.binary(max_size=4)) + raw[at:]
    return Document(raw, sane)


settable: st.SearchStrategy[Settable] = st.one_of(
    st.sampled_from(WORDS),
    text,
    st.booleans(),
    st.integers(1, 10),
    st.lists(st.one_of(st.sampled_from(WORDS), text), max_size=4),
)
quiet = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@quiet
@given(document())
def test_every_document_is_read_or_reported_and_read_as_yaml_says(given_: Document) -> None:
    entry = parse_leniently(given_.raw, "semantic/x.md")
    try:
        parsed = parse(given_.raw, "semantic/x.md")
    except BadEntry as bad:
        event("reported")
        assert entry.problems == (str(bad),)
        assert not given_.sane
        return
    event("read")
    assert parsed == entry
    decoded = given_.raw.decode()
    where = frontmatter.fences(decoded)
    if where is None:
        assert entry.body == decoded.removeprefix("\ufeff")
        return
    said = yaml.load(decoded[where.yaml : where.closing], yaml.CBaseLoader)
    assert emptied(entry.meta) == emptied(said or {})
    assert decoded.endswith(entry.body)


@quiet
@given(document(), st.sampled_from([key for key in KEYS if key.isascii() and " " not in key]), settable)
def test_one_key_changes_and_nothing_else(given_: Document, key: str, new: Settable) -> None:
    raw = given_.raw
    try:
        after = set_key(raw, key, new)
    except CannotAmend:
        event("refused")
        # A comment between a key and its list is a person's, and the one thing in the way of a sane document's edit.
        assert not given_.sane or b"#" in raw
        return
    before, changed = parse_leniently(raw), parse(after)
    assert changed.meta[key] == as_read(new)
    assert {k: v for k, v in changed.meta.items() if k != key} == {k: v for k, v in before.meta.items() if k != key}
    assert set_key(after, key, new) == after
    minimal(raw, after, key)


def as_read(said: Settable) -> object:
    return str(said).lower() if isinstance(said, bool | int | float) else said


def emptied(said: object) -> object:
    """Nothing and an empty text are one here: YAML's plain loader does not tell them apart."""
    if isinstance(said, dict):
        return {str(key or ""): emptied(value) for key, value in said.items()}
    if isinstance(said, list):
        return [emptied(value) for value in said]
    return None if said in {"", "~", "null"} else said


def minimal(raw: bytes, after: bytes, key: str) -> None:
    """Only bytes of this key's own lines are gone; all before and after them are as they were."""
    text_ = raw.decode()
    where = frontmatter.fences(text_)
    if where is None:
        assert raw == after or after.endswith(raw.removeprefix("\ufeff".encode()))
        return
    inside = text_[where.yaml : where.closing]
    node = yaml.compose(inside, yaml.CBaseLoader)
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    own = [(name.start_mark.index, ending(said)) for name, said in pairs if name.value == key]
    first, last = own[-1] if own else (len(inside), len(inside))
    if node is not None and node.flow_style:
        first, last = (first, last) if own else (0, len(inside))
    else:
        last = (
            inside.find("\n", last) + 1 if "\n" in inside[last:] else last
        )  # new items come below the last one's line
    assert after.startswith(text_[: where.yaml + first].encode())
    assert after.endswith(text_[where.yaml + last :].encode())
    assert after.count(b" # why") >= raw.count(b" # why"), "a person's comments stay"


def ending(node: yaml.Node) -> int:
    """Where the last word of a value ends; YAML counts the comments below a list as part of it."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return max(
            node.start_mark.index,
            node.end_mark.index - (node.style in ("|", ">") if isinstance(node, yaml.ScalarNode) else 0),
        )
    last = node.value[-1]
    return ending(last[1] if isinstance(last, tuple) else last)


def test_a_body_of_ten_megabytes_is_not_touched() -> None:
    raw = b"---\r\ntags: [a]\r\n---\r\n" + b"[{ &a *a !!x\r\n" * 800_000
    assert set_key(raw, "tags", ["a", "b"]) == raw.replace(b"[a]", b"[a, b]", 1)
