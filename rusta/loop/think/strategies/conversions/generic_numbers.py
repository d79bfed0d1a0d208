"""A number where a type parameter stands: `x as f64` of a `T` (E0605, E0606), `0` or `2.0` as a `T` (E0308, E0277, E0369).

`as` converts between primitive types alone, and a literal is a number of one type; generic code asks for the
conversion by a trait. A cast to `N` becomes `Into::<N>::into`, with `T: Into<N>`; 0 becomes `T::default()`, any other
literal `T::from` of the smallest type that holds it, which most number types take. A variable that was begun with a
literal and collects a `T` is begun with a `T`. Bounds of operators are `missing_bounds`'.

Not covered: `len() as T`, which no trait of std does without loss.
Source: the Book, ch. 10.2; the Reference, "Type cast expressions"; std, `From` and `Into`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import function_around
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.generics import bounded, bounds_of, declaring
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost, under

CAST = re.compile(r"^(?:non-primitive cast: |casting )`(?P<ref>&?)(?P<type>\w+)` as `(?P<to>[iuf](?:\d+|size))`")
COLLECTS = re.compile(r"^cannot \w+-?\w* `(?:&)?(?P<type>\w+)` (?:to|from|by) `\{(?:integer|float)\}`|"
                      r"^cannot \w+-assign `\{(?:integer|float)\}` by `&?(?P<by>\w+)`")  # fmt: skip
FOUND = re.compile(r"expected (?:type parameter )?`(?P<type>\w+)`, found (?:integer|floating-point number)|"
                   r"expected type parameter `(?P<told>\w+)`, found `\{(?:integer|float)\}`")  # fmt: skip
OPERATED = re.compile(r"^cannot \w+ `&?(?P<type>\w+)` (?:to|from|by) `\{(?:integer|float)\}`|"
                      r"^cannot \w+ `\{(?:integer|float)\}` (?:to|from|by) `&?(?P<by>\w+)`")  # fmt: skip
WORDS = ("expected this type parameter", "found this type parameter")
LITERALS = ("integer_literal", "float_literal")
SIGNS = {"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "%": "Rem"}


@dataclass
class _Changes:
    """The edits of a file, and the bounds that each item's parameters need."""

    edits: dict[str, list[Rewrite]]
    bounds: dict[tuple[str, int], tuple[Any, dict[str, list[str]]]]

    def ask(self, path: str, item: Any, at: Any, kind: str, trait: str, code: Statements) -> None:
        """Ask for a bound, unless it is there: of the one method that needs it, where others may do without."""
        plain = re.sub(r"\s", "", bounds_of(item, kind, code))
        if item.type == "impl_item" and item.child_by_field_name("trait") is None:
            item = innermost(at, "function_item") or item
            plain += re.sub(r"\s", "", bounds_of(item, kind, code))
        wanted = self.bounds.setdefault((path, item.id), (item, {}))[1].setdefault(kind, [])
        if trait not in wanted and not re.search(rf"\b{re.escape(trait)}(?!\w)", plain):
            wanted.append(trait)

    def edit(self, path: str, edit: Rewrite) -> None:
        """Make an edit, once."""
        if edit not in self.edits.setdefault(path, []):
            self.edits[path].append(edit)


def generic_numbers(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all casts from type parameters, and all literals in their place, as conversions by traits."""
    changes, first, kinds = _Changes({}, {}), None, []
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code in ("E0605", "E0606", "E0308", "E0277", "E0369") else None
        if at is None or code is None or tested(at.path, node := code.node(at.start, at.end), code):
            continue
        kind = _cast(at.path, node, error, code, changes) or _literal(at.path, node, error, code, changes)
        if kind:
            first = first or error
            kinds.append(kind)
    if first is None:
        return
    for (path, _), (item, bounds) in changes.bounds.items():
        if (code := situation.code(path)) and (wanted := {kind: traits for kind, traits in bounds.items() if traits}):
            changes.edits.setdefault(path, []).extend(bounded(item, wanted, code))
    told = ", ".join(f"`{kind}`" for kind in dict.fromkeys(kinds))
    reason = f"{told} can be any type, so a number becomes one, or is made of one, by a trait that it has to have"
    trade = "it can be used with fewer types from now on"
    yield situation.hypothesis(first, reason, changes.edits, Cost.INTERFACE, trade)


def _cast(path: str, node: Any, error: Diagnostic, code: Statements, changes: _Changes) -> str:
    """Make a cast from a type parameter a conversion; return the parameter, "" for other errors."""
    said = CAST.match(error.message)
    cast = innermost(node, "type_cast_expression")
    found = declaring(cast, said["type"], code) if said and cast is not None else None
    if said is None or found is None:
        return ""
    value = cast.child_by_field_name("value")
    while value.type == "parenthesized_expression" and value.named_children:
        value = value.named_children[0]
    text = code.text(value)
    if said["ref"]:
        text = f"*{text}"
    if text.startswith("*") or value.type in ("field_expression", "index_expression"):
        changes.ask(path, found[0], cast, said["type"], "Copy", code)
    changes.ask(path, found[0], cast, said["type"], f"Into<{said['to']}>", code)
    changes.edit(path, instead(cast, f"Into::<{said['to']}>::into({text})"))
    return said["type"]


def _literal(path: str, node: Any, error: Diagnostic, code: Statements, changes: _Changes) -> str:
    """Make a literal a value of the type parameter that is meant; return the parameter, "" for other errors."""
    kind = _meant(error, code)
    literal = _origin(node, kind, code) if kind else None
    found = declaring(literal, kind, code) if literal is not None else None
    if literal is None or found is None:
        return ""
    made = _made(code.text(literal), kind)
    if made is None:
        return ""
    text, trait = made
    changes.ask(path, found[0], literal, kind, trait, code)
    changes.edit(path, instead(literal, text))
    around = literal.parent
    sign = around.child_by_field_name("operator") if around.type == "binary_expression" else None
    operator = SIGNS.get(code.text(sign)) if error.code == "E0369" and sign is not None else None
    if operator and not re.search(rf"\b{operator}\b", bounds_of(found[0], kind, code)):
        changes.ask(path, found[0], literal, kind, f"std::ops::{operator}<Output = {kind}>", code)
    return kind


def _meant(error: Diagnostic, code: Statements) -> str:
    """Return the type parameter that a number stands for."""
    for text in (error.message, (error.primary.label if error.primary else "") or "", *_told(error)):
        for pattern in (COLLECTS, OPERATED, FOUND):
            if said := pattern.search(text):
                return next(one for one in said.groups() if one)
    if error.code == "E0308" and error.primary and "found " in (error.primary.label or ""):
        shown = (error.primary.label or "").rpartition("found ")[2]
        if shown in ("integer", "floating-point number"):
            for span in error.spans:
                if span.label in WORDS and span.path == error.primary.path:
                    return code.source[span.start : span.end].decode("utf-8", "replace")
    return ""


def _told(error: Diagnostic) -> list[str]:
    return [" ".join(child.message.split()) for child in error.children]


def _origin(node: Any, kind: str, code: Statements) -> Any:
    """Return the literal that an expression is, has as an operand, or, as a variable, was begun with."""
    if node.type in LITERALS or (node.type == "unary_expression" and node.named_children[0].type in LITERALS):
        return node
    operation = innermost(node, "binary_expression", "compound_assignment_expr")
    if operation is not None and node.type != "identifier":
        sides = [operation.child_by_field_name(name) for name in ("left", "right")]
        plain = [one for one in sides if one is not None and one.type in LITERALS]
        if plain:
            return plain[0]
        node = sides[0] if operation.type == "compound_assignment_expr" else node
    if node is None or node.type != "identifier":
        return None
    found = None
    for let in under(function_around(node), "let_declaration"):
        pattern, value = let.child_by_field_name("pattern"), let.child_by_field_name("value")
        if let.end_byte <= node.start_byte and code.text(pattern) == code.text(node):
            found = value if value is not None and value.type in LITERALS else None
    return found


def _made(literal: str, kind: str) -> tuple[str, str] | None:
    """Return how a literal is made a `kind`, and the bound that this needs."""
    plain = re.fullmatch(r"(-?[\d_]+)(?:[iu](?:\d+|size))?", literal)
    real = re.fullmatch(r"(-?[\d_]+\.[\d_]*)(?:_?f(?:32|64))?", literal)
    if (plain and int(plain[1]) == 0) or (real and float(real[1]) == 0):
        return f"{kind}::default()", "Default"
    if plain:
        small = next(
            (one for one, most in (("u8", 255), ("u16", 65535), ("u32", 2**32 - 1)) if int(plain[1]) <= most), "u64"
        )
        small = small if int(plain[1]) > 0 else "i8" if int(plain[1]) >= -128 else "i32"
        return f"{kind}::from({plain[1]}{small})", f"From<{small}>"
    if real:
        return f"{kind}::from({real[1].rstrip('.')}{'' if not real[1].endswith('.') else '.0'}f32)", "From<f32>"
    return None
