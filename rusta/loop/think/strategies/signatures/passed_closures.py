"""A closure's type that lacks its bound where the closure is passed on (E0277, "expected a `FnMut(..)` closure, found `F`").

What is called says the whole bound, with what the closure gives back; rustc's suggestion leaves that out, and the next
error is about a projection of the closure's result. The bound is copied word for word, for all such errors at once.

Not covered: bounds that name a generic which the calling item does not have, and `Self` outside of an impl of the
trait that declares it; bounds that other crates declare.
Source: the Reference, "Trait and lifetime bounds"; the Book, ch. 13.1.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.generics import bounded, declaring
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import innermost

LACKS = re.compile(r"expected an? `\w*Fn\w*\(.{0,400}` closure, found `(?P<kind>\w+)`")
REQUIRED = "required by this bound in"


def passed_on(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the bounds of what is called, on the parameters that are passed to it."""
    found: dict[tuple[str, int], tuple[Any, dict[str, list[str]]]] = {}
    errors = []
    for error in situation.errors:
        said, at = LACKS.match(error.message), error.primary
        code = situation.code(at.path) if at else None
        if error.code != "E0277" or said is None or at is None or code is None:
            continue
        node = code.node(at.start, at.end)
        owner = declaring(node, said["kind"], code)
        bound = _required(error, node, code, situation)
        if owner is None or not bound or tested(at.path, node, code):
            continue
        _, bounds = found.setdefault((at.path, owner[0].start_byte), (owner[0], {}))
        bounds[said["kind"]] = [bound]
        errors.append(error)
    rewrites: dict[str, list[Rewrite]] = {}
    for (path, _), (item, bounds) in found.items():
        if code := situation.code(path):
            rewrites.setdefault(path, []).extend(bounded(item, bounds, code))
    if rewrites:
        told = ", ".join(
            dict.fromkeys(f"`{kind}: {one[0]}`" for _, bounds in found.values() for kind, one in bounds.items())
        )
        reason = f"a closure that is passed on is bounded as by what it is passed to: {told}"
        yield situation.hypothesis(errors[0], reason, rewrites, Cost.INTERFACE, "callers pass closures of this form")


def _required(error: Diagnostic, node: Any, code: Statements, situation: Situation) -> str:
    """Return the bound that an error says is required, if it means the same where the closure is passed on; else ""."""
    spans = [span for child in error.children for span in child.spans if (span.label or "").startswith(REQUIRED)]
    other = situation.code(spans[0].path) if spans else None
    at = innermost(other.node(spans[0].start, spans[0].end), "where_predicate", "type_parameter") if other else None
    bounds = at.child_by_field_name("bounds") if at is not None else None
    if other is None or bounds is None:
        return ""
    said = " ".join(other.text(bounds).lstrip(":").split())
    foreign = [
        one for one in re.findall(r"\b[A-Z]\w*", said) if declaring(at, one, other) and not declaring(node, one, code)
    ]
    trait, impl = innermost(at, "trait_item", "impl_item"), innermost(node, "impl_item")
    named = impl.child_by_field_name("trait") if impl is not None else None
    same = trait is not None and named is not None and trait.type == "trait_item" and (
        other.text(trait.child_by_field_name("name")) == bare(code.text(named))
    )  # fmt: skip
    return "" if foreign or (re.search(r"\bSelf\b", said) and not same) else said
