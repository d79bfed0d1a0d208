"""Repairs of loans, each on crates of different shapes: the whole search mends them, and by that repair."""

import re
from pathlib import Path

import pytest

from tests.loop.think.strategies.judged import CRATES, reasons, repaired

RULES = {
    "lifetime_on_self": "borrows only for the call",
    "found_or_made": "is asked with",
    "collected_first": "collected before it",
    "owned_captures": "owns what it uses",
    "scoped_threads": "started in a scope",
    "bound_temporaries": "is bound to a variable",
    "owned_results": "gives back a value of its own",
    "split_loans": "only that field is borrowed|borrowed by one call",
    "taken_for_a_while": "is taken out while",
    "owned_stores": "keeps values of its own",
    "lifetime_of_its_own": "for a lifetime of its own",
    "copied_before": "copied out before",
}
CASES = [(rule, path) for rule in RULES for path in sorted((CRATES / rule).glob("*.rs"))]


def marked(number: int, rule: str, path: Path) -> object:
    """The first crate of a rule is in the normal suite, the others are long."""
    first = number == 0 or CASES[number - 1][0] != rule
    return pytest.param(rule, path, id=f"{rule}-{path.stem}", marks=[] if first else [pytest.mark.long])


def test_every_rule_has_three_crates() -> None:
    assert all(len(list((CRATES / rule).glob("*.rs"))) >= 3 for rule in RULES)


@pytest.mark.parametrize(("rule", "path"), [marked(number, *case) for number, case in enumerate(CASES)])
def test_a_broken_crate_is_mended_by_its_rule(rule: str, path: Path, tmp_path: Path) -> None:
    done = repaired(tmp_path, path.read_text())
    assert done.why == "done"
    assert re.search(RULES[rule], reasons(done))
