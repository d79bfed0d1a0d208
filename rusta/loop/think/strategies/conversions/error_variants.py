"""What an error type of the crate holds, and the `From` that puts another error into it.

Read from the declaration: a variant that holds exactly one type, or a struct that does. Nothing is decided here; see
`error_conversion`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rusta.tools.declared import derived, same_type
from rusta.tools.statements import Rewrite, Statements, after
from rusta.tools.syntax_walk import under

STANDARD_PATHS = {
    "ParseIntError": "std::num::ParseIntError",
    "ParseFloatError": "std::num::ParseFloatError",
    "TryFromIntError": "std::num::TryFromIntError",
    "ParseBoolError": "std::str::ParseBoolError",
    "Utf8Error": "std::str::Utf8Error",
    "FromUtf8Error": "std::string::FromUtf8Error",
    "ParseCharError": "std::char::ParseCharError",
    "CharTryFromError": "std::char::CharTryFromError",
    "AddrParseError": "std::net::AddrParseError",
    "SystemTimeError": "std::time::SystemTimeError",
    "VarError": "std::env::VarError",
}


@dataclass(frozen=True)
class Holder:
    """A variant, or a struct (`name` of the type, `variant` ""), that holds one value of the type `text`."""

    name: str
    variant: str
    field: str  # "" for `Variant(value)`
    text: str
    node: Any  # the field's type
    source: Any  # its attribute `#[source]`, or None
    boxed: bool = False

    def made(self, owner: str, value: str) -> str:
        """Return the expression that puts a value into it."""
        path = f"{owner}::{self.variant}" if self.variant else owner
        value = f"Box::new({value})" if self.boxed else value
        return f"{path} {{ {self.field}: {value} }}" if self.field else f"{path}({value})"

    def maker(self, owner: str) -> str:
        """Return what `map_err` is given."""
        path = f"{owner}::{self.variant}" if self.variant else owner
        return f"|error| {self.made(owner, 'error')}" if self.field or self.boxed else path


def held(node: Any, of: str, code: Statements) -> list[Holder]:
    """Return the variants of an enum, or the struct itself, that hold exactly one value of this type."""
    found = []
    name = code.text(node.child_by_field_name("name"))
    bodies = [(one, code.text(one.child_by_field_name("name"))) for one in under(node, "enum_variant")]
    for one, variant in bodies if node.type == "enum_item" else [(node, "")]:
        body = one.child_by_field_name("body")
        fields = [at for at in body.named_children if at.type not in ATTACHED] if body is not None else []
        if len(fields) != 1:
            continue
        kind = fields[0].child_by_field_name("type") if fields[0].type == "field_declaration" else fields[0]
        named = fields[0].child_by_field_name("name") if fields[0].type == "field_declaration" else None
        field = code.text(named) if named is not None else ""
        if kind is None or (field and variant and field not in ("source", "error", "cause", "inner")):
            continue
        written_as = code.text(kind)
        inner = re.fullmatch(r"Box<(.+)>", written_as)
        source = next((at for at in body.named_children if code.text(at) == "#[source]"), None)
        if same_type(written_as, of, code):
            found.append(Holder(variant or name, variant, field, written_as, kind, source))
        elif inner and same_type(inner[1], of, code):
            found.append(Holder(variant or name, variant, field, inner[1], kind, source, boxed=True))
    return found


ATTACHED = ("attribute_item", "line_comment", "block_comment", "visibility_modifier")


def thiserror(node: Any, code: Statements) -> bool:
    """Return whether a type derives `thiserror::Error`."""
    return "Error" in derived(node, code) and bool(re.search(rb"\bthiserror\b", code.source))


def converted(holder: Holder, node: Any, code: Statements) -> Rewrite:
    """Return the edit that makes a type convert from what one of its variants holds."""
    if thiserror(node, code) and not holder.boxed:
        if holder.source is not None:
            return Rewrite(holder.source.start_byte, holder.source.end_byte, "#[from]")
        at = holder.node.parent if holder.field else holder.node
        return Rewrite(at.start_byte, at.start_byte, "#[from] ")
    generics, name = node.child_by_field_name("type_parameters"), code.text(node.child_by_field_name("name"))
    said = code.text(generics) if generics is not None else ""
    names = ", ".join(
        one[0] for one in re.finditer(r"'\w+|\b[A-Z]\w*(?=\s*[:,>=])(?![^<>,]*:.{0,80}\+)", said)
    )  # bounds are not among the arguments
    owner = f"{name}<{names}>" if names else name
    made = holder.made("Self", "error")
    body = f"    fn from(error: {holder.text}) -> Self {{\n        {made}\n    }}"
    return written(f"impl{said} From<{holder.text}> for {owner} {{\n{body}\n}}", node, code)


def written(text: str, node: Any, code: Statements) -> Rewrite:
    """Return the edit that writes an item below another one, with its indentation."""
    line = code.source.rfind(b"\n", 0, node.start_byte) + 1
    indent = " " * (node.start_byte - line) if not code.source[line : node.start_byte].strip() else ""
    return after(node, "\n\n" + "\n".join(f"{indent}{row}" if row else "" for row in text.split("\n")))


def added(of: str, node: Any, code: Statements, read: Callable[[str], bytes | None]) -> Rewrite | None:
    """Return the edit that gives an enum of `thiserror` a transparent variant for an error, None for any other type."""
    path = STANDARD_PATHS.get(of, of)
    if node.type != "enum_item" or not thiserror(node, code) or not re.fullmatch(r"\w+(::\w+)+", path):
        return None
    parts = path.split("::")
    short = parts[-1].removesuffix("Error") or parts[-2]
    name = "".join(word[:1].upper() + word[1:] for word in short.split("_"))
    body = node.child_by_field_name("body")
    if re.search(rf"\b{name}\b", code.text(body)) or not body.named_children:
        return None
    last = body.named_children[-1]
    comma = code.source[last.end_byte : body.end_byte].lstrip().startswith(b",")
    line = code.source.rfind(b"\n", 0, last.start_byte) + 1
    indent = re.match(rb"\s*", code.source[line : last.start_byte])
    gap = "\n" + indent[0].decode() if indent else " "
    at = last.end_byte + (code.source[last.end_byte : body.end_byte].index(b",") + 1 if comma else 0)
    return Rewrite(at, at, f"{'' if comma else ','}{gap}#[error(transparent)]{gap}{name}(#[from] {path}),")
