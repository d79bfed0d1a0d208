"""The set is true by the compiler, and its grader takes right accounts and refuses wrong ones, written by hand."""

import json
import subprocess
from pathlib import Path

import pytest

from rusta.evaluation.trust.repairs import KnownRepair, repairs

NAMED = {one.id: one for one in repairs()}


def errors(text: str, folder: Path) -> list[str]:
    source = folder / "lib.rs"
    source.write_text(text)
    said = subprocess.run(
        ["rustc", "--crate-type=lib", "--edition=2021", "--emit=metadata", "--error-format=json", "--out-dir", folder, source],
        capture_output=True, text=True,
    ).stderr  # fmt: skip
    found = (json.loads(line) for line in said.splitlines())
    return [
        f"error[{one['code']['code']}]: {one['message']}" for one in found if one["level"] == "error" and one["code"]
    ]


@pytest.mark.parametrize("repair", repairs(), ids=lambda one: one.id)
def test_the_program_fails_as_is_told_and_compiles_when_changed(repair: KnownRepair, tmp_path: Path) -> None:
    assert repair.before.count(repair.old) == 1
    found = errors(repair.before, tmp_path)
    assert [one.split("]")[0] for one in found] == [
        repair.error.split("]")[0]
    ]  # the words differ between versions of rustc
    assert not errors(repair.after, tmp_path)


RIGHT = {
    "moved-into-a-loop": "The loop moved `names`, so it could not be used after it. I borrow it instead: `&names`.",
    "integer-as-text": "`count` is a u32, and a String was expected. I convert it with `count.to_string()`.",
    "not-mutable": "`numbers` was not declared as mutable. I added `mut`.",
    "missing-arm": "The match did not cover `Light::Amber`. I added an arm for it.",
    "closure-borrows-a-local": "The closure may outlive the current function, but it borrows `by`. With `move` it owns `by`.",
    "two-mutable-borrows": "`list` was borrowed as mutable twice at the same time. The first borrow is used before the second begins.",
    "trait-not-implemented": "`Id` could not be compared with `==`. I derive `PartialEq`.",
    "immutable-argument": "The argument `n` was immutable and was assigned to. I declared it `mut n`.",
    "bound-is-missing": "`T` had no bound, and format needs `std::fmt::Display`. I added it.",
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_account_counts(name: str) -> None:
    assert NAMED[name].wrong(RIGHT[name]) == ""


WRONG = {
    "nothing": ("moved-into-a-loop", ""),
    "another fault": ("moved-into-a-loop", "The lifetime of `names` was too short. I borrowed it: `&names`."),
    "a code of its own": ("moved-into-a-loop", "E0505: `names` was moved by the loop. I borrow it now."),
    "a name of its own": ("moved-into-a-loop", "The loop moved `names`. I borrow it with `names.drain()`."),
    "the change the wrong way round": (
        "moved-into-a-loop", "`names` was moved. I changed `for name in &names {` to `for name in names {`, a borrow.",
    ),
    "only the error": ("immutable-argument", "Something was wrong with the assignment."),
    "the other type": ("integer-as-text", "`count` is an i64 and a String was needed, so I convert it with to_string."),
    "a variant that is not there": ("missing-arm", "The match lacked `Light::Amber` and `Light::Blue`. I added arms."),
    "talk": ("not-mutable", "numbers and mut: programming languages evolve quickly, and engineers everywhere enjoy them."),
    "the other variant": ("missing-arm", "The match has no pattern for `Light::Green`; `Light::Amber => false` was added."),
    "a general rule": (
        "moved-into-a-loop", "`names` was moved, because Rust's borrowing rules prevent any use of a value in loops. `&names`.",
    ),
    "another kind of thing": ("closure-borrows-a-local", "The closure `by` is borrowed here. I added `move`."),
    "code of its own": ("missing-field", "The field `y` was missing:\n```rust\nPoint { x: 0, y: 7 }\n```"),
    "a change that was not made": ("wrong-number-of-arguments", "One argument was missing.\n- add(4)\n+ add(4, 1)"),
    "a number of its own": ("not-mutable", "`numbers` was not mutable on line 42, I added `mut`."),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_account_does_not(case: str) -> None:
    name, said = WRONG[case]
    assert NAMED[name].wrong(said)


@pytest.mark.parametrize("repair", repairs(), ids=lambda one: one.id)
def test_an_account_of_another_repair_is_wrong(repair: KnownRepair) -> None:
    assert sum(not repair.wrong(said) for name, said in RIGHT.items() if name != repair.id) == 0


REAL = [json.loads(line) for line in (Path(__file__).parent / "accounts_of_the_0_5b.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("row", REAL, ids=lambda row: row["repair"])
def test_accounts_that_the_0_5b_gave_are_graded_as_a_person_read_them(row: dict[str, str | bool]) -> None:
    """`right` was set by hand: false, or said of Rust in general what nobody told, is not right."""
    why = NAMED[str(row["repair"])].wrong(str(row["said"]))
    assert bool(row["right"]) == (not why), why
