"""Closures that are boxed and kept, and use generic values: `'static` is asked of those (E0310), and none is moved (E0507).

What is in a `Box<dyn Fn>` lives as long as the box, so every type parameter that it holds has to be `'static`. What an
`Fn` closure has captured is used by every call: a closure is passed on as a reference (`map(&turn)`), and any other
value is cloned, which is asked of its type where that is a parameter. All of them together, in every impl.

Not covered: boxes with a lifetime of their own. Source: rustc --explain E0310; the Book, ch. 13.1, "Moving Captured
Values Out of Closures and the Fn Traits".
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.generics import bounded, bounds_of, declaring
from rusta.tools.statements import Rewrite, Statements, after
from rusta.tools.syntax_walk import innermost, under

SHORT = re.compile(r"^the parameter type `(.+)` may not live long enough")
CAPTURED = re.compile(r"^cannot move out of `(\w+)`, a captured variable in an `(Fn|FnMut)` closure")
TYPED = re.compile(r"has type `(.+)`, which does not implement the `Copy` trait")
CALLED = re.compile(r"\bFn(Mut)?\(")
Places = dict[tuple[str, int], tuple[Any, dict[str, list[str]]]]  # items, and the bounds that their parameters get


def kept_closures(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the bounds and the copies that kept closures need."""
    bounds: Places = {}
    rewrites: dict[str, list[Rewrite]] = {}
    told: list[str] = []
    first = None
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code in ("E0310", "E0507") else None
        node = code.node(at.start, at.end) if at and code else None
        if at is None or code is None or tested(at.path, node, code):
            continue
        if said := SHORT.match(error.message):
            known = "'static" in (at.label or "") + error.rendered and _bound(
                said[1], "'static", at.path, node, code, bounds, rewrites
            )
            told += [f"`{said[1]}` is asked to be `'static`"] if known else []
        elif said := CAPTURED.match(error.message):
            known = _captured(error, said[1], at.path, node, code, bounds, rewrites)
            told += [f"`{said[1]}` is there for the next call"] if known else []
        else:
            known = False
        first = first or (error if known else None)
    if first is None:
        return
    for (path, _), (item, wanted) in bounds.items():
        if code := situation.code(path):
            rewrites.setdefault(path, []).extend(bounded(item, wanted, code))
    reason = (
        f"a closure that is kept may hold nothing that ends before it, or is used up: {'; '.join(dict.fromkeys(told))}"
    )
    yield situation.hypothesis(first, reason, rewrites, Cost.NONE, "it can be used with fewer types from now on")


def _bound(
    kind: str, trait: str, path: str, node: Any, code: Statements, bounds: Places, rewrites: dict[str, list[Rewrite]]
) -> bool:
    """Note a bound of a type parameter, or write it behind an `impl Trait`; return whether it was declared here."""
    if kind.startswith("impl "):
        function = innermost(node, "function_item")
        wanted = "".join(kind.split())
        for one in under(function.child_by_field_name("parameters"), "abstract_type") if function is not None else ():
            whole = one.parent if one.parent.type == "bounded_type" else one
            if "".join(code.text(whole).split()) in (wanted, f"({wanted})") and trait not in code.text(whole):
                edit = after(whole, f" + {trait}")
                known = rewrites.setdefault(path, [])
                known += [edit] if edit not in known else []
                return True
        return False
    found = declaring(node, kind, code)
    if found is None:
        return False
    item = found[0]
    function = innermost(node, "function_item")
    inherent = item.type == "impl_item" and item.child_by_field_name("trait") is None
    if trait == "Clone" and inherent and function is not None:
        item = function  # only this method asks for it
    if re.search(rf"(?<!\w){re.escape(trait)}\b", bounds_of(item, kind, code)):
        return False
    traits = bounds.setdefault((path, item.start_byte), (item, {}))[1].setdefault(kind, [])
    traits += [trait] if trait not in traits else []
    return True


def _captured(
    error: Diagnostic,
    name: str,
    path: str,
    node: Any,
    code: Statements,
    bounds: Places,
    rewrites: dict[str, list[Rewrite]],
) -> bool:
    """Pass a captured value on without using it up; return whether its type is known."""
    kinds = [said[1] for span in error.spans if (said := TYPED.search(span.label or ""))]
    if not kinds:
        return False
    kind = kinds[0]
    moved = [span for span in error.spans if "variable moved due to use in closure" in (span.label or "")]
    use = code.node(moved[0].start, moved[0].end) if moved else node
    if use.type != "identifier" or code.text(use) != name:
        return False
    found = declaring(node, kind, code) if re.fullmatch(r"\w+", kind) else None
    asked = kind if kind.startswith("impl ") else bounds_of(found[0], kind, code) if found else ""
    known = rewrites.setdefault(path, [])
    if called := CALLED.search(asked):
        edit = Rewrite(use.start_byte, use.start_byte, "&mut " if called[1] else "&")
        if use.parent.type != "arguments":
            return False
    elif found and "Copy" in asked:
        return False
    else:
        if found or kind.startswith("impl "):
            _bound(kind, "Clone", path, node, code, bounds, rewrites)
        edit = after(use, ".clone()")
        if use.parent.type == "shorthand_field_initializer":
            return False
    known += [edit] if edit not in known else []
    return True
