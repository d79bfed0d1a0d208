"""The value of a field that a struct expression does not name, as the crate's other expressions of its type have it (E0063).

The most frequent one first, where all that it names is in scope as well; and a marker (`PhantomData`) has only one value.

Not covered: values that nothing in the crate says; fields behind a base (`..other`); variables of the field's name, and what
`Default` says, which are rules of their own.
Source: the Reference, "Struct expressions", "Struct field init shorthand".
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.signatures.missing_fields import MISSING, field_added
from rusta.tools.declared import bare, declarations, tested
from rusta.tools.statements import Statements
from rusta.tools.syntax_walk import innermost, under

LONGEST = 120  # bytes of a value that is taken from elsewhere
MOST = 3  # values of one field
MANY = 6  # missing fields of one expression
BINDING = ("let_declaration", "parameter", "closure_parameters", "match_pattern", "let_condition", "for_expression")
NAMES = ("identifier", "shorthand_field_identifier")
FREE = {"self", "true", "false"}


def field_values(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the fields that are missing, each with a value that the crate says."""
    said_elsewhere: dict[str, dict[str, Counter[str]]] = {}
    for error in situation.errors:
        said, at = MISSING.match(error.message), error.primary
        code = situation.code(at.path) if at and said and error.code == "E0063" else None
        node = innermost(code.node(at.start, at.end), "struct_expression") if at and code else None
        body = node.child_by_field_name("body") if node is not None else None
        if said is None or at is None or code is None or body is None or tested(at.path, node, code):
            continue
        fields = re.findall(r"`(\w+)`", said["names"])
        if not fields or len(fields) > MANY or "other field" in said["names"]:
            continue
        kind = bare(said["type"])
        if kind not in said_elsewhere:
            said_elsewhere[kind] = _elsewhere(kind, situation)
        scope = _scope(node, code)
        ways = [list(_values(field, said_elsewhere[kind].get(field, Counter()), scope)) for field in fields]
        for way in range(max(map(len, ways)) if all(ways) else 0):
            chosen = [found[min(way, len(found) - 1)] for found in ways]
            edit = field_added(body, ", ".join(chosen), code)
            reason = f"the crate says what is missing here: {', '.join(f'`{one}`' for one in chosen)}"
            yield situation.hypothesis(
                error, reason, {at.path: [edit]}, Cost.SMALL, "that the value is the one that was meant is a guess"
            )


def _values(field: str, elsewhere: Counter[str], scope: set[str]) -> Iterator[str]:
    """Yield fields with their values."""
    others = [
        one for one, _ in elsewhere.most_common() if set(re.findall(r"\b[a-z_]\w*\b(?!\s*[(!:])", one)) <= scope | FREE
    ]
    yield from (f"{field}: {value}" for value in others[:MOST] if value != field)


def _elsewhere(kind: str, situation: Situation) -> dict[str, Counter[str]]:
    """Return what the crate's struct expressions of a type say of its fields; a marker's value from its declaration."""
    found: dict[str, Counter[str]] = {}
    for _, code in situation.sources():
        if kind.encode() not in code.source:
            continue
        for node in under(code.root, "struct_expression"):
            if _named(node, code) == kind:
                for one in node.child_by_field_name("body").named_children:
                    value = one.child_by_field_name("value") if one.type == "field_initializer" else None
                    if value is not None and value.end_byte - value.start_byte <= LONGEST:
                        name = code.text(one.child_by_field_name("field"))
                        found.setdefault(name, Counter())[code.text(value)] += 1
    for path, node in declarations(situation.sources()).get(kind, ()):
        other = situation.code(path)
        for one in under(node, "field_declaration") if other is not None else ():
            if other is not None and re.match(r"(?:\w+::)*PhantomData\b", other.text(one.child_by_field_name("type"))):
                written = other.text(one.child_by_field_name("type")).partition("<")[0]
                found.setdefault(other.text(one.child_by_field_name("name")), Counter())[written] += 1
    return found


def _named(node: Any, code: Statements) -> str:
    """Return the type of a struct expression; `Self` is that of the impl around it."""
    name = bare(code.text(node.child_by_field_name("name")))
    impl = innermost(node, "impl_item") if name == "Self" else None
    return bare(code.text(impl.child_by_field_name("type"))) if impl is not None else name


def _scope(node: Any, code: Statements) -> set[str]:
    """Return the names that parameters, variables and patterns bind before an expression, in its function."""
    names: set[str] = set()
    for one in under(innermost(node, "function_item"), *BINDING):
        if one.start_byte < node.start_byte and not (one.type == "let_declaration" and one.end_byte > node.end_byte):
            pattern = one.child_by_field_name("pattern")
            names |= {code.text(name) for name in under(one if pattern is None else pattern, *NAMES)}
    return names
