"""The names that are known at a place in a function, the nearest first, with their types as far as they are written.

Read from the syntax: loops and `let`s before the place, parameters, and the fields of `self`. The type is the written
one, or follows from the value: a literal, `.len()`, `.to_string()`, `.parse::<T>()`, the items of `.lines()`, `.chars()`,
`.enumerate()` and of a list whose type is written. "" where it is not known.

Not covered: what a macro or a closure binds, and generic types.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import COPIES, crate_types, owner_name
from rusta.loop.think.strategies.loans.name_uses import bound_names
from rusta.tools.statements import Statements

MADE = (
    (re.compile(r"\.(?:len|count)\(\)$"), "usize"),
    (re.compile(r"^\d[\d_]*usize$"), "usize"),
    (re.compile(r"\.(?:to_string|to_owned|to_lowercase|to_uppercase)\(\)$|^String::|^format!"), "String"),
    (re.compile(r'^"|\.(?:trim\w*|as_str)\([^()]*\)$'), "&str"),
    (re.compile(r"^'.'$"), "char"),
    (re.compile(r"^(?:true|false)$"), "bool"),
)
ITEMS = (
    (re.compile(r"\.(?:lines|split\w*|rsplit\w*|split_whitespace|trim_split)\([^()]*\)$"), "&str"),
    (re.compile(r"\.chars\(\)$"), "char"),
    (re.compile(r"\.bytes\(\)$"), "u8"),
)
PARSED = re.compile(r"\.parse::<([\w:]+)>\(\)")
LIST = re.compile(r"^&?(?:'\w+ )?(?:mut )?(?:Vec<(?P<item>[^<>]+)>|\[(?P<part>[^\[\];]+)(?:;.*)?\])$")


@dataclass(frozen=True)
class ScopeName:
    """A name, or a field of `self`. `counted`: the number of a loop, which begins with 0."""

    text: str
    kind: str
    copied: bool
    counted: bool = False


def names_in_scope(node: Any, code: Statements, situation: Situation) -> list[ScopeName]:
    """Return the names that are known at a node, the nearest first."""
    found: dict[str, ScopeName] = {}
    for name, kind, counted in _bound(node, code):
        found.setdefault(name, ScopeName(name, kind, bool(kind and COPIES.fullmatch(kind)), counted))
    if "self" in found:
        types = crate_types(situation)
        for field, kind in types.fields.get(owner_name(code, node), {}).items():
            copied = bool(COPIES.fullmatch(kind)) or kind in types.copied
            found[f"self.{field}"] = ScopeName(f"self.{field}", kind, copied)
        del found["self"]
    return list(found.values())


def _bound(node: Any, code: Statements) -> Iterator[tuple[str, str, bool]]:
    """Yield what is bound around a node, outwards."""
    parameters: dict[str, str] = {}
    function = node
    while function.parent is not None and function.type != "function_item":
        function = function.parent
    given = function.child_by_field_name("parameters")
    for one in given.named_children if given is not None else ():
        if one.type == "parameter":
            for name in bound_names(code, one.child_by_field_name("pattern")):
                parameters[name] = " ".join(code.text(one.child_by_field_name("type")).split())
        elif one.type == "self_parameter":
            parameters["self"] = "self"
    at = node
    while at is not None and at is not function and at.parent is not None:
        above = at.parent
        if above.type == "block":
            before = at.prev_named_sibling
            while before is not None:
                if before.type == "let_declaration":
                    yield from _let(before, code)
                before = before.prev_named_sibling
        elif above.type == "for_expression" and at == above.child_by_field_name("body"):
            yield from _walked(above, code, parameters)
        at = above
    yield from ((name, kind, False) for name, kind in parameters.items())


def _let(node: Any, code: Statements) -> Iterator[tuple[str, str, bool]]:
    pattern, kind = node.child_by_field_name("pattern"), node.child_by_field_name("type")
    value = node.child_by_field_name("value")
    names = bound_names(code, pattern)
    said = " ".join(code.text(kind).split()) if kind is not None else ""
    text = code.text(value) if value is not None else ""
    if not said and (parsed := PARSED.search(text)):
        said = parsed[1]
    if not said:
        said = next((type_ for made, type_ in MADE if made.search(text)), "")
    if not said and re.search(r"\bsplit_once\(|\bsplit_at\(", text):
        said = "&str"
    yield from ((name, said, False) for name in names)


def _walked(loop: Any, code: Statements, parameters: dict[str, str]) -> Iterator[tuple[str, str, bool]]:
    pattern, value = loop.child_by_field_name("pattern"), code.text(loop.child_by_field_name("value"))
    names = bound_names(code, pattern)
    counting = re.search(r"\.enumerate\(\)$", value)
    walked = re.sub(r"(?:\.enumerate\(\)|\.rev\(\)|\.skip\(\w+\)|\.iter\(\))+$", "", value)
    kind = next((type_ for made, type_ in ITEMS if made.search(walked)), "")
    listed = LIST.match(parameters.get(walked.lstrip("&"), ""))
    if not kind and listed:
        kind = f"&{listed['item'] or listed['part']}"
    if not kind and re.match(r"^\w+\.\.", value):
        kind = "usize"
    if counting and pattern.type == "tuple_pattern" and len(names) > 1:
        yield names[0], "usize", True
        names = names[1:]
    yield from ((name, kind if len(names) == 1 else "", False) for name in names)
