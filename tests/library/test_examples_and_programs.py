"""What is run: the examples of a page, and the program in a question. What rustc says of them is the answer."""

import shutil
from functools import cache
from pathlib import Path

import pytest

from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.library.answers import answer
from rusta.library.documentation import Documentation
from rusta.library.examples import corrected, examples
from rusta.library.index import Library
from rusta.library.passages import Passage
from rusta.library.programs import LONGEST, MOST_LINES, Compiled, compiled, outcome_text, program_of
from rusta.library.selection import QuestionTerms
from rusta.loop.read.library_answers import Grounded, LibraryAnswers
from rusta.tools.blocks import Block, BlockVerdict
from rusta.tools.sandbox import Sandbox, choose
from rusta.tools.toolchain import Installed
from tests.library.documentation_on_disk import installed

with_rustc = pytest.mark.skipif(not shutil.which("rustc"), reason="no toolchain")


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    try:
        return choose("auto")
    except RustaError:
        pytest.skip("no sandbox")


@cache
def rustc() -> str:
    return str(Installed(Path("/")).bin / "rustc")


def page(library: Library, code: str) -> Passage:
    found = library.keyed(code)
    assert found
    return found


def asked(question: str, code: str = "E0382") -> QuestionTerms:
    return QuestionTerms.of(question, code)


def test_examples_of_a_page_know_what_they_promise_and_those_that_cannot_be_compiled_are_left_out(
    small: Library,
) -> None:
    broken, borrowed, cloned = examples(page(small, "E0382").text)
    assert broken.broken and broken.codes == {"E0382"} and broken.edition == "2021"
    assert not borrowed.broken and not borrowed.codes and "A reference can be used" in borrowed.before
    assert "clone" in cloned.before and "A reference" not in cloned.before
    text = "```rust,ignore\na\n```\n\n```text\nb\n```\n\n```rust,no_run\nc\n```\n\n```rust,compile_fail,edition2018\nd\n```"
    assert [(one.code, one.edition) for one in examples(text)] == [("d", "2018")]


def test_the_corrected_example_is_the_one_whose_prose_fits_the_question(small: Library) -> None:
    every = examples(page(small, "E0382").text)
    cloned = corrected(every, asked("Both values are needed, how do I clone in E0382?"))
    borrowed = corrected(every, asked("How do I borrow without changing ownership, E0382?"))
    assert cloned and ".clone()" in cloned.code and borrowed and "&text" in borrowed.code
    assert corrected([], asked("")) is None is corrected(every[:1], asked(""))
    assert (
        corrected(examples("```rust\nfirst();\n```\n\n```rust,compile_fail\nx\n```"), asked("")) is None
    )  # before the broken one
    long = "\n".join(f"line{n}();" for n in range(20))
    assert corrected(examples(f"```rust,compile_fail\nx\n```\n\n```rust\n{long}\n```"), asked("")) is None


def test_hidden_lines_are_compiled_and_not_shown(small: Library) -> None:
    (quote,) = answer(small, "How do I fix E0382 if I need both values?").quotes
    assert "# fn main() {" in quote.example and "let other = text.clone();" in quote.example
    assert (
        "fn main" not in quote.text and "allow(unused)" not in quote.text and "let other = text.clone();" in quote.text
    )
    assert "fn main" not in quote.whole


@with_rustc
def test_the_examples_of_a_page_do_in_the_sandbox_what_the_page_says_and_a_page_that_is_wrong_is_found_out(
    small: Library, sandbox: Sandbox
) -> None:
    broken, borrowed, _ = examples(page(small, "E0382").text)
    assert broken.holds(rustc(), sandbox) and borrowed.holds(rustc(), sandbox)
    fails, lies = examples(page(small, "E0599").text)
    assert fails.holds(rustc(), sandbox) and not lies.holds(rustc(), sandbox)


@pytest.fixture
def answers(home: Home, tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> LibraryAnswers:
    documentation = installed(tmp_path / "toolchain")
    Library.build(home, documentation, lambda done, of: None).close()
    monkeypatch.setattr(Documentation, "of", lambda bin: documentation)
    return LibraryAnswers(home, tmp_path, sandbox=lambda: sandbox)


def answered(answers: LibraryAnswers, question: str) -> Grounded:
    found = answers.answer(question)
    assert found
    return found


@with_rustc
@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("E0382", "Run here: the page's first example gives E0382, the one shown above compiles."),
        ("E0599", "Run here: the page's first example gives E0599, the one shown above does not compile."),
    ],
)
def test_what_came_of_a_page_s_examples_is_said_below_it(code: str, says: str, answers: LibraryAnswers) -> None:
    found = answered(answers, f"What does {code} mean?")
    assert "Run here" not in found.text and found.after() == says


PROGRAM = 'fn main() {\n    let text = String::new();\n    drop(text);\n    println!("{text}");\n}\n'
ASKED = f"Does this compile?\n```rust\n{PROGRAM}```\n"


@pytest.mark.parametrize(
    "question",
    [
        ASKED, f"```\n{PROGRAM}```\nwhich error code is it?", f"Why is this rejected?\n  ```rust\n{PROGRAM}  ```",
        f"is it valid?\n~~~rust\n{PROGRAM}~~~", f"what's wrong with\n```rs\n{PROGRAM}```",
    ],
)  # fmt: skip
def test_a_program_that_a_question_asks_about_is_found(question: str) -> None:
    found = program_of(question)
    assert found and "drop(text);" in found


@pytest.mark.parametrize(
    "question",
    [
        f"Add a test for this.\n```rust\n{PROGRAM}```", f"Please refactor\n```rust\n{PROGRAM}```", f"```rust\n{PROGRAM}```",
        "Does this compile? `let x = 1;`", "Does it compile?", "Why?\n```rust\nnever closed",
        f"Does this compile?\n```rust\n{'x' * LONGEST}\n```",
        f"Rename it.\n```rust\n// does this compile?\n{PROGRAM}```",  # only words outside of the program ask
    ],
)  # fmt: skip
def test_what_asks_nothing_of_the_compiler_is_not_compiled(question: str) -> None:
    assert program_of(question) is None


@pytest.mark.parametrize(
    "question",
    [
        f"Please fix this, it does not compile:\n```rust\n{PROGRAM}```", f"Write a test that fails for\n```rust\n{PROGRAM}```",
        f"Refactor this so that it works without a clone:\n```rust\n{PROGRAM}```",
    ],
)  # fmt: skip
def test_a_task_with_code_goes_to_the_model_and_is_not_compiled(question: str, answers: LibraryAnswers) -> None:
    assert answers.answer(question) is None


@with_rustc
def test_a_program_in_a_question_is_compiled_and_its_diagnostic_and_page_are_the_answer(
    answers: LibraryAnswers,
) -> None:
    found = answered(answers, ASKED)
    assert found.text.startswith("It does not compile: E0382 (editions 2021 and 2024, rustc 1.")
    assert (
        "borrow of moved value: `text`" in found.text and "program.rs:" in found.text and "block.rs" not in found.text
    )
    assert "> A variable was used after its contents have been moved elsewhere." in found.text
    assert [one.page for one in found.found] == ["error_codes/E0382.html"]


@with_rustc
def test_a_program_that_compiles_says_so_and_is_never_run(answers: LibraryAnswers, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    found = answered(answers, f'Does it compile?\n```rust\nfn main() {{ std::fs::write("{mark}", "").unwrap(); }}\n```')
    assert (
        found.text.startswith("It compiles (editions 2021 and 2024, rustc ") and not found.found and not mark.exists()
    )


ASYNC = 'fn main() { let async = 1; println!("{}", async); }'
GEN = 'fn main() { let gen = 1; println!("{}", gen); }'  # a reserved word since edition 2024


@with_rustc
def test_two_editions_with_different_outcomes_are_told_apart(sandbox: Sandbox) -> None:
    found = compiled(GEN, "does it compile?", rustc(), sandbox)
    assert [(one.edition, one.verdict.failed) for one in found] == [("2021", False), ("2024", True)]
    told = outcome_text(found, "1.90.0")
    assert "It compiles (edition 2021, rustc 1.90.0)." in told
    assert "It does not compile; the error has no code (edition 2024, rustc 1.90.0)." in told
    assert "found reserved keyword `gen`" in told


@with_rustc
@pytest.mark.parametrize(
    ("said", "crate", "edition", "fails"),
    [
        ("Does it compile in edition 2015?", "", "2015", False), ("With edition = \"2018\", does it compile?", "2015", "2018", True),
        ("does it compile in the 2018 edition?", "", "2018", True), ("does it compile?", "2015", "2015", False),
    ],
)  # fmt: skip
def test_the_edition_that_is_named_is_taken_and_else_the_crate_s(
    said: str, crate: str, edition: str, fails: bool, sandbox: Sandbox
) -> None:
    (only,) = compiled(ASYNC, f"{said}\n```rust\n{ASYNC}\n```", rustc(), sandbox, crate)
    assert (only.edition, only.verdict.failed) == (edition, fails)


@with_rustc
def test_an_edition_in_the_program_s_own_text_names_none(sandbox: Sandbox) -> None:
    program = "fn main() {} // edition 2015"
    assert len(compiled(program, f"does it compile?\n```rust\n{program}\n```", rustc(), sandbox)) == 2


def test_a_long_diagnostic_is_cut_and_cannot_end_its_block() -> None:
    words = "```\n" + "\n".join(f"line {n}" for n in range(200))
    verdict = BlockVerdict(Block("", 1, frozenset()), frozenset({"E0002", "E0001"}), True, words)
    told = outcome_text([Compiled("2021", verdict)], "1")
    assert told.startswith("It does not compile: E0001, E0002 (edition 2021, rustc 1).")
    assert told.count("```") == 2 and told.count("\nline ") == MOST_LINES - 1


def test_without_a_sandbox_a_program_is_not_compiled_and_examples_are_not_run(answers: LibraryAnswers) -> None:
    bare = LibraryAnswers(answers.home, answers.folder, sandbox=lambda: None)
    assert bare.answer(ASKED) is None and answered(bare, "What does E0382 mean?").after() == ""
