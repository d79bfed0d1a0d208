"""Fields that a struct expression does not name, where `Default` says what they are (E0063).

`..Default::default()` fills in what is missing where the type has `Default`, derived or by hand; not in that impl, nor
in a function that it calls, which would call itself for ever. In the impl of `Default` itself, every missing field is
what its own type is by default.

Not covered: types without `Default` (somebody has to say the values). Source: the Reference, "Functional update syntax".
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare, declarations, derived, tested
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import innermost, under

MISSING = re.compile(r"^missing (?:structure )?fields? (?P<names>.+) in initializer of `(?P<type>[^`]+)`")
GUESS = "that the fields are as by default is a guess"


def missing_fields(situation: Situation) -> Iterator[Hypothesis]:
    """Yield what `Default` says for all fields that are missing."""
    errors = [(one, said) for one in situation.errors if one.code == "E0063" and (said := MISSING.match(one.message))]
    if not errors:
        return
    types = declarations(situation.sources())
    by_hand = {
        bare(code.text(node.child_by_field_name("type"))): code.text(node)
        for _, code in situation.sources()
        for node in under(code.root, "impl_item")
        if (trait := node.child_by_field_name("trait")) is not None and bare(code.text(trait)) == "Default"
    }
    rewrites: dict[str, list[Rewrite]] = {}
    names = []
    for error, said in errors:
        at, kind = error.primary, bare(said["type"])
        code = situation.code(at.path) if at else None
        node = innermost(code.node(at.start, at.end), "struct_expression") if at and code else None
        places = types.get(kind, [])
        if at is None or code is None or node is None or len(places) != 1 or tested(at.path, node, code):
            continue
        path, declared = places[0]
        other, body = situation.code(path), node.child_by_field_name("body")
        function = innermost(node, "function_item")
        called = code.text(function.child_by_field_name("name")) if function is not None else ""
        own = called == "default"
        if other is None or body is None or not ("Default" in derived(declared, other) or kind in by_hand):
            continue
        if not own and re.search(rf"\b{called}\s*\(", by_hand.get(kind, "")):
            continue
        fields = re.findall(r"`(\w+)`", said["names"])
        if own and "other field" in said["names"]:
            continue
        text = ", ".join(f"{field}: Default::default()" for field in fields) if own else "..Default::default()"
        rewrites.setdefault(at.path, []).append(field_added(body, text, code))
        names += fields
    if rewrites:
        told = ", ".join(f"`{name}`" for name in dict.fromkeys(names))
        reason = f"`Default` says what the fields are that are not named here: {told}"
        yield situation.hypothesis(errors[0][0], reason, rewrites, Cost.SMALL, GUESS)


def field_added(body: Any, text: str, code: Statements) -> Rewrite:
    """Return the edit that adds a text as the last field of a struct expression, given its braces."""
    inside = [one for one in body.named_children if "comment" not in one.type]
    if not inside:
        return Rewrite(body.start_byte + 1, body.start_byte + 1, f" {text} ")
    rest = code.source[inside[-1].end_byte : body.end_byte]
    comma = rest.lstrip().startswith(b",")
    start = inside[-1].end_byte + (rest.index(b",") + 1 if comma else 0)
    line = code.source[code.source.rfind(b"\n", 0, inside[-1].start_byte) + 1 : inside[-1].start_byte]
    gap = "\n" + line.decode() if not line.strip() else " "
    return Rewrite(start, start, f"{'' if comma else ','}{gap}{text}")
