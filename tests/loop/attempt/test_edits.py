"""Edits become the bytes they mean, or a message that mends: never something else, never more."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.loop.attempt.actions import ReplaceItem, SearchReplace, WholeFile
from rusta.loop.attempt.edits import DoesNotApply, apply_all, apply_edit
from rusta.loop.attempt.edits.text import decode_text
from rusta.tools.items import find

POOL = b"""use std::fmt;

/// Keeps connections.
#[derive(Debug)]
pub struct Pool<T> {
    free: Vec<T>,
}

impl<T: Clone> Pool<T> {
    /// Takes the newest.
    #[inline]
    pub fn take(&mut self) -> Option<T> {
        self.free.pop()
    }

    // The order is the order of return.
    fn put(&mut self, one: T) {
        self.free.push(one);
    }
}

#[cfg(unix)]
fn limit() -> usize {
    8
}

#[cfg(not(unix))]
fn limit() -> usize {
    4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes() {
        assert_eq!(limit(), 8);
    }
}
"""
OTHER = b"pub fn elsewhere() -> u8 {\r\n    // caf\xe9\r\n    let one = 1;\r\n    one\r\n}\r\n"
FILES = {"src/pool.rs": POOL, "src/other.rs": OTHER, "Cargo.toml": b'[package]\nname = "p"\n'}
OPEN = ["src/pool.rs", "src/other.rs"]


def after(edit: WholeFile | ReplaceItem | SearchReplace) -> str:
    (made,) = apply_edit(edit, FILES.get, OPEN).values()
    return made.decode(errors="replace")


def refused(edit: WholeFile | ReplaceItem | SearchReplace, opened: list[str] = OPEN) -> str:
    with pytest.raises(DoesNotApply) as reason:
        apply_edit(edit, FILES.get, opened)
    return str(reason.value)


# One item


def test_an_item_keeps_its_docs_attributes_and_indentation() -> None:
    made = after(
        ReplaceItem(
            "Pool::take",
            "pub fn take(&mut self) -> Option<T> {\n    // Newest first: it is warm.\n    self.free.pop()\n}",
            "src/pool.rs",
        )
    )
    assert made == POOL.decode().replace(
        "        self.free.pop()\n", "        // Newest first: it is warm.\n        self.free.pop()\n"
    )


def test_an_item_takes_the_docs_that_come_with_it_and_keeps_the_rest() -> None:
    made = after(ReplaceItem("take", "/// Takes one.\npub fn take(&mut self) -> Option<T> {\n    None\n}"))
    assert "    /// Takes one.\n    #[inline]\n    pub fn take" in made
    assert "newest" not in made


def test_an_attribute_that_comes_takes_the_place_of_those_before() -> None:
    made = after(ReplaceItem("Pool", "#[derive(Debug, Clone)]\npub struct Pool<T> {\n    free: Vec<T>,\n}"))
    assert made == POOL.decode().replace("#[derive(Debug)]", "#[derive(Debug, Clone)]")


def test_a_test_stays_a_test_whatever_attributes_come() -> None:
    made = after(ReplaceItem("tests::takes", "#[should_panic]\nfn takes() {\n    panic!();\n}"))
    assert "    #[test]\n    #[should_panic]\n    fn takes() {\n        panic!();\n    }\n}\n" in made


def test_a_why_comment_above_the_item_comes_along() -> None:
    made = after(
        ReplaceItem("put", "// Pushed last, taken first.\nfn put(&mut self, one: T) {\n    self.free.push(one)\n}")
    )
    assert "    // Pushed last, taken first.\n    fn put" in made and "order of return" not in made


@pytest.mark.parametrize(
    "code",
    [
        "impl<T: Clone> Pool<T> {\n    pub fn take(&mut self) -> Option<T> {\n        None\n    }\n}",
        "impl<T: Clone> Pool<T> {\n    pub fn take(&mut self) -> Option<T> {\n        None\n    }\n\n"
        "    fn put(&mut self, one: T) {\n        self.free.push(one);\n    }\n}",
        "use std::fmt;\n\npub fn take(&mut self) -> Option<T> {\n    None\n}",
        "    pub fn take(&mut self) -> Option<T> {\n        None\n    }",
        "pub fn take(&mut self) -> Option<T> {\n        None\n    }",
        "// src/pool.rs\n\npub fn take(&mut self) -> Option<T> {\n    None\n}",
    ],
)  # fmt: skip
def test_what_models_send_around_an_item_is_read_past(code: str) -> None:
    assert after(ReplaceItem("Pool::take", code, "src/pool.rs")) == POOL.decode().replace("self.free.pop()", "None")


def test_a_use_line_that_comes_with_an_item_goes_to_the_others() -> None:
    made = after(ReplaceItem("take", "use std::rc::Rc;\npub fn take(&mut self) -> Option<T> {\n    None\n}"))
    assert made.startswith("use std::fmt;\nuse std::rc::Rc;\n")


def test_a_new_function_that_comes_with_an_item_is_put_beside_it() -> None:
    made = after(
        ReplaceItem(
            "take", "pub fn take(&mut self) -> Option<T> {\n    None\n}\n\npub fn left(&self) -> usize {\n    1\n}"
        )
    )
    assert "    pub fn left(&self) -> usize {\n        1\n    }\n}\n" in made and made.count(
        "impl"
    ) == POOL.decode().count("impl")


def test_lines_inside_a_text_are_not_moved() -> None:
    made = after(ReplaceItem("take", 'pub fn take(&mut self) -> Option<T> {\n    let _ = "a\n  b";\n    None\n}'))
    assert '        let _ = "a\n  b";\n        None\n    }\n' in made


def test_twins_are_told_apart_by_line_by_cfg_and_by_whole_path() -> None:
    unix = POOL.decode().replace("    8\n", "    9\n")
    assert after(ReplaceItem("limit", "fn limit() -> usize {\n    9\n}", "src/pool.rs", 22)) == unix
    assert after(ReplaceItem("limit", "#[cfg(unix)]\nfn limit() -> usize {\n    9\n}")) == unix
    said = refused(ReplaceItem("limit", "fn limit() -> usize {\n    9\n}"))
    assert "names 2 items" in said and "#[cfg(not(unix))] limit (src/pool.rs:28)" in said and "src/pool.rs:23" in said


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (ReplaceItem("take", "fn put() {}"), "that code is fn put. Send `pub fn take(&mut self) -> Option<T>` whole"),
        (ReplaceItem("take", "struct take;"), "that code is struct take"),
        (ReplaceItem("take", "fn take(&mut self) {\n    let x = ;\n}"), "line 2: `let x = ;`"),
        (ReplaceItem("take", "fn take(&mut self) {"), "does not parse"),
        (ReplaceItem("take", "let x = 1;"), "no item"),
        (ReplaceItem("take", "fn take(&mut self) {}\nfn put(&mut self) {}"), "also brings fn put"),
        (ReplaceItem("take", "fn take(&mut self) {}\nstruct Helper;"), "also brings struct Helper"),
        (ReplaceItem("take", "impl<T> Other<T> {\n    fn take(&mut self) {}\n}"), "that code is impl Other<T>"),
        (ReplaceItem("take", "fn take(&mut self) {}\ntake();"), "outside of the item"),
        (ReplaceItem("take", "fn take(&mut self) {\n    // ... existing code ...\n}"), "stands for code"),
        (ReplaceItem("takes", "use std::rc::Rc;\nfn takes() {}"), "belongs into the module"),
        (ReplaceItem("grab", "fn grab() {}", "src/pool.rs"), "There is no item grab in src/pool.rs. There are: Pool (src/pool.rs:5)"),
        (ReplaceItem("takeall", "fn takeall() {}"), "Pool::take (src/pool.rs:12)"),
        (ReplaceItem("Pool::take", "pub fn take(&mut self) -> Option<T> {\n    self.free.pop()\n}"), "already says"),
    ],
)  # fmt: skip
def test_code_that_is_not_the_item_is_refused_with_the_place(edit: ReplaceItem, says: str) -> None:
    assert says in refused(edit)


def test_an_item_named_in_the_wrong_file_is_found_in_an_open_one() -> None:
    (path,) = apply_edit(
        ReplaceItem("elsewhere", "pub fn elsewhere() -> u8 {\n    2\n}", "src/pool.rs"), FILES.get, OPEN
    )
    assert path == "src/other.rs"


def test_an_item_is_replaced_in_a_file_that_does_not_parse() -> None:
    broken = POOL.replace(b"        self.free.pop()\n    }\n", b"        self.free.pop()\n")
    (made,) = apply_edit(
        ReplaceItem("Pool::take", "pub fn take(&mut self) -> Option<T> {\n    self.free.pop()\n}", "p.rs"),
        {"p.rs": broken}.get,
    ).values()
    assert [item.path for item in find(made, "put")] == ["Pool::put"]
    assert made.count(b"fn put") == 1 and b"self.free.pop()\n    }" in made


# Search and replace


def test_a_block_is_replaced_where_it_stands() -> None:
    assert after(SearchReplace("src/pool.rs", "        self.free.pop()\n", "        None\n")) == POOL.decode().replace(
        "self.free.pop()", "None"
    )


@pytest.mark.parametrize(
    ("search", "replace"),
    [
        ("pub fn take(&mut self) -> Option<T> {\n    self.free.pop()\n", "pub fn take(&mut self) -> Option<T> {\n    None\n"),
        ("            self.free.pop()\n        }\n", "            None\n        }\n"),
        ("\n        self.free.pop()\n", "\n        None\n"),
        ("\n\n        self.free.pop()\n\n\n", "        None\n"),
        ("        self.free.pop()   \n", "        None\n"),
        (
            "12 |     pub fn take(&mut self) -> Option<T> {\n13 |         self.free.pop()\n",
            "12 |     pub fn take(&mut self) -> Option<T> {\n13 |         None\n",
        ),
        ("impl<T: Clone> Pool<T> {\n...\n        self.free.pop()\n", "impl<T: Clone> Pool<T> {\n...\n        None\n"),
    ],
)  # fmt: skip
def test_a_block_remembered_a_little_wrong_still_finds_its_place(search: str, replace: str) -> None:
    assert after(SearchReplace("src/pool.rs", search, replace)) == POOL.decode().replace("self.free.pop()", "None")


def test_bytes_outside_the_block_stay_as_they_are() -> None:
    made = apply_edit(
        SearchReplace("src/other.rs", "    let one = 1;\n", "    let one = 2;\n    let two = one;\n"), FILES.get
    )["src/other.rs"]
    assert made == OTHER.replace(b"    let one = 1;\r\n", b"    let one = 2;\r\n    let two = one;\r\n")
    renewed = apply_edit(ReplaceItem("elsewhere", "pub fn elsewhere() -> u8 {\n    2\n}", "src/other.rs"), FILES.get)[
        "src/other.rs"
    ]
    assert renewed == b"pub fn elsewhere() -> u8 {\r\n    2\r\n}\r\n"


@given(
    st.lists(st.sampled_from(["fn a() {", "    x;", "}", "", "\tx", "é"]), min_size=1, max_size=12),
    st.lists(st.sampled_from(["\n", "\r\n"]), min_size=12, max_size=12),
    st.booleans(),
    st.data(),
)
def test_a_block_changes_its_own_lines_and_no_byte_beside_them(
    rows: list[str], ends: list[str], last: bool, data: st.DataObject
) -> None:
    pieces = [row.encode() + end.encode() for row, end in zip(rows, ends, strict=False)]
    if not last:
        pieces[-1] = pieces[-1].rstrip(b"\r\n")
    source = b"".join(pieces) + (b"\xff\n" if last else b"")
    assert decode_text(source).encoded() == source
    first = data.draw(st.integers(0, len(rows) - 1))
    until = data.draw(st.integers(first + 1, len(rows)))
    edit = SearchReplace("a.rs", "".join(f"{row}\n" for row in rows[first:until]), "// new\n")
    try:
        made = apply_edit(edit, {"a.rs": source}.get)["a.rs"]
    except DoesNotApply:
        return
    assert b"// new" in made
    cut = made.index(b"// new")
    assert source.startswith(made[:cut])
    assert source.endswith(made[cut + len(b"// new") :].lstrip(b"\r\n"))


def test_a_block_that_stands_twice_is_not_guessed() -> None:
    said = refused(SearchReplace("src/pool.rs", "fn limit() -> usize {\n", "fn limit() -> u8 {\n"))
    assert "stand 2 times in src/pool.rs: lines 23, 28" in said


def test_a_block_that_fails_shows_the_lines_that_were_meant() -> None:
    said = refused(
        SearchReplace("src/pool.rs", "    pub fn take(&self) -> Option<T> {\n        self.free.pop()\n    }\n", "x\n")
    )
    assert "<<<<<<< SEARCH\n    pub fn take(&self)" in said
    assert "Did you mean these lines" in said and "    pub fn take(&mut self) -> Option<T> {\n" in said


def test_a_block_that_is_done_already_says_so() -> None:
    assert "already stand there, at line 1" in refused(
        SearchReplace("src/pool.rs", "use std::rc::Rc;\n", "use std::fmt;\n")
    )
    assert "the same lines" in refused(SearchReplace("src/pool.rs", "use std::fmt;\n", "use std::fmt;\n"))


def test_a_block_of_another_open_file_is_applied_there_when_it_is_no_chance() -> None:
    block = SearchReplace("src/gone.rs", "    let one = 1;\n", "    let one = 3;\n")
    assert list(apply_edit(block, FILES.get, OPEN)) == ["src/other.rs"]
    short = SearchReplace("src/pool.rs", "    let one = 1;\n", "    let one = 3;\n")
    assert "They do stand in src/other.rs. If that is meant: EDIT src/other.rs" in refused(short)
    assert "There is no file src/gone.rs" in refused(block, [])


def test_an_empty_search_makes_a_file_and_says_nothing_about_an_old_one() -> None:
    assert apply_edit(SearchReplace("src/new.rs", "", "fn a() {}\n"), FILES.get) == {"src/new.rs": b"fn a() {}\n"}
    assert "does not say where" in refused(SearchReplace("src/pool.rs", "", "fn a() {}\n"))


# Whole files


def test_a_whole_file_keeps_the_line_ends_and_the_bom_it_had() -> None:
    old = b"\xef\xbb\xbffn a() {}\r\nfn b() {}\r\n"
    assert apply_edit(WholeFile("a.rs", "fn a() {}\nfn c() {}\n"), {"a.rs": old}.get) == {
        "a.rs": b"\xef\xbb\xbffn a() {}\r\nfn c() {}\r\n"
    }


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (WholeFile("src/pool.rs", "fn take() {}", sure=False), "I took it for a part of the file"),
        (WholeFile("src/pool.rs", "fn a() {}\n// ... rest of the code ..."), "stands for code"),
        (WholeFile("src/pool.rs", "fn a() {}\n// other methods remain unchanged"), "stands for code"),
        (WholeFile("src/other.rs", "fn a() {}"), "line 2 there is not UTF-8"),
        (WholeFile("src/pool.rs", POOL.decode()), "already says"),
    ],
)
def test_a_whole_file_that_would_lose_something_is_refused(edit: WholeFile, says: str) -> None:
    assert says in refused(edit)


def test_a_part_that_is_the_whole_file_after_all_is_taken() -> None:
    made = after(WholeFile("src/pool.rs", POOL.decode().replace("pop()", "pop().clone()"), sure=False))
    assert "pop().clone()" in made


# All of an answer


def test_edits_of_one_answer_build_on_each_other_and_failures_are_told_apart() -> None:
    edits = [
        SearchReplace("src/pool.rs", "        self.free.pop()\n", "        let one = self.free.pop();\n        one\n"),
        SearchReplace("src/pool.rs", "        no such line\n", "\n"),
        SearchReplace("src/pool.rs", "        one\n", "        one.clone()\n"),
    ]
    applied = apply_all(edits, FILES.get, OPEN)
    assert applied.done == (edits[0], edits[2]) and [edit for edit, _ in applied.failed] == [edits[1]]
    assert b"        let one = self.free.pop();\n        one.clone()\n" in applied.changes["src/pool.rs"]
    assert "The other 2 edits of that answer applied. Do not send them again." in applied.repair
    assert apply_all(edits[:1], FILES.get).repair == ""


@pytest.mark.skipif(not shutil.which("rustc"), reason="rustc is not here")
def test_what_comes_of_replacing_items_compiles(tmp_path: Path) -> None:
    source = POOL.decode().replace("T: Clone", "T: Clone + std::fmt::Debug").encode()
    take = "    pub fn take(&mut self) -> Option<T> {{\n        {}\n    }}\n}}"
    edits = [
        ReplaceItem(
            "Pool::take",
            "use std::mem;\nimpl<T: Clone> Pool<T> {\n" + take.format("mem::take(&mut self.free).pop()"),
            "a.rs",
        ),
        ReplaceItem("limit", "#[cfg(unix)]\nfn limit() -> usize {\n    7 + 1\n}", "a.rs"),
        ReplaceItem(
            "impl Pool",
            "impl<T: Clone + fmt::Debug> Pool<T> {\n    /// One.\n" + take.format("self.free.pop()"),
            "a.rs",
        ),
    ]
    applied = apply_all(edits, {"a.rs": source}.get)
    assert applied.failed == ()
    file = tmp_path / "a.rs"
    file.write_bytes(applied.changes["a.rs"])
    rustc = ["rustc", "--edition=2021", "--crate-type=lib", "--emit=metadata", "-Awarnings", str(file)]
    ran = subprocess.run(rustc, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert len(re.findall(r"fn take\b", file.read_text())) == 1
