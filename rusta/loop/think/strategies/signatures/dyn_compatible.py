"""A trait that is used as `dyn Trait`, and has a method or a supertrait that a table of functions cannot hold (E0038).

rustc names each offender ("...because method `m` ..."). Two changes of the trait are known:

- `where Self: Sized` on the method keeps it for known types and leaves it out of the table; nothing else changes. A
  supertrait `Sized` is not required, and a supertrait `Clone` is replaced by one that clones into a box.
- Where the method is called on a `dyn Trait`, its signature changes in the trait and in all impls: a future, an
  `impl Trait` or a `Self` that it returns is boxed, and `&mut impl Write` that it takes becomes `&mut dyn Write`.

Not covered: associated constants and generic associated types, `Self` as a type argument of a supertrait, and
closures that are taken by value, for which each caller would have to change.

Source: the Reference, Traits, Dyn compatibility (https://doc.rust-lang.org/reference/items/traits.html).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.diagnostics import Diagnostic, Span
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import FileEdits, innermost, nodes_below

BECAUSE = re.compile(r"^\.\.\.because (?:method|associated function) `(?P<name>[^`]+)`(?P<what>.*)")
METHODS = ("function_signature_item", "function_item")
PLACE = re.compile(r"^&(?P<lifetime>'\w+ )?(?P<mut>mut )?(?:impl )?(?P<bound>.+)$", re.DOTALL)


@dataclass(frozen=True)
class Offender:
    """What rustc says is in the way: a method of a trait, or a bound of the trait itself (`method` None)."""

    path: str
    trait: Any
    method: Any
    span: Span
    what: str


def dyn_compatible(situation: Situation) -> Iterator[Hypothesis]:
    """Yield changes of traits after which they can be used as `dyn Trait`, for all such traits at once."""
    found = {
        (one.path, one.span.start): (error, one)
        for error in situation.errors
        if error.code == "E0038"
        for one in _offenders(error, situation)
    }
    if not found:
        return
    error, offenders = next(iter(found.values()))[0], [one for _, one in found.values()]
    if (kept := _kept(offenders, situation)) is None:
        return
    names = " and ".join(dict.fromkeys(f"`{_named(one, situation)}`" for one in offenders))
    if edits := _merged([_sized(one, situation) for one in offenders if one.method is not None] + [kept]):
        reason = f"{names} asks for a known type, so that the trait can be used as `dyn` without it"
        if not any(one.method is not None for one in offenders):
            reason = f"{names} is no longer asked of a type, so that the trait can be used as `dyn`"
        yield situation.hypothesis(
            error, reason, edits, Cost.INTERFACE, "the method cannot be called where only the trait is known"
        )
    boxed = {id(one): _boxed(one, situation) for one in offenders if one.method is not None}
    if any(boxed.values()):
        rest = [boxed[id(one)] or _sized(one, situation) for one in offenders if one.method is not None]
        reason = f"{names} takes and gives back what a table of functions can hold: a box, or a reference to `dyn`"
        yield situation.hypothesis(error, reason, _merged([*rest, kept]), Cost.INTERFACE)


def _offenders(error: Diagnostic, situation: Situation) -> Iterator[Offender]:
    """Yield what an error names, with its nodes."""
    for span in (span for child in error.children for span in child.spans):
        code = situation.code(span.path) if (span.label or "").startswith("...because") else None
        node = code.node(span.start, span.end) if code else None
        trait = innermost(node, "trait_item")
        if trait is not None:
            said = BECAUSE.match(span.label or "")
            what = said["what"] if said else (span.label or "")
            yield Offender(span.path, trait, innermost(node, *METHODS) if said else None, span, what)


def _code(path: str, situation: Situation) -> Statements:
    code = situation.code(path)
    assert code is not None  # an offender's node is of that source
    return code


def _named(one: Offender, situation: Situation) -> str:
    code = _code(one.path, situation)
    if one.method is None:
        return code.text(code.node(one.span.start, one.span.end))
    return code.text(one.method.child_by_field_name("name"))


def _merged(all_edits: list[FileEdits]) -> FileEdits:
    merged: FileEdits = {}
    for edits in all_edits:
        for path, some in edits.items():
            merged.setdefault(path, []).extend(one for one in some if one not in merged[path])
    return merged


def _sized(one: Offender, situation: Situation) -> FileEdits:
    """Return the edit that adds `where Self: Sized` to a method of the trait."""
    code = _code(one.path, situation)
    where = next((child for child in one.method.children if child.type == "where_clause"), None)
    if where is not None:
        text = code.text(where).rstrip()
        return {one.path: [after(where, " Self: Sized" if text.endswith(",") else ", Self: Sized")]}
    body = one.method.child_by_field_name("body")
    line = code.source[code.source.rfind(b"\n", 0, one.method.start_byte) + 1 : one.method.start_byte].decode()
    indent = line if not line.strip() else ""
    clause = f"\n{indent}where\n{indent}    Self: Sized" if not line.strip() else " where Self: Sized"
    if body is None:
        end = one.method.end_byte - (1 if code.text(one.method).endswith(";") else 0)
        return {one.path: [Rewrite(end, end, clause)]}
    gap = f"\n{indent}" if indent else " "
    return {one.path: [Rewrite(body.prev_sibling.end_byte, body.start_byte, clause + gap)]}


def _kept(offenders: list[Offender], situation: Situation) -> FileEdits | None:
    """Return the edits of the traits' own bounds; None where one of them is none that is known."""
    edits: FileEdits = {}
    for one in (one for one in offenders if one.method is None):
        code = _code(one.path, situation)
        bound = code.text(code.node(one.span.start, one.span.end))
        name = code.text(one.trait.child_by_field_name("name"))
        bounds = one.trait.child_by_field_name("bounds")
        generic = one.trait.child_by_field_name("type_parameters") is not None
        if bounds is None or bound not in ("Sized", "Clone") or (bound == "Clone" and generic):
            return None
        others = [code.text(child) for child in bounds.named_children if code.text(child) != bound]
        rewrites = edits.setdefault(one.path, [])
        if bound == "Clone":
            others.insert(0, f"{name}Clone")
            public = "pub " if any(child.type == "visibility_modifier" for child in one.trait.children) else ""
            rewrites.append(after(one.trait, CLONE.format(name=name, public=public)))
        start = bounds.start_byte
        rewrites.append(Rewrite(start, bounds.end_byte, f": {' + '.join(others)}" if others else ""))
    return edits


CLONE = """

/// Clones what is known as `dyn {name}` only; every `{name}` that is `Clone` has it.
{public}trait {name}Clone {{
    fn boxed(&self) -> Box<dyn {name}>;
}}

impl<T: {name} + Clone + 'static> {name}Clone for T {{
    fn boxed(&self) -> Box<dyn {name}> {{
        Box::new(self.clone())
    }}
}}

impl Clone for Box<dyn {name}> {{
    fn clone(&self) -> Self {{
        (**self).boxed()
    }}
}}"""


def _boxed(one: Offender, situation: Situation) -> FileEdits:
    """Return the edits of a method, in the trait and in all impls, that box what it returns; {} where none is known."""
    code = _code(one.path, situation)
    trait = code.text(one.trait.child_by_field_name("name"))
    name = code.text(one.method.child_by_field_name("name"))
    spawned = any(b"spawn(" in other.source for _, other in situation.sources())
    edits: FileEdits = {}
    for path, other in situation.sources():
        for method in _methods(other, trait, name):
            some = _signature(method, other, trait, one.what, spawned)
            if some is None:
                return {}
            edits.setdefault(path, []).extend(some)
    return edits


def _methods(code: Statements, trait: str, name: str) -> Iterator[Any]:
    """Yield the method `name` in the trait and in each of its impls."""
    todo = [code.root]
    while todo:
        node = todo.pop()
        if node.type in ("trait_item", "impl_item"):
            whose = node.child_by_field_name("name" if node.type == "trait_item" else "trait")
            body = node.child_by_field_name("body")
            if whose is not None and body is not None and re.split(r"::|<", code.text(whose))[-1].strip(">") == trait:
                for child in body.named_children:
                    if child.type in METHODS and code.text(child.child_by_field_name("name")) == name:
                        yield child
        elif node.type in ("source_file", "mod_item", "declaration_list", "block", "function_item"):
            todo += node.named_children


def _signature(method: Any, code: Statements, trait: str, what: str, spawned: bool) -> list[Rewrite] | None:
    """Return the edits of one method for what rustc says of it; None where no change is known."""
    gives, body = method.child_by_field_name("return_type"), method.child_by_field_name("body")
    if "is `async`" in what:
        return _future(method, code, "Send + " if spawned else "")
    if "`impl Trait` type in its return type" in what and gives is not None:
        text = code.text(gives)
        if not text.startswith("impl "):
            return [] if text.startswith("Box<") else None
        kept = re.sub(r"\+ use<[^>]*>", "", text.removeprefix("impl ")).strip()
        borrowed = (
            ""
            if re.search(r"\+\s*'", kept) or "&" not in code.text(method.child_by_field_name("parameters"))
            else " + '_"
        )
        return [instead(gives, f"Box<dyn {kept}{borrowed}>"), *_wrapped(body, code)]
    if "`Self` type in its return type" in what and gives is not None:
        owner = method.parent.parent
        whose = owner.child_by_field_name("type") if owner.type == "impl_item" else None
        if code.text(gives) != "Self" and (whose is None or code.text(gives) != code.text(whose)):
            return None
        return [instead(gives, f"Box<dyn {trait}>"), *_wrapped(body, code)]
    if "generic type parameters" in what:
        return _referenced(method, code)
    return None


def _future(method: Any, code: Statements, send: str) -> list[Rewrite] | None:
    """Return the edits that make an `async fn` one that returns a boxed future."""
    modifiers = next((child for child in method.children if child.type == "function_modifiers"), None)
    takes, gives, body = (method.child_by_field_name(one) for one in ("parameters", "return_type", "body"))
    if modifiers is None or "async" not in code.text(modifiers).split():
        return [] if modifiers is None else None
    generics = method.child_by_field_name("type_parameters")
    references = [
        node
        for node in nodes_below(takes)
        if node.type in ("reference_type", "self_parameter") and "&" in code.text(node)
    ]
    if generics is not None or any("'" in code.text(node) for node in references):
        return None
    life, rewrites = "'_", [Rewrite(modifiers.start_byte, method.child_by_field_name("name").start_byte - 3, "")]
    output = code.text(gives) if gives is not None else "()"
    if len(references) > 1:
        life = "'a"
        rewrites += [Rewrite(node.start_byte, node.start_byte + 1, "&'a ") for node in references]
        rewrites.append(after(method.child_by_field_name("name"), "<'a>"))
        output = re.sub(r"&(?!')", "&'a ", output)
    bound = f" + {send}{life}" if references else f" + {send.removesuffix(' + ')}" if send else ""
    boxed = f"std::pin::Pin<Box<dyn std::future::Future<Output = {output}>{bound}>>"
    rewrites.append(instead(gives, boxed) if gives is not None else after(takes, f" -> {boxed}"))
    if body is not None:
        rewrites += [Rewrite(body.start_byte, body.start_byte, "{ Box::pin(async move "), after(body, ") }")]
    return rewrites


def _referenced(method: Any, code: Statements) -> list[Rewrite] | None:
    """Return the edits by which `&mut impl T`, or `&mut W` with `W: T`, is taken as `&mut dyn T`."""
    generics = method.child_by_field_name("type_parameters")
    bounds: dict[str, str] = {}
    for child in generics.named_children if generics is not None else []:
        named, bound = child.child_by_field_name("name"), child.child_by_field_name("bounds")
        if child.type != "type_parameter" or named is None or bound is None:
            return None
        bounds[code.text(named)] = code.text(bound).removeprefix(":").replace("?Sized", "").strip(" +")
    rewrites = [] if generics is None else [instead(generics, "")]
    for taken in method.child_by_field_name("parameters").named_children:
        of = taken.child_by_field_name("type")
        said = PLACE.match(code.text(of)) if of is not None and of.type == "reference_type" else None
        plain = re.sub(r"^&('\w+ )?(mut )?", "", code.text(of)) if of is not None else ""
        if said and (plain.startswith("impl ") or plain in bounds):
            bound = bounds.pop(plain, plain.removeprefix("impl "))
            bound = f"({bound})" if "+" in bound else bound
            rewrites.append(instead(of, f"&{said['lifetime'] or ''}{said['mut'] or ''}dyn {bound}"))
        elif "impl " in plain:
            return None
    body = method.child_by_field_name("body")
    return rewrites if not bounds and (body is None or not _mentions(body, bounds, code)) else None


def _mentions(body: Any, names: dict[str, str], code: Statements) -> bool:
    return any(node.type == "type_identifier" and code.text(node) in names for node in nodes_below(body))


def _wrapped(body: Any, code: Statements) -> list[Rewrite]:
    """Return the edits that put what a function gives back into a box: its last expression and every `return`."""
    found, todo = [], [] if body is None else [body]
    while todo:
        node = todo.pop()
        if node.type == "return_expression" and node.named_children:
            found.append(node.named_children[0])
        if node.type not in ("closure_expression", "function_item", "async_block", "token_tree"):
            todo += node.named_children
    last = body.named_children[-1] if body is not None and body.named_children else None
    ended = last is not None and last.type == "expression_statement" and code.text(last).endswith(";")
    if last is not None and not ended and last.type not in ("let_declaration", "line_comment", "block_comment"):
        found.append(last)
    return [one for node in found for one in (Rewrite(node.start_byte, node.start_byte, "Box::new("), after(node, ")"))]
