"""A method that borrows `self` for the type's own lifetime can be called once only; it borrows for the call instead.

The Book's chapter on lifetimes, and rustc's explanation of E0499: in `impl<'t> Scanner<'t> { fn next(&'t mut self) }`
the loan lasts as long as the text that the scanner reads, so that the scanner stays borrowed for its whole life. The
lifetime on `self` is taken away, and what is returned keeps its own. So is the lifetime of a parameter
`&'t mut Scanner<'t>`. Every method of such a name, of traits and impls, and those that it calls on `self`, change
together.

Where a method returns what the value itself owns, its result is tied to the call as well, which is the second way.

Not covered: a field `&'t mut Scanner<'t>`, which needs a lifetime more on its type.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.loan_labels import CONFLICTS
from rusta.loop.think.strategies.loans.name_uses import FUNCTIONS, preorder
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost

MET = CONFLICTS | {"E0515", "E0597", "E0716", "E0521"}
UNNAMED = "lifetime may not live long enough"
LONGEST = 400  # bytes of an expression in which calls are looked for
CALLED = re.compile(rb"\b([a-z_]\w*)\s*\(")


@dataclass(frozen=True)
class TiedFunction:
    """A function that borrows something for a lifetime that the borrowed type has as well."""

    path: str
    code: Statements
    node: Any
    tied: tuple[Any, ...]  # the lifetimes in `&'t mut`, as nodes
    lifetime: str


def lifetime_on_self(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the change of the methods that the errors are about, and one that ties their results to the call."""
    errors = [one for one in situation.errors if one.code in MET or one.message.startswith(UNNAMED)]
    if not errors:
        return
    known: dict[str, list[TiedFunction]] = {}
    for path, code in situation.sources():
        if b"&'" in code.source:
            for one in _tied(path, code):
                known.setdefault(_name(code, one.node), []).append(one)
    for error in errors:
        named = [name for name in _called(situation, error) if name in known]
        todo, group = list(named), {}
        while todo:  # with what these call in their turn
            name = todo.pop()
            if name in group:
                continue
            group[name] = known[name]
            for one in known[name]:
                body = one.code.source[one.node.start_byte : one.node.end_byte]
                todo += {word.decode() for word in CALLED.findall(body)} & known.keys()
        if group:
            yield from _relaxed(situation, error, [one for name in sorted(group) for one in group[name]], named[0])
            return


def _relaxed(situation: Situation, error: Diagnostic, group: list[TiedFunction], named: str) -> Iterator[Hypothesis]:
    alone: dict[str, list[Rewrite]] = {}
    results: dict[str, list[Rewrite]] = {}
    for one in group:
        for at in one.tied:
            end = at.end_byte + len(one.code.source[at.end_byte :]) - len(one.code.source[at.end_byte :].lstrip())
            for edits in (alone, results):
                edits.setdefault(one.path, []).append(Rewrite(at.start_byte, end, ""))
        given = one.node.child_by_field_name("return_type")
        for at in preorder(given) if given is not None else ():
            if at.type == "lifetime" and one.code.text(at) == one.lifetime:
                end = at.end_byte + (one.code.source[at.end_byte : at.end_byte + 1] == b" ")
                edit = Rewrite(at.start_byte, end, "") if at.parent.type == "reference_type" else instead(at, "'_")
                results[one.path].append(edit)
    reason = (
        f"`{named}` borrows only for the call, and not for `{group[0].lifetime}`, the whole life of what it borrows"
    )
    yield situation.hypothesis(error, reason, alone, Cost.NONE, "a signature asks less of its callers than before")
    if any(len(results[path]) > len(alone[path]) for path in results):
        reason = f"{reason}; what it returns lives as long as the call's loan"
        yield situation.hypothesis(error, reason, results, Cost.INTERFACE, "what is returned keeps the value borrowed")


def _tied(path: str, code: Statements) -> Iterator[TiedFunction]:
    for node in preorder(code.root):
        if node.type not in FUNCTIONS:
            continue
        around = innermost(node, "impl_item", "trait_item")
        outer = _lifetimes(code, around.child_by_field_name("type_parameters")) if around is not None else set()
        own = _lifetimes(code, node.child_by_field_name("type_parameters"))
        found = []
        for given in node.child_by_field_name("parameters").named_children:
            life = _loan(given)
            if life is None:
                continue
            said = code.text(life)
            kind = given.child_by_field_name("type")
            inner = kind.child_by_field_name("type") if kind is not None else None
            if given.type == "self_parameter" or (inner is not None and code.text(inner) == "Self"):
                tied = said in outer - own
            else:
                mutable = kind is not None and any(one.type == "mutable_specifier" for one in kind.children)
                tied = mutable and inner is not None and said in re.findall(r"'\w+", code.text(inner))
            if tied:
                found.append(life)
        if found:
            yield TiedFunction(path, code, node, tuple(found), code.text(found[0]))


def _loan(given: Any) -> Any:
    """Return the lifetime of the reference that a parameter is, None if it is none or has none."""
    holder = given if given.type == "self_parameter" else given.child_by_field_name("type")
    if holder is None or (given is not holder and holder.type != "reference_type"):
        return None
    return next((one for one in holder.children if one.type == "lifetime"), None)


def _lifetimes(code: Statements, parameters: Any) -> set[str]:
    return set(re.findall(r"'\w+", code.text(parameters))) if parameters is not None else set()


def _name(code: Statements, function: Any) -> str:
    return code.text(function.child_by_field_name("name"))


def _called(situation: Situation, error: Diagnostic) -> list[str]:
    """Return the names of what is called around an error's spans, each up to its statement."""
    found: dict[str, None] = {}
    for span in error.spans:
        code = situation.code(span.path)
        at = code.node(span.start, span.end) if code is not None else None
        if code is not None and at is not None and at.end_byte - at.start_byte <= LONGEST:
            found |= dict.fromkeys(word.decode() for word in CALLED.findall(code.source[at.start_byte : at.end_byte]))
        while code is not None and at is not None and at.type not in ("block", "function_item", "source_file"):
            if at.type == "call_expression":
                found[re.split(r"\.|::", code.text(at.child_by_field_name("function")))[-1].strip()] = None
            elif at.type == "macro_invocation":
                found |= dict.fromkeys(word.decode() for word in CALLED.findall(code.text(at).encode()))
            at = at.parent
    return list(found)
