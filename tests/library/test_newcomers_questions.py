"""Questions as newcomers type them: two things set beside each other, what something is, whether it is unsafe, signs."""

import pytest

from rusta.library.answers import answer
from rusta.library.index import Library
from rusta.library.programs import program_of
from rusta.library.routing import Route, RouteKind, bare_names, routes


@pytest.mark.parametrize(
    "question",
    ["Vec vs Rc", "difference between Vec and Rc?", "Vec or Rc?", "whats the difference, Vec::push or Vec::drain"],
)
def test_what_is_set_beside_each_other_is_quoted_from_both_pages(question: str, small: Library) -> None:
    assert len(answer(small, question).quotes) == 2


@pytest.mark.parametrize("question", ["what is Rc", "What is an Rc?", "whats Rc", "explain Rc"])
def test_what_a_type_is_stands_on_its_own_page(question: str, small: Library) -> None:
    found = answer(small, question)
    assert [one.title for one in found.quotes] == ["std::rc::Rc"] and "reference-counting" in found.text


def test_whether_a_type_can_be_cloned_is_said_from_its_implementations(small: Library) -> None:
    assert "`JoinHandle` does not implement Clone" in answer(small, "can i clone a JoinHandle").text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("is mem::take unsafe to call", "Calling it needs no `unsafe`"),
        ("is std::mem::uninitialized safe?", "Calling it needs `unsafe`"),
    ],
)
def test_whether_a_call_needs_unsafe_is_said_from_the_signature(question: str, said: str, small: Library) -> None:
    assert said in answer(small, question).text


def test_whether_a_function_is_thread_safe_is_another_question(small: Library) -> None:
    assert "Calling it" not in answer(small, "is mem::take thread-safe?").text


def test_a_lint_of_clippy_without_a_page_is_not_searched_for(small: Library) -> None:
    found = answer(small, "what does clippy::needless_range_loop want from me")
    assert not found.quotes and "no page of clippy::needless_range_loop" in found.text


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("what is the ? at the end of a line for", "reference/expressions/operator-expr.html#the-try-propagation-expression"),
        ("What does `?` do?", "reference/expressions/operator-expr.html#the-try-propagation-expression"),
        ("what does 'static mean", "rust-by-example/scope/lifetime/static_lifetime.html#"),
        ("what does `as` do with -1", "reference/expressions/operator-expr.html#numeric-cast"),
        ("-1 as u8 gives what?", "reference/expressions/operator-expr.html#numeric-cast"),
    ],
)  # fmt: skip
def test_a_sign_leads_to_the_page_that_explains_it(question: str, page: str) -> None:
    assert routes(question) == [Route(RouteKind.SIGN, page)]


@pytest.mark.parametrize(
    "question", ["what? is this right", "why does thread::spawn want 'static closures", "as u8 said", "What is this?"]
)
def test_a_sign_that_is_not_asked_about_leads_nowhere(question: str) -> None:
    assert not [one for one in routes(question) if one.kind is RouteKind.SIGN]


def test_a_sign_without_a_page_in_the_index_is_searched_for(small: Library) -> None:
    assert answer(small, "what does `?` do?").by == "search"


def test_bare_names_are_words_that_are_written_as_names() -> None:
    found = bare_names("why does parse_line want a FnvHashMap and not a HashMap or I/O? ```\nlet other_name = 1;\n```")
    assert [one.key for one in found] == ["parse_line", "FnvHashMap", "HashMap"]


@pytest.mark.parametrize("asked", ["Is this fine?", "is that ok", "does it run?", "does this compile"])
def test_a_program_that_is_asked_about_in_any_of_these_words_is_compiled(asked: str) -> None:
    assert program_of(f"{asked}\n```rust\nfn main() {{}}\n```") == "fn main() {}\n"
