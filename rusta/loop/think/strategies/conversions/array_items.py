"""Arrays whose length only their type says: derived defaults, repeated values, items that are collected (E0277).

`Default` of an array exists up to 32 items, and for no generic length: the type implements it by hand, with numbers
repeated and anything else made item by item (`std::array::from_fn`). `[value; N]` copies its value; one that cannot be
copied is made N times. An array is no `FromIterator`: its items are made from another array's (`each_ref().map`), or
collected in a list, which has to be as long.

Not covered: arrays inside of other types of a field; enums. Source: std, "Primitive Type array", `std::array::from_fn`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.number_types import FLOATS, INTEGERS
from rusta.tools.declared import attributes_of, bare, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost

DEFAULT = re.compile(r"^the trait bound `(\[.+; .+\]): (?:\w+::)*Default` is not satisfied")
COLLECTED = re.compile(r"^an array of type `(\[.+\])` cannot be built directly from an iterator")
ARRAY = re.compile(r"this expression has type `&?(?:mut )?\[.*; (.+)\]`")
REPEATED = "for each element of the array"
FROM = "std::array::from_fn(|_| {})"
ENTRY = {"iter": ".each_ref()", "into_iter": "", "iter_mut": ".each_mut()"}


def array_items(situation: Situation) -> Iterator[Hypothesis]:
    """Yield every array made item by item, and the defaults of types that hold one."""
    rewrites: dict[str, list[Rewrite]] = {}
    done: set[tuple[str, int]] = set()
    first = None
    panics = False
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code == "E0277" else None
        node = code.node(at.start, at.end) if at and code else None
        if at is None or code is None or tested(at.path, node, code):
            continue
        edits: list[Rewrite] = []
        if said := DEFAULT.match(error.message):
            struct = innermost(node, "struct_item") if error.macros else None
            if struct is not None and (at.path, struct.start_byte) not in done:
                done.add((at.path, struct.start_byte))
                edits = _default(struct, code)
            call = innermost(node, "call_expression") if struct is None else None
            if call is not None and re.fullmatch(r"(?:<.*>|[\w:]*Default)::default\(\)", code.text(call)):
                edits = [instead(call, _value(said[1]))]
        elif REPEATED in error.rendered and (array := innermost(node, "array_expression")) is not None:
            edits = _repeated(array, code)
        elif said := COLLECTED.match(error.message):
            edits = _collected(error, said[1], node, code)
            panics = panics or any("panic!" in one.text for one in edits)
        rewrites.setdefault(at.path, []).extend(edits)
        first = first or (error if edits else None)
    if first is not None:
        reason = "an array is made item by item, since its length is known only from its type"
        price = "where there are not as many items as the array is long it panics" if panics else ""
        yield situation.hypothesis(first, reason, rewrites, Cost.NONE, price)


def _value(kind: str) -> str:
    """Return the expression of a type's default value."""
    kind = kind.strip()
    if kind in INTEGERS:
        return "0"
    if kind in FLOATS or kind in ("bool", "char"):
        return {"bool": "false", "char": r"'\0'"}.get(kind, "0.0")
    if kind.startswith("[") and kind.endswith("]") and ";" in kind:
        inner, _, length = kind[1:-1].rpartition(";")
        item = _value(inner)
        return FROM.format(item) if "default()" in item or "from_fn" in item else f"[{item}; {length.strip()}]"
    return "Default::default()"


def _default(struct: Any, code: Statements) -> list[Rewrite]:
    """Return the edits that take `Default` out of the derives of a struct, and implement it."""
    edits = []
    for one in attributes_of(struct):
        text = code.text(one)
        if not re.match(r"#\[derive\(.*\)\]$", text, re.DOTALL):
            continue
        names = [name.strip() for name in text[len("#[derive(") : -2].split(",") if name.strip()]
        kept = [name for name in names if bare(name) != "Default"]
        if kept == names:
            continue
        end = one.end_byte
        while not kept and code.source[end : end + 1].isspace():
            end += 1
        edits.append(Rewrite(one.start_byte, end, f"#[derive({', '.join(kept)})]" if kept else ""))
    body, named = struct.child_by_field_name("body"), code.text(struct.child_by_field_name("name"))
    if not edits or body is None:
        return []
    if body.type == "field_declaration_list":
        fields = [
            (code.text(one.child_by_field_name("name")), code.text(one.child_by_field_name("type")))
            for one in body.named_children
            if one.type == "field_declaration"
        ]
        made = "Self { " + ", ".join(f"{name}: {_value(kind)}" for name, kind in fields) + " }"
    else:
        kinds = [code.text(one) for one in body.named_children if one.type.endswith(("_type", "type_identifier"))]
        made = f"Self({', '.join(_value(kind) for kind in kinds)})"
    header, arguments = _generics(struct, code)
    clause = next((f" {code.text(one)}".rstrip(",") for one in struct.named_children if one.type == "where_clause"), "")
    text = f"impl{header} Default for {named}{arguments}{clause} {{\n    fn default() -> Self {{\n        {made}\n    }}\n}}"
    return [*edits, after(struct, f"\n\n{text}")]


def _generics(struct: Any, code: Statements) -> tuple[str, str]:
    """Return the parameters of an impl of a type, each type with `Default`, and the type's arguments."""
    parameters = struct.child_by_field_name("type_parameters")
    declared, names = [], []
    for one in parameters.named_children if parameters is not None else ():
        named = one.child_by_field_name("name")
        text = re.sub(r"\s*=\s*[^=>]+$", "", code.text(one))
        if one.type == "type_parameter":
            text += (" + " if ":" in text else ": ") + "Default"
        if one.type.endswith("parameter"):
            declared.append(text)
            names.append(code.text(named) if named is not None else code.text(one).split(":")[0].strip())
    return (f"<{', '.join(declared)}>", f"<{', '.join(names)}>") if names else ("", "")


def _repeated(array: Any, code: Statements) -> list[Rewrite]:
    length, parts = array.child_by_field_name("length"), array.named_children
    if length is None or len(parts) != 2:
        return []
    said, value = code.text(length), code.text(parts[0])
    number = said if re.fullmatch(r"[A-Z0-9_]+", said) else f"{{ {said} }}"
    copied = f"{value}.clone()" if parts[0].type in ("identifier", "field_expression") and value != "None" else value
    return [instead(array, f"std::array::from_fn::<_, {number}, _>(|_| {copied})")]


def _collected(error: Diagnostic, kind: str, method: Any, code: Statements) -> list[Rewrite]:
    """Return the edits of one `collect` whose result is an array of the type `kind`."""
    generic = innermost(method, "generic_function") if method.type != "field_identifier" else None
    source = generic.child_by_field_name("function") if generic is not None else method.parent
    call = innermost(method, "call_expression")
    if call is None or source.type != "field_expression":
        return []
    before = source.child_by_field_name("value")
    called = before.child_by_field_name("function") if before.type == "call_expression" else None
    if (
        called is not None
        and called.type == "field_expression"
        and code.text(called.child_by_field_name("field")) == "map"
    ):
        walk = called.child_by_field_name("value")
        entry = walk.child_by_field_name("function") if walk.type == "call_expression" else None
        name = (
            code.text(entry.child_by_field_name("field"))
            if entry is not None and entry.type == "field_expression"
            else ""
        )
        lengths = [
            said[1] for child in error.children for span in child.spans if (said := ARRAY.match(span.label or ""))
        ]
        if entry is not None and name in ENTRY and kind.rpartition(";")[2].strip("] ") in lengths:
            array = entry.child_by_field_name("value")
            return [
                Rewrite(array.end_byte, walk.end_byte, ENTRY[name]),
                Rewrite(before.end_byte, call.end_byte, ""),
            ]
    if generic is not None:
        return [
            Rewrite(call.start_byte, call.start_byte, f"<{kind}>::try_from("),
            Rewrite(source.end_byte, generic.end_byte, "::<Vec<_>>"),
            after(call, ').unwrap_or_else(|_| panic!("the array is not as long as what is collected"))'),
        ]
    return [
        instead(method, "collect::<Vec<_>>"),
        after(call, '.try_into().unwrap_or_else(|_| panic!("the array is not as long as what is collected"))'),
    ]
