"""A page reads back as what was written, and a broken one names its file, its line and what is wrong."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rusta.data.pages import BrokenPage, PageKind, read_page, split_frontmatter
from rusta.identity.turns import Role, Turn

HEAD = "---\ntitle: A page\n---\n"
ANYWHERE = Path("page.md")

# Lines as people write them, and lines that look like the format's own marks and are not.
LINE = st.one_of(
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1).filter(lambda s: not s.startswith(("```", "~~~", "## "))),
    st.sampled_from(["", "  indented", "---", "# person", "### rusta", "## end", "##person", "said `## rusta` inline", "é\u2028→"]),
)  # fmt: skip
FENCED = st.tuples(
    st.sampled_from(["```", "````", "~~~"]),
    st.sampled_from(["", "rust", "rust,E0382", "text"]),
    st.lists(st.sampled_from(["## person", "## rusta", "let x = 1;", "", "# hidden", "---", "`` "])),
).map(lambda parts: "\n".join([parts[0] + parts[1], *parts[2], parts[0]]))
SAID = st.lists(st.one_of(LINE, FENCED), min_size=1).map("\n".join).map(str.strip).filter(bool)
SCALAR = st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.dates())


@given(said=st.lists(SAID, min_size=1).filter(lambda said: len(said) % 2 == 0))
def test_a_dialogue_reads_back_as_it_was_written(said: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    turns = tuple(Turn((Role.PERSON, Role.RUSTA)[n % 2], text) for n, text in enumerate(said))
    marks = {Role.PERSON: "## person", Role.RUSTA: "## rusta"}
    path = tmp_path_factory.getbasetemp() / "dialogue.md"
    path.write_text(HEAD + "\n" + "\n\n".join(f"{marks[turn.role]}\n\n{turn.text}" for turn in turns) + "\n")
    page = read_page(path, PageKind.DIALOGUE)
    assert page.turns == turns
    assert page.meta == {"title": "A page"}
    assert page.hers == "\n\n".join(turn.text for turn in turns if turn.role is Role.RUSTA)


@given(meta=st.dictionaries(st.text(min_size=1), SCALAR | st.lists(SCALAR), min_size=1), body=st.text())
def test_frontmatter_is_any_mapping_and_the_body_starts_where_it_says(meta: dict[str, object], body: str) -> None:
    text = f"---\n{yaml.safe_dump(meta)}---\n{body}"
    found, rest, first = split_frontmatter(ANYWHERE, text)
    assert (found, rest) == (meta, body)
    assert "\n".join(text.split("\n")[first - 1 :]) == body


def test_a_journal_is_all_hers_and_says_when_and_of_what(tmp_path: Path) -> None:
    path = tmp_path / "log.md"
    meta = {"date": "2026-03-01", "type": "semantic", "tags": ["a"], "confidence": 0.9, "context": "parser"}
    path.write_text(f"---\n{yaml.safe_dump(meta)}---\n\n## rusta\nis a heading here.\n")
    asked, hers = read_page(path, PageKind.DEVLOG).turns
    assert hers == Turn(Role.RUSTA, "## rusta\nis a heading here.")
    assert asked.role is Role.PERSON
    assert all(str(meta[key]) in asked.text for key in ("date", "type", "context"))


def test_windows_line_ends_are_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_bytes((HEAD + "## person\nhi\n## rusta\nhello\nyou\n").replace("\n", "\r\n").encode())
    assert [turn.text for turn in read_page(path, PageKind.DIALOGUE).turns] == ["hi", "hello\nyou"]


# What is wrong, the line that is to blame, and a word that says what it is.
BROKEN = {
    "an empty file": ("", 1, "frontmatter"),
    "no frontmatter": ("## person\nhi\n", 1, "frontmatter"),
    "frontmatter without an end": ("---\ntitle: x\n## person\n", 1, "never ends"),
    "frontmatter that is a list": ("---\n- a\n---\n", 2, "list"),
    "frontmatter that is empty": ("---\n---\n", 2, "is empty"),
    "frontmatter that is not YAML": ("---\ntitle: x\ntags: [a\n---\n", 3, "not YAML"),
    "a tab in the frontmatter": ("---\ntitle: x\n\tb: c\n---\n", 3, "not YAML"),
    "text before the first turn": (HEAD + "\nHello.\n## person\n", 5, "nobody"),
    "an empty turn": (HEAD + "## person\n\n## rusta\nhi\n", 6, "person says nothing"),
    "an empty last turn": (HEAD + "## person\nhi\n## rusta\n", 8, "rusta says nothing"),
    "two turns in a row": (HEAD + "## person\nhi\n## person\nhi\n", 6, "in a row"),
    "a fence that is never closed": (HEAD + "## person\nhi\n## rusta\n```rust\nfn f() {}\n## person\n", 7, "never closed"),
    "a fence closed by another": (HEAD + "## person\n~~~\n```\n## rusta\nhi\n", 5, "never closed"),
    "a last word by the person": (HEAD + "## person\nhi\n## rusta\nhi\n## person\nbye\n", 4, "ends with"),
    "a first word by her": (HEAD + "## rusta\nhi\n", 4, "opens with"),
    "nothing said": (HEAD, 4, "opens with"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_dialogue_is_refused_with_file_and_line(name: str, tmp_path: Path) -> None:
    text, line, what = BROKEN[name]
    path = tmp_path / "broken.md"
    path.write_text(text)
    with pytest.raises(BrokenPage) as refusal:
        read_page(path, PageKind.DIALOGUE)
    assert str(refusal.value).startswith(f"{path}:{line}: ")
    assert what in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("missing", ["date", "type", "tags", "confidence", "context"])
def test_a_journal_that_lacks_a_key_names_it(missing: str, tmp_path: Path) -> None:
    path = tmp_path / "log.md"
    keys = [key for key in ("date", "type", "tags", "confidence", "context") if key != missing]
    path.write_text("---\n" + "".join(f"{key}: x\n" for key in keys) + "---\nText.\n")
    with pytest.raises(BrokenPage, match=rf"log\.md:2: .*`{missing}:`"):
        read_page(path, PageKind.DEVLOG)


def test_bytes_that_are_not_text_are_refused_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_bytes(HEAD.encode() + b"## person\n\xff\n")
    with pytest.raises(BrokenPage, match=r"page\.md:5: not UTF-8 at byte 32"):
        read_page(path, PageKind.DIALOGUE)


@given(text=st.text(st.sampled_from("-#`~ \n:ab[{'\"person rusta"), max_size=60) | st.text())
def test_whatever_is_read_is_a_page_or_a_refusal(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.md"
    path.write_text(HEAD + text, encoding="utf-8")
    try:
        turns = read_page(path, PageKind.DIALOGUE).turns
    except BrokenPage as refusal:
        assert str(path) in str(refusal)
    else:
        assert [turn.role for turn in turns] == [Role.PERSON, Role.RUSTA] * (len(turns) // 2)
        assert all(turn.text for turn in turns)
