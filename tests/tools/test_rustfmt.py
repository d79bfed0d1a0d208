"""rustfmt, and the compiler's pages: on what was named, and nothing else."""

import pytest

from rusta.core.errors import ConfigError
from rusta.tools.explain import first_paragraph

UGLY = "pub fn f( )->u8{1}\n"
NEAT = "pub fn f() -> u8 {\n    1\n}\n"


def test_only_the_named_files_are_formatted_and_none_is_written(crate, hands) -> None:
    folder = crate(lib="mod other;\n" + UGLY, **{"src/other.rs": UGLY, "src/neat.rs": NEAT})
    done = hands(folder).fmt(["src/lib.rs", "src/neat.rs"])
    assert dict(done.files) == {"src/lib.rs": ("mod other;\n" + NEAT).encode()} and not done.refused
    assert (folder / "src/lib.rs").read_text() == "mod other;\n" + UGLY
    assert set(hands(folder).fmt().files) == {"src/lib.rs", "src/other.rs"}


def test_line_ends_edition_and_the_crates_own_style_are_kept(crate, hands) -> None:
    crlf = UGLY.replace("\n", "\r\n")
    old = "pub fn async(  ) {}\n"  # a name in 2015, a keyword since
    folder = crate(lib=crlf, **{"rustfmt.toml": "tab_spaces = 2\n", "old/Cargo.toml": '[package]\nname = "old"\nversion = "0.1.0"\n',
                                "old/src/lib.rs": old})  # fmt: skip
    done = hands(folder).fmt(["src/lib.rs", "old/src/lib.rs"])
    assert done.files["src/lib.rs"] == b"pub fn f() -> u8 {\r\n  1\r\n}\r\n"
    assert done.files["old/src/lib.rs"] == b"pub fn async() {}\n"
    (folder / "rustfmt.toml").write_text('newline_style = "Unix"\n')
    assert hands(folder).fmt(["src/lib.rs"]).files["src/lib.rs"] == NEAT.encode()


def test_what_cannot_be_formatted_says_why_and_keeps_nothing_else_from_it(crate, hands) -> None:
    folder = crate(lib=UGLY, **{"src/broken.rs": "fn f( {\n", "src/latin.rs": b"// a\n// \xe9\n"})
    done = hands(folder).fmt(["src/broken.rs", "src/latin.rs", "src/gone.rs", "src/lib.rs"])
    assert list(done.files) == ["src/lib.rs"]
    assert "error" in done.refused["src/broken.rs"] and "broken.rs" in done.refused["src/broken.rs"]
    assert done.refused["src/latin.rs"].startswith("line 2 is not UTF-8")
    assert done.refused["src/gone.rs"] == "No such file or directory"


def test_a_code_is_explained_by_the_compilers_page(crate, hands) -> None:
    cargo = hands(crate(lib=""))
    page = cargo.explain("e382")
    assert (page.code, page.first) == ("E0382", "A variable was used after its contents have been moved elsewhere.")
    assert "struct MyStruct" in page.whole
    assert cargo.explain("clippy::needless_return").first == "Checks for return statements at the end of a block."


@pytest.mark.parametrize("code", ["E9999", "E0000", "unused_imports", "--help", "clippy::no_such_lint_at_all", ""])
def test_what_has_no_page_is_said(code: str, crate, hands) -> None:
    with pytest.raises(ConfigError, match=r"no page|no error code"):
        hands(crate(lib="")).explain(code)


def test_a_page_may_open_with_a_heading_or_code() -> None:
    assert first_paragraph("#### Note: no longer emitted.\n\nBecause\nof that.\n\nMore.") == "Because of that."
    assert first_paragraph("```\ncode\n```\n") == "-"
