"""What is private to a module and used from another one (E0603, E0616, E0624, E0451, E0423, E0532).

rustc points at the declaration, or names the type and its fields. Everything that is missing becomes visible at once,
as narrowly as suffices: `pub(crate)` where the use is in the same crate, `pub` where it is in a test, an example, a
binary beside the library, or in another member of the workspace. A field that has a getter is read by it first, as
rustc suggests. A tuple struct can be made by name only where all of its fields are visible.

Not covered: items that a macro declares, private traits of other crates. An import through the public re-export is a
suggestion of rustc's own. Source: the Reference, "Visibility and privacy"; the Book, ch. 7.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare, declarations, tested
from rusta.tools.diagnostics import Diagnostic, Suggestion
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost, under

PRIVATE = {"E0603", "E0446", "E0616", "E0624", "E0451", "E0423", "E0532"}
FIELD = re.compile(
    r"^fields? (?P<names>`.+`(?:, `\w+`| and `\w+`){0,40}) of (?:struct|union|variant) `(?P<type>[^`]+)`"
)
TYPE = re.compile(r"^(?:private )?type `(?P<type>[\w:]+)` (?:is private|in public interface)")
HIDDEN_FIELDS = "contains private fields"
DEFINED = re.compile(r"is defined here|private (?:method|associated function|associated constant) defined here")
GETTER = re.compile(r"a method `\w+` also exists")
ITEMS = (
    "function_item", "function_signature_item", "struct_item", "enum_item", "union_item", "trait_item", "mod_item",
    "const_item", "static_item", "type_item", "use_declaration", "field_declaration", "macro_definition",
)  # fmt: skip
BINARY = re.compile(r"(^|/)src/(?:main\.rs|bin/)|(^|/)build\.rs$")


@dataclass(frozen=True)
class Hidden:
    """A declaration that is not visible where an error is."""

    error: Diagnostic
    path: str
    node: Any
    name: str
    getter: Suggestion | None


def made_visible(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the visibility of all that is private and used elsewhere; first with the getters that there are."""
    errors = [one for one in situation.errors if one.primary and (one.code in PRIVATE or TYPE.match(one.message))]
    if not errors:
        return
    types = declarations(situation.sources())
    hidden = [one for error in errors for one in _hidden(error, types, situation)]
    getters = any(one.getter for one in hidden)
    for with_getters in (True, False) if getters else (False,):
        wide: dict[tuple[str, int], tuple[Hidden, str]] = {}
        rewrites: dict[str, list[Rewrite]] = {}
        for one in hidden:
            if with_getters and one.getter:
                for part in one.getter.parts:
                    edit = Rewrite(part.span.start, part.span.end, part.text)
                    if edit not in rewrites.setdefault(part.span.path, []):
                        rewrites[part.span.path].append(edit)
                continue
            at = one.error.primary
            word = "pub(crate)" if at and _same_crate(at.path, one.path, situation.files) else "pub"
            known = wide.get((one.path, one.node.start_byte))
            if known is None or word == "pub":
                wide[one.path, one.node.start_byte] = one, word
        for (path, _), (one, word) in wide.items():
            if code := situation.code(path):
                rewrites.setdefault(path, []).append(_shown(one.node, word, code))
        if rewrites:
            told = (
                ", ".join(dict.fromkeys(f"`{one.name}` is `{word}`" for one, word in wide.values())) or "by its getter"
            )
            reason = f"what another module uses has to be visible there: {told}"
            yield situation.hypothesis(hidden[0].error, reason, rewrites, Cost.INTERFACE)


def _hidden(error: Diagnostic, types: dict[str, list[tuple[str, Any]]], situation: Situation) -> Iterator[Hidden]:
    """Yield the declarations that an error is about."""
    getter = next((one for one in error.suggestions if GETTER.search(one.message)), None)
    spans = [*error.spans, *(span for child in error.children for span in child.spans if DEFINED.search(child.message))]
    defined = [span for span in spans if not span.primary and DEFINED.search(span.label or "")]
    defined += [span for child in error.children if DEFINED.search(child.message) for span in child.spans]
    for span in defined:
        code = situation.code(span.path)
        node = innermost(code.node(span.start, span.end), *ITEMS) if code else None
        if code and node is not None and not tested(span.path, node, code):
            named = node.child_by_field_name("name")
            yield Hidden(error, span.path, node, code.text(named) if named is not None else "the import", None)
    if unseen := TYPE.match(error.message):
        for path, node in types.get(bare(unseen["type"]), [])[:1]:
            yield Hidden(error, path, node, bare(unseen["type"]), None)
    said = FIELD.match(error.message)
    at = error.primary
    if said or HIDDEN_FIELDS in error.message or "tuple struct constructor" in error.message:
        code = situation.code(at.path) if at else None
        name = bare(said["type"]) if said else bare(code.text(code.node(at.start, at.end))) if code and at else ""
        places = types.get(name, [])
        if len(places) == 1:
            path, node = places[0]
            names = re.findall(r"`(\w+)`", said["names"]) if said else []
            yield from _fields(error, path, node, names, getter, situation)


def _fields(
    error: Diagnostic, path: str, node: Any, names: list[str], getter: Suggestion | None, situation: Situation
) -> Iterator[Hidden]:
    """Yield the fields of a struct with these names, or all of a tuple struct."""
    code, body = situation.code(path), node.child_by_field_name("body")
    if code is None or body is None:
        return
    if body.type == "ordered_field_declaration_list":
        fields = [
            one for one in body.named_children if one.type not in ("attribute_item", "visibility_modifier", *COMMENTS)
        ]
        for n, field in enumerate(fields):
            if not names or str(n) in names:
                yield Hidden(error, path, field, f"{code.text(node.child_by_field_name('name'))}.{n}", getter)
    else:
        for field in under(body, "field_declaration"):
            name = code.text(field.child_by_field_name("name"))
            if name in names:
                yield Hidden(error, path, field, name, getter)


COMMENTS = ("line_comment", "block_comment")


def _shown(node: Any, word: str, code: Statements) -> Rewrite:
    """Return the edit that gives a declaration this visibility."""
    own = next((one for one in node.children if one.type == "visibility_modifier"), None)
    before = node.prev_named_sibling
    if own is None and before is not None and before.type == "visibility_modifier":  # of a tuple struct's field
        own = before
    return instead(own, word) if own is not None else Rewrite(node.start_byte, node.start_byte, f"{word} ")


def _same_crate(user: str, declared: str, files: Sequence[str]) -> bool:
    """Return whether two files belong to the same crate: of one package, and no binary beside its library."""
    homes = [path.rpartition("src/")[0] if "src/" in path else None for path in (user, declared)]
    if homes[0] is None or homes[0] != homes[1]:
        return False
    return f"{homes[0]}src/lib.rs" not in files or bool(BINARY.search(user)) == bool(BINARY.search(declared))
