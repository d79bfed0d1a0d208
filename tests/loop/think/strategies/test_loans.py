"""Repairs of loans, each on crates of different shapes: the whole search mends them, and by that repair."""

import re
from pathlib import Path

import pytest

from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.borrowck_fixes import from_loans
from rusta.loop.think.strategies.loans.bound_temporaries import bound_temporaries
from rusta.loop.think.strategies.loans.collected_first import collected_first
from rusta.loop.think.strategies.loans.copied_before import copied_before
from rusta.loop.think.strategies.loans.found_or_made import found_or_made
from rusta.loop.think.strategies.loans.lifetime_of_its_own import lifetime_of_its_own
from rusta.loop.think.strategies.loans.lifetime_on_self import lifetime_on_self
from rusta.loop.think.strategies.loans.owned_captures import owned_captures
from rusta.loop.think.strategies.loans.owned_results import owned_results
from rusta.loop.think.strategies.loans.owned_stores import owned_stores
from rusta.loop.think.strategies.loans.scoped_threads import scoped_threads
from rusta.loop.think.strategies.loans.split_loans import split_loans
from rusta.loop.think.strategies.loans.taken_for_a_while import taken_for_a_while
from tests.loop.think.strategies.judged import CRATES, opened, reasons, repaired

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


MINE = [
    lifetime_on_self, lifetime_of_its_own, found_or_made, collected_first, copied_before, owned_captures, scoped_threads,
    bound_temporaries, owned_results, owned_stores, split_loans, taken_for_a_while,
]  # fmt: skip


@pytest.mark.parametrize("path", sorted((CRATES / "untouched").glob("*.rs")), ids=lambda path: path.stem)
def test_what_would_lose_a_change_is_not_proposed(path: Path, tmp_path: Path) -> None:
    scratch, rustc = opened(tmp_path, path.read_text())
    errors = rustc.check().errors
    assert len(errors) >= 2
    situation = Situation(errors, scratch.read, scratch.sources(), scratch.root)
    assert [(strategy.__name__, one.reason) for strategy in MINE for one in strategy(situation)] == []
    assert not [one for one in from_loans(situation) if b".cloned()" in b"".join(filter(None, one.changes.values()))]
