"""A trait object of a trait with an associated type that is not given (E0191): `Box<dyn Sensor>`.

Where all implementors have the same type, it is written: `dyn Sensor<Reading = u32>`. Where each has another, a second
trait has the methods without it, and every implementor of the first has it too: what a method gives back is converted
as the associated type's bound allows (`Into<f64>`, `Display`). Callers stay as they are.

Not covered: generic traits, and associated types in parameters. Source: rustc --explain E0191; the Reference, "Trait objects".
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare, reachable, tested
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import under

UNTOLD = re.compile(r"^the value of the associated types? .* must be specified")
NAMED = re.compile(r"`(\w+)` in `([\w:]+)`")


def erased_trait(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the type that all implementors have, else a second trait without it."""
    for error in situation.errors:
        named = NAMED.findall(error.message) if error.code == "E0191" and UNTOLD.match(error.message) else []
        if not named or error.primary is None:
            continue
        trait = bare(named[0][1])
        declared = [
            (path, one, code)
            for path, code in situation.sources()
            for one in under(code.root, "trait_item")
            if code.text(one.child_by_field_name("name")) == trait
        ]
        if len(declared) != 1 or declared[0][1].child_by_field_name("type_parameters") is not None:
            continue
        given = _given(situation, trait, [name for name, _ in named])
        if given is not None:
            rewrites = _renamed(situation, trait, f"{trait}<{given}>", "")
            reason = f"a trait object has to say its associated types, and every `{trait}` has the same: `{given}`"
            yield situation.hypothesis(error, reason, rewrites, Cost.NONE, "others do not fit into it")
            return
        where, node, code = declared[0]
        text = _erased(node, trait, code)
        if text:
            rewrites = _renamed(situation, trait, f"Any{trait}", where)
            rewrites.setdefault(where, []).append(after(node, text))
            reason = f"a trait object has to say its associated types, which differ: `Any{trait}` has the methods without them"
            yield situation.hypothesis(
                error, reason, rewrites, Cost.INTERFACE, "calls go through a table, and values are converted"
            )
        return


def _given(situation: Situation, trait: str, names: list[str]) -> str | None:
    """Return the associated types that all implementors share, as `A = u32`; None where they differ."""
    found: dict[str, set[str]] = {name: set() for name in names}
    for path, code in situation.sources():
        for one in under(code.root, "impl_item"):
            of, body = one.child_by_field_name("trait"), one.child_by_field_name("body")
            if of is None or body is None or bare(code.text(of)) != trait or tested(path, one, code):
                continue
            for kind in under(body, "type_item"):
                name = code.text(kind.child_by_field_name("name"))
                if name in found:
                    found[name].add(code.text(kind.child_by_field_name("type")))
    if any(len(kinds) != 1 or "Self" in next(iter(kinds)) for kinds in found.values()):
        return None
    return ", ".join(f"{name} = {next(iter(kinds))}" for name, kinds in found.items())


def _renamed(situation: Situation, trait: str, new: str, where: str) -> dict[str, list[Rewrite]]:
    """Return the edits of every trait object of a trait that names no associated type; `where`: the file of a new one."""
    rewrites: dict[str, list[Rewrite]] = {}
    for path, code in situation.sources():
        for one in under(code.root, "dynamic_type"):
            inner = one.named_children[-1]
            if bare(code.text(inner)) == trait and "<" not in code.text(inner):
                rewrites.setdefault(path, []).append(
                    instead(inner, reachable(new, where, path, code) if where else new)
                )
    return rewrites


def _erased(node: Any, trait: str, code: Statements) -> str:
    """Return the second trait and its implementation for all of the first; "" where no method can be kept."""
    kinds = {
        code.text(one.child_by_field_name("name")): code.text(one).partition(":")[2]
        for one in under(node.child_by_field_name("body"), "associated_type")
    }
    heads, bodies = [], []
    for one in node.child_by_field_name("body").named_children:
        if one.type not in ("function_signature_item", "function_item"):
            continue
        taken, gives = one.child_by_field_name("parameters"), one.child_by_field_name("return_type")
        first = taken.named_children[0] if taken.named_children else None
        receiver = first is not None and first.type == "self_parameter" and code.text(first).startswith("&")
        if not receiver or "Self::" in code.text(taken) or one.child_by_field_name("type_parameters") is not None:
            continue
        shown, way = _converted(code.text(gives) if gives is not None else "", kinds)
        if shown is None:
            continue
        name = code.text(one.child_by_field_name("name"))
        names = [code.text(p.child_by_field_name("pattern")) for p in taken.named_children if p.type == "parameter"]
        head = f"fn {name}{code.text(taken)}" + (f" -> {shown}" if shown else "")
        heads.append(f"    {head};")
        call = way.format(f"{trait}::{name}({', '.join(['self', *names])})")
        bodies.append(f"    {head} {{\n        {call}\n    }}")
    if not heads:
        return ""
    seen = next((f"{code.text(one)} " for one in node.named_children if one.type == "visibility_modifier"), "")
    parts = (
        f"/// What every `{trait}` can do, whatever its associated types are.",
        f"{seen}trait Any{trait} {{",
        "\n\n".join(heads),
        "}\n",
        f"impl<Any: {trait}> Any{trait} for Any {{",
        "\n\n".join(bodies),
        "}",
    )
    return "\n\n" + "\n".join(parts)


def _converted(gives: str, kinds: dict[str, str]) -> tuple[str | None, str]:
    """Return a return type without associated types, and how a value is converted to it; None where it cannot be."""
    said = re.fullmatch(r"(?:(Option|Vec)<)?Self::(\w+)>?", gives)
    if said is None:
        return (None, "") if "Self" in gives else (gives, "{}")
    bound = kinds.get(said[2], "")
    if into := re.search(r"\bInto<(.+?)>(?=\s*(?:[+;]|$))", bound):
        kind, way = into[1], "Into::into"
    elif re.search(r"\b(?:Display|ToString)\b", bound):
        kind, way = "String", "|one| one.to_string()"
    elif re.search(r"\bDebug\b", bound):
        kind, way = "String", '|one| format!("{{one:?}}")'
    else:
        return None, ""
    if said[1] == "Option":
        return f"Option<{kind}>", f"{{}}.map({way})"
    if said[1] == "Vec":
        return f"Vec<{kind}>", f"{{}}.into_iter().map({way}).collect()"
    single = {"Into::into": "{}.into()", "|one| one.to_string()": "{}.to_string()"}
    return kind, single.get(way, 'format!("{{:?}}", {})')
