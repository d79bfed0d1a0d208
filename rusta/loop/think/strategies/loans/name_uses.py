"""Where a name is used in a piece of code, and what fields of it are read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.tools.statements import Rewrite, Statements, instead

FUNCTIONS = {"function_item", "function_signature_item"}
WRITES = {"assignment_expression", "compound_assignment_expr"}


def preorder(node: Any) -> Iterator[Any]:
    """Yield a node and everything in it, in the order of the source."""
    todo = [node]
    while todo:
        at = todo.pop()
        yield at
        todo += reversed(at.children)


def function_around(node: Any) -> Any:
    """Return the function that contains a node, or the whole source where there is none."""
    while node.parent is not None and node.type != "function_item":
        node = node.parent
    return node


def uses(code: Statements, within: Any, word: str, since: int = 0) -> list[Any]:
    """Return the places where a variable (or `self`) is used, also in a macro's arguments, from byte `since` on.

    Where a closure, a pattern or a later `let` gives its name to something else, that is left out.
    """
    kind, name = "self" if word == "self" else "identifier", word.encode()
    found = []
    todo = [within]
    while todo:
        at = todo.pop()
        if at.type == kind and code.source[at.start_byte : at.end_byte] == name:
            if at.start_byte >= since and not _field_token(at):
                found.append(at)
        elif at.end_byte > since:
            todo += reversed(list(_known_in(code, at, word, since)))
    return found


def _field_token(at: Any) -> bool:
    """Return whether a name in a macro's arguments is a field, a method or the end of a path."""
    before = at.prev_sibling
    return before is not None and before.type in (".", "::") and at.parent.type == "token_tree"


def _known_in(code: Statements, node: Any, word: str, since: int) -> Iterator[Any]:
    """Yield the parts of a node in which a variable still has its meaning."""
    hidden: Any = None
    pattern = node.child_by_field_name("parameters" if node.type == "closure_expression" else "pattern")
    condition = node.child_by_field_name("condition")
    if node.type in ("function_item", "impl_item"):
        return
    if node.type in ("closure_expression", "for_expression", "match_arm") and pattern is not None:
        if word in bound_names(code, pattern):
            hidden = node.child_by_field_name("value" if node.type == "match_arm" else "body")
    elif condition is not None and word in _conditions(code, condition):
        hidden = node.child_by_field_name("consequence") or node.child_by_field_name("body")
    for child in node.children:
        if child in (hidden, pattern) and (node.type != "match_arm" or child == hidden or hidden is not None):
            continue
        yield child
        if node.type == "block" and child.type == "let_declaration" and child.start_byte >= since:
            given = child.child_by_field_name("pattern")
            if given is not None and word in bound_names(code, given):
                return


def _conditions(code: Statements, condition: Any) -> list[str]:
    """Return what an `if let` or `while let` binds."""
    lets = condition.named_children if condition.type == "let_chain" else [condition]
    patterns = [one.child_by_field_name("pattern") for one in lets if one.type == "let_condition"]
    return [name for pattern in patterns if pattern is not None for name in bound_names(code, pattern)]


def in_format(code: Statements, within: Any, word: str) -> bool:
    """Return whether a string in a macro's arguments names a variable, as `{word}` does."""
    inline = re.compile(rb"\{" + word.encode() + rb"\b")
    return any(
        at.type == "string_literal" and inline.search(code.source, at.start_byte, at.end_byte)
        for at in preorder(within)
    )


@dataclass(frozen=True)
class FieldRead:
    """A read of what a variable has: the range of the whole `line.at.x`, and the path `at.x`; or `total()`."""

    start: int
    end: int
    path: str


def field_reads(code: Statements, places: list[Any]) -> list[FieldRead] | None:
    """Return the reads that these uses of one variable are; None where one of them is something else.

    A read is of a field, of a field's field, or a call without arguments. Not reads: an assignment, `&mut line.sku`, a
    call with arguments, the variable by itself.
    """
    found = []
    for at in places:
        one = _token_read(code, at) if at.parent.type == "token_tree" else _read_of(code, at)
        if one is None:
            return None
        found.append(one)
    return found


def _token_read(code: Statements, at: Any) -> FieldRead | None:
    steps: list[str] = []
    end, dot = at.end_byte, at.next_sibling
    while dot is not None and dot.type == "." and (step := dot.next_sibling) is not None:
        given = step.next_sibling
        if (
            given is not None
            and given.type == "token_tree"
            and code.source[given.start_byte : given.start_byte + 1] == b"("
        ):
            if not steps and code.text(given) == "()":
                return FieldRead(at.start_byte, given.end_byte, f"{code.text(step)}()")
            break
        steps.append(code.text(step))
        end, dot = step.end_byte, given
    return FieldRead(at.start_byte, end, ".".join(steps)) if steps else None


def _read_of(code: Statements, at: Any) -> FieldRead | None:
    whole, steps = at, list[str]()
    while (above := whole.parent).type == "field_expression" and above.child_by_field_name("value") == whole:
        call = above.parent
        step = code.text(above.child_by_field_name("field"))
        if call.type == "call_expression" and call.child_by_field_name("function") == above:
            if not steps and not call.child_by_field_name("arguments").named_children:
                return FieldRead(at.start_byte, call.end_byte, f"{step}()")
            break
        steps.append(step)
        whole = above
    above = whole.parent
    if not steps or (above.type in WRITES and above.child_by_field_name("left") == whole):
        return None
    if above.type == "reference_expression" and any(one.type == "mutable_specifier" for one in above.children):
        return None
    return FieldRead(whole.start_byte, whole.end_byte, ".".join(steps))


def field_steps(code: Statements, at: Any) -> list[tuple[str, Any]]:
    """Return the fields that follow a variable, as in `self.a.b`, each with the node that ends there; no methods."""
    steps: list[tuple[str, Any]] = []
    if at.parent.type == "token_tree":
        dot = at.next_sibling
        while dot is not None and dot.type == "." and (step := dot.next_sibling) is not None:
            dot = step.next_sibling
            if dot is not None and dot.type == "token_tree" and code.text(dot).startswith("("):
                break
            steps.append((code.text(step), step))
        return steps
    while (above := at.parent).type == "field_expression" and above.child_by_field_name("value") == at:
        call = above.parent
        if call.type == "call_expression" and call.child_by_field_name("function") == above:
            break
        steps.append((code.text(above.child_by_field_name("field")), above))
        at = above
    return steps


def is_changed(code: Statements, at: Any) -> bool:
    """Return whether a use of a variable changes it, or what it has or refers to, by assignment or `&mut`."""
    steps = ("field_expression", "unary_expression", "index_expression", "parenthesized_expression")
    while at.parent.type in steps and at.parent.named_children[0] == at:
        at = at.parent
    above = at.parent
    if above.type in WRITES:
        return above.child_by_field_name("left") == at
    return above.type == "reference_expression" and any(one.type == "mutable_specifier" for one in above.children)


def by_reference(code: Statements, at: Any, word: str) -> Rewrite | None:
    """Return how a use of a reference reads where the variable holds the value; None where it stays as it is."""
    above = at.parent
    if above.type == "unary_expression" and code.text(above) == f"*{code.text(at)}":
        return instead(above, word)
    if above.type == "token_tree" or (above.type == "field_expression" and above.child_by_field_name("value") == at):
        return instead(at, word) if word != code.text(at) else None
    return instead(at, f"&{word}")


def bound_names(code: Statements, pattern: Any) -> list[str]:
    """Return the variables that a pattern binds."""
    return [
        code.text(at)
        for at in preorder(pattern)
        if at.type in ("identifier", "shorthand_field_identifier")
        and code.text(at)[:1].islower()
        and at.parent.type != "scoped_identifier"
    ]


def unused(code: Statements, function: Any, wanted: str, taken: set[str]) -> str:
    """Return `wanted`, with a number where that name occurs in the function or in `taken` already."""
    known = {code.text(at) for at in preorder(function) if at.type == "identifier" and not _field_token(at)} | taken
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
