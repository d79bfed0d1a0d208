"""Kinds of types that rustc knows less of than its writer thought: three programs a rule; rustc judges, and their tests."""

from pathlib import Path

import pytest

from rusta.loop.think.situation import Strategy
from rusta.loop.think.strategies.conversions.float_order import float_order
from rusta.loop.think.strategies.conversions.indexed_text import indexed_text
from rusta.loop.think.strategies.loans.borrowed_or_owned import borrowed_or_owned
from rusta.loop.think.strategies.signatures.opaque_iterators import opaque_iterators
from rusta.loop.think.strategies.threads.taken_once import taken_once
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

RULES = {
    "float_order": "compared by `total_cmp`",
    "float_derives": "floats have no",
    "taken_once": "given up whole",
    "opaque_iterators": "an iterator can do only what its type says",
    "array_items": "an array is made item by item",
    "self_type": "`Self` has the arguments of its `impl`",
    "indexed_text": "cannot be indexed by a number",
    "borrowed_or_owned": "a `Cow` holds both",
    "kept_closures": "a closure that is kept",
    "other_way": "every way through the code has to give a value",
    "question_texts": "which error nothing is",
    "swapped": "swapped by index",
    "told_generics": "needs its arguments where nothing infers them",
    "erased_trait": "a trait object has to say its associated types",
    "cloned_receiver": "a channel has one receiver",
}
PROGRAMS = [path for rule in RULES for path in sorted((CRATES / rule).glob("*.rs"))]


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(path, id=f"{path.parent.name}-{path.stem}", marks=pytest.mark.long if n % 3 else ())
        for n, path in enumerate(PROGRAMS)
    ],
)
def test_a_type_is_used_for_what_it_can_do(program: Path, tmp_path: Path) -> None:
    done = repaired(tmp_path, program.read_text())
    assert done.why == "done"
    assert RULES[program.parent.name] in reasons(done)


OTHERS: dict[str, tuple[Strategy, str]] = {
    "a type of the crate is no float": (float_order, "struct A(u8);\nfn f(all: &mut Vec<A>) { all.sort(); }\n"),
    "a list has its length": (opaque_iterators, "struct A;\nfn f(a: A) -> usize { a.len() }\n"),
    "a text that is assigned to": (indexed_text, "fn f(mut text: String) { text[0] = 'a'; }\n"),
    "a static text": (
        borrowed_or_owned,
        "struct A { name: &'static str }\nfn f() -> A { A { name: String::new() } }\n",
    ),
    "a text that is moved": (taken_once, "struct A { name: String }\nfn f(a: &mut A) -> String { a.name }\n"),
}


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.long if n else ()) for n, one in enumerate(OTHERS)]
)
def test_other_faults_are_left_to_others(name: str, tmp_path: Path) -> None:
    strategy, source = OTHERS[name]
    assert offered(tmp_path, strategy, source) == []
