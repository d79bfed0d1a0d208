"""Methods of an impl that differ from their trait, and items that it lacks (E0050, E0053, E0186, E0195, E0046).

The trait's declaration is in the crate, and says what the signature is: the receiver, the types of the parameters and
the result are taken from it, the names stay, and a parameter that the impl does not know yet is added as `_name`. All
methods of all impls that rustc complains about are changed at once. An item that an impl lacks is written as in the
other impls where at least two have it and all have it word for word.

Not covered: an impl with more parameters than its trait, generics of the method itself, traits of other crates.
Source: the Reference, "Trait implementations"; rustc --explain E0053, E0050, E0046.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare, declarations, reachable, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost, under

DIFFER = {"E0050", "E0053", "E0186", "E0195"}
MISSING = re.compile(r"not all trait items implemented, missing: (?P<names>.+)$")
Declaring = tuple[str, Any]


def as_the_trait_says(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the trait's signatures for all methods that differ, then the items that are missing."""
    differing = [one for one in situation.errors if one.code in DIFFER and one.primary]
    lacking = [one for one in situation.errors if one.code == "E0046" and one.primary]
    if not differing and not lacking:
        return
    traits = {
        code.text(node.child_by_field_name("name")): (path, node)
        for path, code in situation.sources()
        for node in under(code.root, "trait_item")
    }
    rewrites: dict[str, list[Rewrite]] = {}
    names: list[str] = []
    done: set[tuple[str, int]] = set()
    for error in differing:
        found = _method(error, traits, situation)
        if found is None or (found[0], found[1].start_byte) in done:
            continue
        path, method, (where, declared), generics = found
        done.add((path, method.start_byte))
        edits = _signature(path, method, where, declared, generics, situation)
        rewrites.setdefault(path, []).extend(edits)
        if edits and (code := situation.code(path)):
            names.append(code.text(method.child_by_field_name("name")))
    if names:
        told = ", ".join(f"`{name}`" for name in dict.fromkeys(names))
        reason = f"a trait says what its methods take and give back, and its impls follow: {told}"
        yield situation.hypothesis(
            differing[0], reason, rewrites, Cost.INTERFACE, "callers pass what the trait asks for"
        )
    yield from _lacking(lacking, situation)


def _method(
    error: Diagnostic, traits: dict[str, Declaring], situation: Situation
) -> tuple[str, Any, Declaring, dict[str, str]] | None:
    """Return the method of an impl that an error is about, its declaration, and what the trait's generics are here."""
    at = error.primary
    code = situation.code(at.path) if at else None
    node = innermost(code.node(at.start, at.end), "function_item") if at and code else None
    impl = innermost(node, "impl_item") if node is not None else None
    named = impl.child_by_field_name("trait") if impl is not None else None
    if at is None or code is None or node is None or named is None or tested(at.path, node, code):
        return None
    where, trait = traits.get(bare(code.text(named)), ("", None))
    other = situation.code(where)
    if trait is None or other is None:
        return None
    declared = next(
        (
            one
            for one in under(trait, "function_signature_item", "function_item")
            if other.text(one.child_by_field_name("name")) == code.text(node.child_by_field_name("name"))
        ),
        None,
    )
    parameters, arguments = trait.child_by_field_name("type_parameters"), named.child_by_field_name("type_arguments")
    formal = [other.text(one).split(":")[0] for one in parameters.named_children] if parameters is not None else []
    given = [code.text(one) for one in arguments.named_children] if arguments is not None else []
    return (at.path, node, (where, declared), dict(zip(formal, given, strict=False))) if declared is not None else None


def _signature(
    path: str, method: Any, where: str, declared: Any, generics: dict[str, str], situation: Situation
) -> list[Rewrite]:
    """Return the edits that give a method the signature that is declared for it."""
    code, other = situation.code(path), situation.code(where)
    if code is None or other is None:
        return []
    types = declarations(situation.sources()) if where != path else {}

    def here(kind: Any) -> str:
        said = other.text(kind)
        for formal, given in generics.items():
            said = re.sub(rf"\b{formal}\b", given.replace("\\", ""), said)
        for name in dict.fromkeys(re.findall(r"(?<![:\w])[A-Z]\w*", said)):
            if len(types.get(name, ())) == 1:
                said = re.sub(rf"(?<![:\w]){name}\b", reachable(name, types[name][0][0], path, code), said)
        return said

    mine, theirs = (_parameters(one) for one in (method, declared))
    if len(mine) > len(theirs):
        return []
    same = [(" ".join(here(one.child_by_field_name("type")).split())) for one in theirs]
    left = list(mine)
    written = []
    for n, one in enumerate(theirs):
        spare = len(left) - (len(theirs) - n)  # how many of the trait's may still be skipped, as a negative number
        own = left[0] if left and (spare >= 0 or code.text(left[0].child_by_field_name("type")) == same[n]) else None
        if own is not None:
            left.pop(0)
            written.append(f"{code.text(own.child_by_field_name('pattern'))}: {same[n]}")
        else:
            name = other.text(one.child_by_field_name("pattern")).removeprefix("mut ").lstrip("_")
            written.append(f"_{name}: {same[n]}")
    if left:
        return []
    receivers = [_receiver(one) for one in (method, declared)]
    if receivers[0] is not None and receivers[1] is None:
        return []
    if receivers[1] is not None:
        said = other.text(receivers[1])
        own_text = code.text(receivers[0]) if receivers[0] is not None else ""
        written.insert(0, own_text if own_text == f"mut {said}" else said)
    edits = []
    new = f"({', '.join(written)})"
    parameters = method.child_by_field_name("parameters")
    if " ".join(code.text(parameters).split()) != new:
        edits.append(instead(parameters, new))
    old, kind = (one.child_by_field_name("return_type") for one in (method, declared))
    result = here(kind) if kind is not None else ""
    if result and old is not None and code.text(old) != result and "impl " not in result:
        edits.append(instead(old, result))
    elif result and old is None:
        edits.append(after(parameters, f" -> {result}"))
    return edits


def _parameters(function: Any) -> list[Any]:
    return [one for one in function.child_by_field_name("parameters").named_children if one.type == "parameter"]


def _receiver(function: Any) -> Any:
    inside = function.child_by_field_name("parameters").named_children
    return next((one for one in inside if one.type == "self_parameter"), None)


def _lacking(errors: list[Diagnostic], situation: Situation) -> Iterator[Hypothesis]:
    """Write the items that an impl lacks as all other impls of the trait have them."""
    if not errors:
        return
    impls: dict[str, list[tuple[Any, Statements]]] = {}
    for _, code in situation.sources():
        for node in under(code.root, "impl_item"):
            if (named := node.child_by_field_name("trait")) is not None:
                impls.setdefault(bare(code.text(named)), []).append((node, code))
    rewrites: dict[str, list[Rewrite]] = {}
    names = []
    for error in errors:
        said, at = MISSING.match(error.message), error.primary
        code = situation.code(at.path) if at else None
        node = innermost(code.node(at.start, at.end), "impl_item") if at and code else None
        if said is None or at is None or code is None or node is None or tested(at.path, node, code):
            continue
        items = []
        for name in re.findall(r"`(\w+)`", said["names"]):
            texts = {
                " ".join(text.split()): text
                for other, source in impls.get(bare(code.text(node.child_by_field_name("trait"))), ())
                if other.start_byte != node.start_byte or source is not code
                for text in [_item(other, name, source)]
            }
            others = len(impls.get(bare(code.text(node.child_by_field_name("trait"))), ())) - 1
            if len(texts) != 1 or "" in texts or others < 2:
                items = []
                break
            items.append(next(iter(texts.values())))
            names.append(name)
        body = node.child_by_field_name("body")
        if items and body is not None:
            inside = body.named_children
            at_byte = inside[-1].end_byte if inside else body.start_byte + 1
            rewrites.setdefault(at.path, []).append(
                Rewrite(at_byte, at_byte, "".join(f"\n\n    {text}" for text in items) + ("" if inside else "\n"))
            )
    if rewrites:
        told = ", ".join(f"`{name}`" for name in dict.fromkeys(names))
        reason = f"all other impls of the trait have {told} word for word, and this one now too"
        yield situation.hypothesis(
            errors[0], reason, rewrites, Cost.SMALL, "that this one is like the others is a guess"
        )


def _item(impl: Any, name: str, code: Statements) -> str:
    for one in impl.child_by_field_name("body").named_children:
        named = one.child_by_field_name("name")
        if named is not None and code.text(named) == name:
            return code.text(one)
    return ""
