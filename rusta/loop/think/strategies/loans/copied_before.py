"""What is still needed of a found element is copied out of it before the call that needs all of `self`.

rustc's explanation of E0502: in `let line = self.lines.iter().find(…)?; self.note(&line.sku); … line.on_hand` the loan of
`line` lasts to its last use. All fields (or getters) of it that are read from the conflict on are copied to variables
directly before it, and the loan ends there. Fields of types that are `Copy` are not cloned.

Not covered: an element that is changed, or used as a whole and no reference, after the conflict.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.collected_first import copied_reads
from rusta.loop.think.strategies.loans.crate_types import CrateTypes, crate_types
from rusta.loop.think.strategies.loans.loan_labels import LoanSite, apart, loan_sites
from rusta.loop.think.strategies.loans.name_uses import (
    bound_names,
    by_reference,
    function_around,
    in_format,
    indent_of,
    is_changed,
    uses,
)
from rusta.tools.statements import Rewrite
from rusta.tools.syntax_walk import innermost

HOLDERS = {"let_declaration", "let_condition", "match_expression"}


def copied_before(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the copies for the first loans that a variable holds."""
    types: CrateTypes | None = None
    for site in apart(loan_sites(situation)):
        if site.later is None or (held := _held(site)) is None:
            continue
        types = types or crate_types(situation)
        for reason, rewrites, cost in _copies(site, *held, types):
            yield situation.hypothesis(site.error, reason, {site.path: rewrites}, cost)


def _held(site: LoanSite) -> tuple[list[str], Any] | None:
    """Return the names that hold the loan, and the block in which they are known; None where none does."""
    at = site.begins
    while at is not None and at.type not in ("block", "closure_expression", "for_expression"):
        above = at.parent
        if above is not None and above.type in HOLDERS and above.child_by_field_name("value") == at:
            if above.type == "let_declaration":
                return bound_names(site.code, above.child_by_field_name("pattern")), above.parent
            if above.type == "let_condition":
                branch = innermost(above, "if_expression", "while_expression")
                block = (
                    branch.child_by_field_name("consequence") or branch.child_by_field_name("body") if branch else None
                )
                return (bound_names(site.code, above.child_by_field_name("pattern")), block) if block else None
            if site.meets.start_byte >= above.end_byte:
                at = above
                continue
            arm = innermost(site.meets, "match_arm")
            block = arm.child_by_field_name("value") if arm is not None else None
            if block is None or block.type != "block":
                return None
            return bound_names(site.code, arm.child_by_field_name("pattern")), block
        at = above
    return None


def _copies(
    site: LoanSite, names: list[str], block: Any, types: CrateTypes
) -> Iterator[tuple[str, list[Rewrite], Cost]]:
    code = site.code
    statement = site.meets
    while statement is not None and statement.parent != block:
        statement = statement.parent
    if statement is None:
        return
    function = function_around(block)
    lines: list[str] = []
    rewrites: list[Rewrite] = []
    said: list[str] = []
    for name in names:
        places = uses(code, block, name, statement.start_byte)
        if not places:
            continue
        new = copied_reads(code, places, name, types, function, set(said))
        if new is not None and not in_format(code, block, name):
            said += [short for short, _ in new[0]]
            lines += [f"let {short} = {value};" for short, value in new[0]]
            rewrites += new[1]
        elif any(is_changed(code, at) for at in places) or "mut" in code.text(_value(site.begins)):
            return
        else:
            lines.append(f"let {name} = {name}.to_owned();")
            rewrites += [edit for at in places if (edit := by_reference(code, at, name))]
            said.append(name)
    if not said:
        return
    reason = f"{', '.join(f'`{one}`' for one in said)} {'is' if len(said) == 1 else 'are'} copied out before"
    reason = (
        f"{reason} `{_first(code.text(site.code.statement(site.meets) or statement))}`, so that nothing stays borrowed"
    )
    line = f"\n{indent_of(code, statement)}".join(lines)
    cost = Cost.SMALL if re.search(r"\.(?:clone|to_owned)\(\)", line) else Cost.NONE
    yield reason, [code.before(statement, line), *rewrites], cost


def _value(begins: Any) -> Any:
    """Return the whole expression that a loan begins in, up to what keeps it."""
    while begins.parent is not None and begins.parent.type not in (*HOLDERS, "block"):
        begins = begins.parent
    return begins


def _first(said: str) -> str:
    flat = " ".join(said.split())
    return flat if len(flat) <= 40 else f"{flat[:40]}…"
