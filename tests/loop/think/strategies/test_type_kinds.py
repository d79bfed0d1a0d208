"""Kinds of types that rustc knows less of than its writer thought: three programs a rule; rustc judges, and their tests."""

from pathlib import Path

import pytest

from tests.loop.think.strategies.judged import CRATES, reasons, repaired

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
