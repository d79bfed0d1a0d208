"""A name of std means something else in a file, since an import or an alias took it.

The Reference, "Preludes" and "Name resolution": what a `use` binds, or a type alias of the crate, goes before the
prelude. After `use std::fmt::Result` a `Result<T, E>` has too many arguments (E0107); the module is imported instead, and
what meant the alias is written `fmt::Result`. Where the alias is the crate's own, or came by a glob, what meant std's is
written with its path. After `use std::io::Error`, `dyn Error` names a struct (E0404), and is written
`std::error::Error`. A variant `Error` beside an associated type of that name makes `Self::Error` ambiguous (a lint that
denies); the path then names the trait (RFC 2338).

Not covered: names that a macro writes, and shadowed functions.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.diagnostics import Diagnostic, Span
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost, under
from rusta.tools.use_trees import exchanged, imported_names, scope_of

ALIASES = {"std::fmt::Result": 0, "core::fmt::Result": 0, "std::io::Result": 1, "std::thread::Result": 1}
TAKES = re.compile(r"takes (?:at most )?(\d) generic arguments? but (\d) generic arguments? (?:was|were) supplied")
TRAITS = {"Error": "std::error::Error", "Write": "std::fmt::Write", "Read": "std::io::Read", "Display": "std::fmt::Display",
          "Debug": "std::fmt::Debug", "Hash": "std::hash::Hash", "Iterator": "std::iter::Iterator",
          "Default": "std::default::Default", "Clone": "std::clone::Clone", "From": "std::convert::From"}  # fmt: skip


def shadowed_names(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for each file in which a name of std is hidden, the paths that say which one is meant."""
    done: set[tuple[str | None, str]] = set()
    for error in situation.errors:
        span = next((one for one in error.spans if one.primary), None)
        code = situation.code(span.path) if span is not None else None
        if span is None or code is None or (error.code, span.path) in done:
            continue
        if error.code == "E0107" and "alias" in error.message:
            done.add((error.code, span.path))
            yield from _aliases(situation, error, span, code)
        elif error.code == "E0404":
            done.add((error.code, span.path))
            yield from _traits(situation, error, span, code)
        elif error.code == "ambiguous_associated_items":
            done.add((error.code, span.path))
            yield from _ambiguous(situation, error, span.path, code)


def _aliases(situation: Situation, error: Diagnostic, span: Span, code: Statements) -> Iterator[Hypothesis]:
    """Yield the alias written with its module, and std's `Result` with its path."""
    told = TAKES.search(error.message)
    at = code.node(span.start, span.end)
    if told is None or "alias" not in error.message or at is None or code.text(at) != "Result" or told[2] != "2":
        return
    scope = scope_of(at)
    whole = imported_names(code, scope).get("Result", "")
    if whole in ALIASES:
        module = whole.removesuffix("::Result")
        short = module.rpartition("::")[2]
        meant = [one for one in _named(code, scope, "Result") if _arguments(one) == ALIASES[whole]]
        bound = imported_names(code, scope).get(short)
        if bound in (None, module, module.replace("std::", "core::")):
            wanted = [module] if bound is None else []
            edits = [*exchanged(code, scope, {whole}, wanted), *(instead(one, f"{short}::Result") for one in meant)]
            reason = f"`Result` of `{module}` hid std's, so it is written `{short}::Result` where it is meant"
            yield situation.hypothesis(error, reason, {span.path: edits}, Cost.NONE)
    elif all(name != "Result" or path.startswith(("crate", "super", "self", "std"))
             for name, path in imported_names(code, scope).items()):  # fmt: skip
        said = [one for one in _named(code, scope, "Result") if _arguments(one) == 2]
        edits = [instead(one, "std::result::Result") for one in said]
        reason = "an alias is called `Result` here and std's is meant, so it is written `std::result::Result`"
        yield situation.hypothesis(error, reason, {span.path: edits}, Cost.NONE)


def _named(code: Statements, scope: Any, name: str) -> list[Any]:
    """Return the types of one name without a path in a scope, not those of modules inside it."""
    return [
        one for one in under(scope, "type_identifier")
        if code.text(one) == name and scope_of(one) == scope
        and one.parent.type not in ("scoped_type_identifier", "type_item", "use_declaration", "enum_item", "struct_item")
    ]  # fmt: skip


def _arguments(node: Any) -> int:
    """Return how many types a named type is given."""
    if node.parent.type != "generic_type":
        return 0
    given = node.parent.child_by_field_name("type_arguments")
    return len([one for one in given.named_children if one.type != "lifetime"]) if given is not None else 0


def _traits(situation: Situation, error: Diagnostic, span: Span, code: Statements) -> Iterator[Hypothesis]:
    """Yield the traits written with their path, where a type of the same name is in scope."""
    told = re.match(
        r"expected trait, found (?:struct|enum|type alias|derive macro|union) `(?:\w+::)*(\w+)`", error.message
    )
    at = code.node(span.start, span.end)
    if told is None or told[1] not in TRAITS or at is None or code.text(at) != told[1]:
        return
    path = TRAITS[told[1]]
    edits = [instead(one, path) for one in _named(code, scope_of(at), told[1]) if _is_trait(one)]
    reason = f"`{told[1]}` names a type here, so the trait is written `{path}`"
    yield situation.hypothesis(error, reason, {span.path: edits}, Cost.NONE)


def _is_trait(node: Any) -> bool:
    """Return whether a name stands where only a trait can."""
    if node.parent.type == "generic_type":
        node = node.parent
    above = node.parent
    if above.type == "impl_item":
        return above.child_by_field_name("trait") == node
    return above.type in ("dynamic_type", "abstract_type", "trait_bounds", "bounded_type")


def _ambiguous(situation: Situation, error: Diagnostic, path: str, code: Statements) -> Iterator[Hypothesis]:
    """Yield the associated types written with their trait, in every `impl` of a trait for a type with such a variant."""
    edits: list[Rewrite] = []
    for span in (one for each in situation.errors if each.code == error.code for one in each.spans if one.primary):
        at = code.node(span.start, span.end) if span.path == path else None
        item = innermost(at, "impl_item")
        trait = item.child_by_field_name("trait") if item is not None else None
        text = code.text(at) if at is not None else ""
        if trait is None or not text.startswith("Self::"):
            continue
        edits.append(instead(at, f"<Self as {code.text(trait)}>::{text.removeprefix('Self::')}"))
    if edits:
        reason = "a variant has the same name as the associated type, so the path says whose it is"
        yield situation.hypothesis(error, reason, {path: list(dict.fromkeys(edits))}, Cost.NONE)
