"""Where a name is used in a piece of code, what fields of it are read, and which fields the crate's types have."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.situation import Situation
from rusta.tools.statements import Statements

FUNCTIONS = {"function_item", "function_signature_item"}
COPIES = re.compile(r"[iu](?:8|16|32|64|128|size)|f32|f64|bool|char|&(?!mut\b)[^<>]*|&'static [\w\[\]<>&' ]+|\(\)")
POINTERS = re.compile(r"(?:std::)?(?:sync::|rc::)?(Arc|Rc)<")
WRITES = {"assignment_expression", "compound_assignment_expr"}


def preorder(node: Any) -> Iterator[Any]:
    """Yield a node and everything in it, in the order of the source."""
    todo = [node]
    while todo:
        at = todo.pop()
        yield at
        todo += reversed(at.children)


def ancestor(node: Any, *kinds: str) -> Any:
    """Return the innermost node of these kinds that contains `node`, itself included; None if there is none."""
    while node is not None and node.type not in kinds:
        node = node.parent
    return node


def uses(code: Statements, within: Any, word: str, since: int = 0) -> list[Any]:
    """Return the places where a variable (or `self`) is used, also in a macro's arguments, from byte `since` on."""
    kind = "self" if word == "self" else "identifier"
    name = word.encode()
    found = []
    for at in preorder(within):
        if at.type != kind or at.start_byte < since or code.source[at.start_byte : at.end_byte] != name:
            continue
        before = at.prev_sibling
        if before is not None and before.type in (".", "::") and at.parent.type == "token_tree":
            continue  # a field, or the end of a path
        found.append(at)
    return found


def formatted(code: Statements, within: Any, word: str) -> bool:
    """Return whether a string in a macro's arguments names a variable, as `{word}` does."""
    inline = re.compile(rb"\{" + word.encode() + rb"\b")
    return any(
        at.type == "string_literal" and inline.search(code.source, at.start_byte, at.end_byte)
        for at in preorder(within)
    )


@dataclass(frozen=True)
class FieldRead:
    """A read of a field of a variable: the whole `line.sku`, and the field's name."""

    start: int
    end: int
    field: str


def field_reads(code: Statements, places: list[Any]) -> list[FieldRead] | None:
    """Return the field reads that these uses of one variable are; None where one of them is something else.

    Not a read: an assignment, `&mut line.sku`, a method called on the variable itself.
    """
    found = []
    for at in places:
        if at.parent.type == "token_tree":
            dot = at.next_sibling
            field = dot.next_sibling if dot is not None and dot.type == "." else None
            call = field.next_sibling if field is not None else None
            called = call is not None and call.type == "token_tree" and code.source[call.start_byte :][:1] == b"("
            if field is None or field.type not in ("identifier", "integer_literal") or called:
                return None
            found.append(FieldRead(at.start_byte, field.end_byte, code.text(field)))
            continue
        whole = at.parent
        field = whole.child_by_field_name("field") if whole.type == "field_expression" else None
        above = whole.parent
        if field is None or (above.type == "call_expression" and above.child_by_field_name("function") == whole):
            return None
        if above.type in WRITES and above.child_by_field_name("left") == whole:
            return None
        if above.type == "reference_expression" and any(one.type == "mutable_specifier" for one in above.children):
            return None
        found.append(FieldRead(whole.start_byte, whole.end_byte, code.text(field)))
    return found


def bound_names(code: Statements, pattern: Any) -> list[str]:
    """Return the variables that a pattern binds."""
    return [
        code.text(at)
        for at in preorder(pattern)
        if at.type in ("identifier", "shorthand_field_identifier")
        and code.text(at)[:1].islower()
        and at.parent.type != "scoped_identifier"
    ]


def type_fields(situation: Situation) -> dict[str, dict[str, str]]:
    """Return the named fields, with their types as written, of every struct of the crate, by the struct's name."""
    found: dict[str, dict[str, str]] = {}
    for _, code in situation.sources():
        for at in preorder(code.root):
            named = at.child_by_field_name("name") if at.type == "struct_item" else None
            body = at.child_by_field_name("body") if named is not None else None
            if named is None or body is None:
                continue
            fields = found.setdefault(code.text(named), {})
            for one in body.named_children:
                name, kind = (one.child_by_field_name(part) for part in ("name", "type"))
                if name is not None and kind is not None:
                    fields[code.text(name)] = code.text(kind)
    return found


def owner_name(code: Statements, node: Any) -> str:
    """Return the name of the type whose `impl` block contains a node, "" outside of one."""
    block = ancestor(node, "impl_item")
    kind = block.child_by_field_name("type") if block is not None else None
    return re.split(r"[<\s]", code.text(kind))[0].rpartition("::")[2] if kind is not None else ""


def copied_out(said: str, kind: str) -> str:
    """Return the expression that makes an owned value of the place `said`, whose type is `kind` ("": not known)."""
    if pointer := POINTERS.match(kind):
        return f"{pointer[1]}::clone(&{said})"
    return said if kind and COPIES.fullmatch(kind) else f"{said}.clone()"


def unused(code: Statements, function: Any, wanted: str, taken: set[str]) -> str:
    """Return `wanted`, with a number where that name occurs in the function or in `taken` already."""
    known = {code.text(at) for at in preorder(function) if at.type == "identifier"} | taken
    return next(one for one in (wanted, *(f"{wanted}_{n}" for n in range(2, 1000))) if one not in known)


def indent_of(code: Statements, node: Any) -> str:
    """Return the indentation of the line that a node begins on."""
    line = code.source[code.source.rfind(b"\n", 0, node.start_byte) + 1 : node.start_byte].decode("utf-8", "replace")
    return line[: len(line) - len(line.lstrip())]


def headed(code: Statements, block: Any, line: str, at: Any = None) -> str:
    """Return the text of a block with a line above its first statement, moved to the indentation of `at`."""
    kept = code.text(block)
    if "\n" not in kept or not block.named_children:
        return f"{{ {line} {kept[1:].lstrip()}"
    whole = f"{{\n{indent_of(code, block.named_children[0])}{line}{kept[1:]}"
    was, now = indent_of(code, block), indent_of(code, at if at is not None else block)
    strings = (one for one in preorder(block) if one.type in ("string_literal", "raw_string_literal"))
    if len(now) < len(was) and not any("\n" in code.text(one) for one in strings):
        whole = whole.replace(f"\n{was}", f"\n{now}")
    return whole
