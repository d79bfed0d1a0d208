"""Changing one key of a file: nothing else moves, whatever a person wrote around it."""

import difflib

import pytest

from rusta.memory.entries.amend import CannotAmend, set_key
from rusta.memory.entries.entry import parse

HEAD = b"---\ndate: 2026-01-01 # when\ntags: [a, 'b']   # two\nconfidence: high\n---\nBody\n"


def changed_lines(before: bytes, after: bytes) -> list[str]:
    found = difflib.ndiff(before.decode().splitlines(keepends=True), after.decode().splitlines(keepends=True))
    return [line for line in found if line[0] in "+-"]


def test_a_value_is_replaced_where_it_stands() -> None:
    assert set_key(HEAD, "confidence", "low") == HEAD.replace(b"high", b"low")
    assert set_key(HEAD, "date", "2026-02-02") == HEAD.replace(b"2026-01-01", b"2026-02-02")


def test_a_new_key_is_one_new_line() -> None:
    assert set_key(HEAD, "status", "superseded") == HEAD.replace(b"high\n", b"high\nstatus: superseded\n")


def test_a_value_that_is_there_already_changes_nothing() -> None:
    assert set_key(HEAD, "tags", ["a", "b"]) is HEAD


def test_a_list_that_grows_keeps_what_is_written() -> None:
    assert set_key(HEAD, "tags", ["a", "b", "c d"]) == HEAD.replace(b"'b']", b"'b', \"c d\"]")
    block = b"---\ntags: # mine\n- 'a' # first\n- b # last\n# between\nconfidence: high\n---\n"
    assert set_key(block, "tags", ["a", "b", "c"]) == block.replace(b"# last\n", b"# last\n- c\n")


def test_a_list_that_shrinks_stays_a_list_of_its_kind() -> None:
    block = b"---\ntags:\n  - a\n  - b\nconfidence: high\n---\n"
    assert set_key(block, "tags", ["b"]) == b"---\ntags:\n  - b\nconfidence: high\n---\n"
    assert set_key(block, "tags", []) == b"---\ntags: []\nconfidence: high\n---\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"No frontmatter.\n",
        b"\xef\xbb\xbfWith a byte order mark.\n",
        b"\r\nWindows\r\n",
        b"",
        b"---",
        b"no newline at the end",
    ],
)
def test_a_file_without_frontmatter_gets_three_lines_before_it(raw: bytes) -> None:
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    after = set_key(raw, "status", "archived")
    assert after.startswith(mark + b"---")
    assert after.endswith(raw[len(mark) :])
    assert parse(after).text("status") == "archived"
    assert (b"\r\n---\r\n" in after) == (b"\r\n" in raw)


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (b"\xef\xbb\xbf---\r\ndate: 2026\r\ncontext: |\r\n  two\r\n  lines\r\n---\r\nBody", "context"),
        (b"---\nstatus:\n---\n", "status"),
        (b"---\nstatus: # nothing yet\nother: x\n---\n", "status"),
        (b"---\nstatus: {a: b}\n---\n", "status"),
        (b"---\nstatus:\n  a: b\n---\n", "status"),
        (b"---\nstatus:\n- a\n- b\nother: x\n---\n", "status"),
        (b"---\nstatus: >-\n  folded\n\n  text\n\nother: x\n---\n", "status"),
        (b"---\nstatus: 'it''s'\nstatus: \"twice\"\n---\n", "status"),
        (b"---\n{a: b, c: [d]}\n---\n", "status"),
        (b"---\n  indented: x\n  more: y\n---\n", "status"),
        (b"---\n---\n", "status"),
        (b"---\n# only a comment\n---\n", "status"),
        (b"---\nstatus: several\n  lines\n  long\nother: x\n---\n", "status"),
        (b"---\n\"status\": x\n---\n", "status"),
    ],
)  # fmt: skip
def test_odd_yaml_is_changed_in_one_place(raw: bytes, key: str) -> None:
    before, after = parse(raw), set_key(raw, key, "superseded")
    read = parse(after)
    assert read.text(key) == "superseded"
    assert {k: v for k, v in read.meta.items() if k != key} == {k: v for k, v in before.meta.items() if k != key}
    assert read.body == before.body
    assert (b"\r\n" in after) == (b"\r\n" in raw)
    assert after.startswith(b"\xef\xbb\xbf") == raw.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    "raw",
    [
        b"---\nnever: ends\n",
        b"---\nbroken: [yaml\n---\n",
        b"---\nstatus: &s x\nother: *s\n---\n",
        b"---\na: !object x\n---\n",
        b"\xff\xfe---\n",
        b"---\nstatus:\n# a person's thought\n- x\n---\n",
    ],
)
def test_what_cannot_be_changed_alone_is_refused(raw: bytes) -> None:
    with pytest.raises(CannotAmend):
        set_key(raw, "status", "superseded")


def test_a_key_that_is_no_word_is_refused() -> None:
    with pytest.raises(CannotAmend, match="not a key that I write"):
        set_key(HEAD, "status: x\nother", "y")
