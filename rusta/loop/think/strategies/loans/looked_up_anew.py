"""Two things are looked up by methods that borrow all of a value for a change (E0499): each use looks its thing up anew.

`let giver = self.find(a)?; let taker = self.find(b)?; giver.cents -= n; taker.cents += n;`: the variables go, and what
they were made of stands where they were used, so that each loan ends with its statement. Offered for variables that are
made by one method of the same value, given names and literals alone, and used at most six times.

Not covered: a variable that is handed to a call whole. Source: rustc --explain E0499; the Book, ch. 4.2.
"""

from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.loan_labels import apart, loan_sites
from rusta.loop.think.strategies.loans.name_uses import bound_names, uses
from rusta.tools.declared import tested
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost, under

GIVEN = ("identifier", "string_literal", "integer_literal", "reference_expression", "field_expression", "self")
MOST_USES = 6


def looked_up_anew(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for the first conflicts of two variables, both looked up where they are used."""
    for site in apart(loan_sites(situation)):
        code = site.code
        if site.error.code not in ("E0499", "E0502") or tested(site.path, site.begins, code):
            continue
        lets = [innermost(node, "let_declaration") for node in (site.begins, site.meets)]
        if lets[0] is None or lets[1] is None or lets[0] == lets[1] or lets[0].parent != lets[1].parent:
            continue
        found = [_inlined(one, code) for one in lets]
        if found[0] is None or found[1] is None or found[0][0] != found[1][0]:
            continue
        names = " and ".join(f"`{code.text(one.child_by_field_name('pattern'))}`" for one in lets)
        reason = (
            f"{names} are looked up by `{found[0][0]}` where they are used, so that no two of them are borrowed at once"
        )
        edits = [*found[0][1], *found[1][1]]
        yield situation.hypothesis(site.error, reason, {site.path: edits}, Cost.SMALL, "each use looks it up again")


def _inlined(let: Any, code: Statements) -> tuple[str, list[Rewrite]] | None:
    """Return the method that a variable is made by, and the edits that write its value where it is used."""
    pattern, value = let.child_by_field_name("pattern"), let.child_by_field_name("value")
    if value is None or pattern.type != "identifier":
        return None
    calls = list(under(value, "call_expression"))
    method = calls[-1].child_by_field_name("function") if calls else None
    given = calls[-1].child_by_field_name("arguments").named_children if calls else []
    if method is None or method.type != "field_expression" or any(one.type not in GIVEN for one in given):
        return None
    bodies = list(under(value, "closure_expression", "block", "macro_invocation"))
    name = bound_names(code, pattern)[0]
    places = uses(code, let.parent, name, let.end_byte)
    if (
        bodies
        or not places
        or len(places) > MOST_USES
        or any(at.parent.type in ("arguments", "token_tree") for at in places)
    ):
        return None
    line = code.source.rfind(b"\n", 0, let.start_byte) + 1
    end = let.end_byte + (code.source[let.end_byte : let.end_byte + 1] == b"\n")
    alone = not code.source[line : let.start_byte].strip()
    text = code.text(value)
    return code.text(method), [
        Rewrite(line if alone else let.start_byte, end, ""),
        *(instead(at, text) for at in places),
    ]
