"""The gates that are code: scope, reasons, and what she may do without asking."""

import re
from pathlib import Path

import pytest

from rusta.core.errors import ConfigError
from rusta.loop.gates.explained import odd, reasoned, unexplained
from rusta.loop.gates.permissions import Approve, Deed, Permissions, PersonAnswer
from rusta.loop.gates.scope import outside

CORPUS = Path(__file__).parents[3] / "rusta/corpus"


def asked(page: Path) -> list[str]:
    return re.findall(r"^## person\n(.*?)^## rusta", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_no_question_of_her_own_corpus_is_declined(tmp_path: Path) -> None:
    pages = [*CORPUS.glob("dialogues/*.md"), *CORPUS.glob("sealed/*/hers.md"), *CORPUS.glob("boundaries/*/inside.md")]
    questions = [text for page in pages for text in asked(page)]
    assert len(questions) > 200
    assert [text for text in questions if outside(text, tmp_path)] == []


def test_a_slash_at_the_end_of_a_sentence_is_no_place(tmp_path: Path) -> None:
    assert outside("Let sums use %. It binds like * and /. Add a test.", tmp_path) is None


@pytest.mark.parametrize(
    ("page", "boundary"),
    [
        ("flask-endpoint", "not Rust"),
        ("five-second-clients", "not Rust"),
        ("bloom-downsample", "not Rust"),
        ("dana-on-the-lexer", "another person's voice"),
        ("marek-in-the-postmortem", "another person's voice"),
        ("approve-the-fused-multiply", "another person's voice"),
    ],
)
def test_the_plain_ones_outside_are_declined_with_what_she_can_do(page: str, boundary: str, tmp_path: Path) -> None:
    found = outside(asked(CORPUS / f"boundaries/{page}/outside.md")[0], tmp_path)
    assert found and found.boundary == boundary
    assert re.search(r"[Ss]how me", found.words)  # never a bare no


@pytest.mark.parametrize(
    "words",
    [
        "I need a Python script that renames my photos",
        "can I have a quick bash one-liner to count lines?",
        "Python script please: rename all jpgs",
        "a small JavaScript function that debounces",
        "I'd like some code in Golang for that",
        "How do I reverse a list in Python?",
        "show me an SQL query for the last ten orders",
    ],
)
def test_another_language_is_declined_however_it_is_asked_for(words: str) -> None:
    found = outside(words, None)
    assert found and found.boundary == "not Rust"


@pytest.mark.parametrize(
    "words",
    [
        "How do I get something like list comprehensions as in Python?",
        "I want to use a macro the way a C++ template works",
        "What does my Python colleague mean by duck typing?",
        "I need a query planner; how would you split it?",
        "Is there a class like in Java?",
        "I run the script with bash, and it does not find cargo",
        "Port this Python function to Rust",
        "Write the PyO3 bindings for Python",
        "Why is Java's GC not a borrow checker?",
    ],
)
def test_another_language_beside_rust_is_no_reason_to_decline(words: str) -> None:
    assert outside(words, None) is None


def test_a_change_outside_the_workspace_is_declined_and_one_inside_is_not(tmp_path: Path) -> None:
    (tmp_path / "crate/src").mkdir(parents=True)
    found = outside("Delete the lock in ../other/Cargo.lock", tmp_path / "crate")
    assert found and found.boundary == "outside the workspace"
    assert outside("Change /etc/hosts for me", tmp_path / "crate")
    assert outside("Fix src/lib.rs and /metrics too", tmp_path / "crate") is None


def test_what_only_looks_like_a_path_is_none(tmp_path: Path) -> None:
    assert outside(f"Fix the parser, it does not take AAAA+/{'b' * 300}", tmp_path) is None
    (tmp_path / "circle").symlink_to("circle")
    assert outside(f"Fix {tmp_path}/circle/x", tmp_path) is None


def test_a_block_without_a_reason_is_found_and_one_with_is_not() -> None:
    bare = "Here:\n\n```rust\nlet a = 1;\n```\n"
    assert [one.line for one in unexplained(bare)] == [3]
    assert unexplained("The number is copied out, so the loan ends.\n\n```rust\nlet a = 1;\n```\n") == []
    assert unexplained("```text\nerror[E0382]\n```\n") == []  # what a program printed explains itself
    two = "A reason that is long enough.\n\n```rust\nlet a = 1;\n```\n\n```rust\nlet b = 2;\n```\n"
    assert [one.line for one in unexplained(two)] == [7]


@pytest.mark.parametrize(
    "code", ["unsafe { *p }", "let _ = send(x);", "x.load(Ordering::Relaxed)", "#[allow(dead_code)]"]
)
def test_what_is_odd_wants_a_why_beside_it(code: str) -> None:
    assert odd(code)
    assert odd(f"// the pointer comes from a Box two lines up\n{code}") is None
    assert unexplained(f"This is how it has to be done.\n\n```rust\n{code}\n```")


def test_only_what_an_edit_adds_is_asked_about_and_a_comment_elsewhere_does_not_explain_it() -> None:
    before = "//! A table.\n\nfn a() {\n    unsafe { old() }\n}\n\nfn b() {\n}\n"
    after = before.replace("fn b() {\n", "fn b() {\n    unsafe { new() }\n")
    assert odd(before, before) is None and odd(after, before) == "unsafe"


def test_a_colon_is_no_reason() -> None:
    assert not reasoned("Here you go:") and reasoned("The loan ends before the push.")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "permissions.json"


def test_always_is_remembered_for_this_workspace_and_never_for_edits(tmp_path: Path, file: Path) -> None:
    questions: list[Deed] = []

    def ask(deed: Deed, what: str, details: str) -> PersonAnswer:
        questions.append(deed)
        return PersonAnswer(True, always=True)

    for _ in range(2):
        rules = Permissions(Approve.ask, tmp_path / "a", file, ask)
        assert rules.may(Deed.TEST, "run the tests").yes and rules.may(Deed.EDIT, "change it").yes
    assert questions == [Deed.TEST, Deed.EDIT, Deed.EDIT]
    assert Permissions(Approve.ask, tmp_path / "b", file, ask).may(Deed.TEST, "run").yes and len(questions) == 4


@pytest.mark.parametrize(
    ("approve", "edit", "test"),
    [(Approve.all, True, True), (Approve.edits, True, True), (Approve.none, False, True)],
)
def test_what_is_agreed_beforehand_needs_nobody(
    approve: Approve, edit: bool, test: bool, tmp_path: Path, file: Path
) -> None:
    rules = Permissions(approve, tmp_path, file, None)
    assert rules.may(Deed.EDIT, "change").yes is edit
    assert rules.may(Deed.TEST, "test").yes is test
    assert all(rules.may(deed, "x").yes or rules.may(deed, "x").why for deed in Deed)


def test_with_edits_agreed_a_person_who_is_there_is_asked_about_runs_alone(tmp_path: Path, file: Path) -> None:
    rules = Permissions(Approve.edits, tmp_path, file, lambda *_: PersonAnswer(False, why="not now"))
    assert not rules.asks(Deed.EDIT) and rules.may(Deed.EDIT, "change").yes
    assert rules.asks(Deed.TEST) and rules.may(Deed.TEST, "test").why == "not now"


def test_without_a_terminal_she_proposes_and_asking_nobody_is_refused(tmp_path: Path, file: Path) -> None:
    assert Permissions(None, tmp_path, file, None).approve is Approve.none
    with pytest.raises(ConfigError, match="approve=none"):
        Permissions(Approve.ask, tmp_path, file, None)


@pytest.mark.parametrize("text", ["{", "[]", '{"/a": "test"}'])
def test_a_broken_list_of_permissions_is_named_and_left_alone(text: str, tmp_path: Path, file: Path) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"permissions\.json"):
        Permissions(Approve.ask, tmp_path, file, lambda *_: PersonAnswer(True)).may(Deed.TEST, "run")
    assert file.read_text() == text
