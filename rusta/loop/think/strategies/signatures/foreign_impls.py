"""An `impl` for a type of another crate (E0116, E0117, E0118, E0390): only traits of one's own, or types of one's own.

Methods of a foreign type (`impl Vec<Stop> { … }`) become those of a trait of the crate that is implemented for it; who
calls them elsewhere imports the trait, as rustc says. A foreign trait for a foreign type (`impl Display for Vec<Stop>`)
is implemented for a new type that borrows such a value, as `std::path::Display` does; where the trait is asked of the
value itself (E0277, E0599), the value is wrapped.

Not covered: traits whose methods take `self` or `&mut self`, or that speak of `Self`; methods that are `const`.
Source: the Book, ch. 20.2 ("Using the Newtype Pattern"); the Reference, "Trait implementation coherence".
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import in_format, uses
from rusta.tools.declared import attributes_of, bare, reachable, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import FileEdits, innermost, opened, own_indent, under

LACKING = re.compile(r"^`&*(?:mut )?(?P<type>.+)` doesn't implement `(?:\w+::)*(?P<trait>\w+)`|"
                     r"^the trait bound `&*(?:mut )?(?P<of>.+): (?:\w+::)*(?P<bound>\w+)` is not satisfied")  # fmt: skip
UNMET = re.compile(r"^\s*`&*(?:mut )?(.+): (?:\w+::)*(\w+)`$", re.MULTILINE)
INHERENT = ("E0116", "E0118", "E0390")


def foreign_impls(situation: Situation) -> Iterator[Hypothesis]:
    """Yield a trait for each foreign type's methods, a new type for a foreign trait, and values that are put into it."""
    methods: FileEdits = {}
    first, names = None, []
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code in (*INHERENT, "E0117") else None
        impl = innermost(code.node(at.start, at.end), "impl_item") if at and code else None
        if at is None or code is None or impl is None or tested(at.path, impl, code):
            continue
        if error.code in INHERENT:
            if made := _trait(impl, code):
                first = first or error
                names.append(made[0])
                methods.setdefault(at.path, []).extend(made[1])
        elif wrapped := _wrapper(impl, code, len([path for path in situation.files if path.endswith(".rs")]) > 1):
            kind = code.text(impl.child_by_field_name("type"))
            reason = (
                f"neither the trait nor `{kind}` is this crate's, so `{wrapped[0]}`, which borrows one, has the trait"
            )
            trade = "who wants the trait of such a value has to wrap it"
            yield situation.hypothesis(error, reason, {at.path: wrapped[1]}, Cost.INTERFACE, trade)
    if first is not None:
        told = ", ".join(f"`{one}`" for one in names)
        reason = f"a type of another crate gets methods from a trait of this one: {told}"
        yield situation.hypothesis(first, reason, methods, Cost.INTERFACE, "callers elsewhere have to import the trait")
    yield from _wrapped(situation)


def _named(kind: str, ending: str) -> str:
    """Return a name for what is made of a type: `Vec<Stop>` and `Ext` are `VecStopExt`."""
    words = re.findall(r"[A-Za-z]\w*", re.sub(r"\b\w+::|'\w+|\b(?:mut|dyn)\b", "", kind))
    return "".join(word[:1].upper() + word[1:] for word in words)[:40] + ending


def _trait(impl: Any, code: Statements) -> tuple[str, list[Rewrite]] | None:
    """Return the name of the trait that an inherent impl becomes one of, and the edits."""
    kind, body = impl.child_by_field_name("type"), impl.child_by_field_name("body")
    functions = [one for one in body.named_children if one.type == "function_item"] if body is not None else []
    others = {"line_comment", "block_comment", "attribute_item", "function_item"}
    if not functions or any(one.type not in others for one in body.named_children):
        return None
    edits, rows, public = [], [], False
    for one in functions:
        seen = next((part for part in one.children if part.type == "visibility_modifier"), None)
        how = next((code.text(part) for part in one.children if part.type == "function_modifiers"), "")
        if "const" in how:
            return None
        if seen is not None:
            public = public or code.text(seen) == "pub"
            edits.append(Rewrite(seen.start_byte, seen.next_sibling.start_byte, ""))
        rows.append(f"{_signature(one, seen, code)};")
    name = _named(code.text(kind), "Ext")
    parameters = impl.child_by_field_name("type_parameters")
    given = [
        code.text(one.child_by_field_name("name") or one).split(":")[0]
        for one in (parameters.named_children if parameters is not None else ())
    ]
    used = [one for one in given if re.search(rf"{re.escape(one)}(?!\w)", " ".join(rows))]
    told = f"<{', '.join(used)}>" if used else ""
    indent = own_indent(code, impl)
    text = "".join(f"\n{indent}    {row}" for row in rows)
    above = attributes_of(impl)
    start = (above[0] if above else impl).start_byte
    head = f"{'pub ' if public else ''}trait {name}{told} {{{text}\n{indent}}}\n\n{indent}"
    edits += [Rewrite(start, start, head), Rewrite(kind.start_byte, kind.start_byte, f"{name}{told} for ")]
    return name, edits


def _signature(function: Any, seen: Any, code: Statements) -> str:
    """Return a function's signature as a trait declares it: without `pub`, and with plain names."""
    start = seen.next_sibling.start_byte if seen is not None else function.start_byte
    edits = []
    for one in function.child_by_field_name("parameters").named_children:
        for part in one.children:
            if part.type == "mutable_specifier" and not code.text(one).startswith("&"):
                edits.append(Rewrite(part.start_byte, part.next_sibling.start_byte, ""))
        pattern = one.child_by_field_name("pattern")
        if pattern is not None and pattern.type not in ("identifier", "self"):
            plain = re.fullmatch(r"mut\s+(\w+)", code.text(pattern))
            edits.append(instead(pattern, plain[1] if plain else "_"))
    end = function.child_by_field_name("body").start_byte
    text = code.source[start:end]
    for edit in sorted(edits, key=lambda edit: -edit.start):
        text = text[: edit.start - start] + edit.text.encode() + text[edit.end - start :]
    return text.decode("utf-8", "replace").rstrip()


def _wrapper(impl: Any, code: Statements, several: bool) -> tuple[str, list[Rewrite]] | None:
    """Return the name of the new type that borrows a foreign one, and the edits of a foreign trait's impl for it."""
    trait, kind, body = (impl.child_by_field_name(name) for name in ("trait", "type", "body"))
    if trait is None or body is None or impl.child_by_field_name("type_parameters") is not None:
        return None
    borrowed = kind.type == "reference_type"
    inner = kind.child_by_field_name("type") if borrowed else kind
    name = _named(code.text(inner), bare(code.text(trait)))
    edits = []
    for one in body.named_children:
        if one.type != "function_item":
            continue
        given = one.child_by_field_name("parameters")
        owner = given.named_children[0] if given.named_children else None
        block = one.child_by_field_name("body")
        if owner is None or code.text(owner) != "&self" or re.search(r"\bSelf\b", code.text(one)):
            return None
        if in_format(code, block, "self"):
            return None
        for used in uses(code, block, "self"):
            stars = used.parent.type == "unary_expression" and borrowed
            edits.append(instead(used.parent if stars else used, "self.0"))
    seen = "pub(crate) " if several else ""
    indent = own_indent(code, impl)
    above = attributes_of(impl)
    start = (above[0] if above else impl).start_byte
    head = f"{seen}struct {name}<'a>({seen}&'a {code.text(inner)});\n\n{indent}"
    return name, [Rewrite(start, start, head), instead(kind, f"{name}<'_>"), *edits]


def _wrapped(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all values that lack a trait which a type that borrows them has, put into it."""
    lacking = [(error, said) for error in situation.errors if (said := _lacks(error))]
    if not lacking:
        return
    rewrites: FileEdits = {}
    first, names = None, []
    wrappers = dict(_wrappers(situation))
    for error, (kind, trait) in lacking:
        at = error.primary
        found = wrappers.get((kind, trait))
        code = situation.code(at.path) if at else None
        if at is None or code is None or found is None or tested(at.path, code.node(at.start, at.end), code):
            continue
        where, name = found
        edit = _put(
            code.node(at.start, at.end),
            opened(code).node(at.start, at.end),
            reachable(name, where, at.path, code),
            code,
        )
        if edit is not None and edit not in rewrites.setdefault(at.path, []):
            rewrites[at.path].append(edit)
            first = first or error
            names.append(name)
    if first is not None:
        told = ", ".join(f"`{one}`" for one in dict.fromkeys(names))
        yield situation.hypothesis(first, f"what lacks the trait is lent to what has it: {told}", rewrites, Cost.NONE)


def _lacks(error: Diagnostic) -> tuple[str, str] | None:
    """Return a type without white space, and the trait that it lacks."""
    if error.code == "E0599":
        texts = [child.message for child in error.children if "trait bounds were not satisfied" in child.message]
        said = next((found for text in texts if (found := UNMET.search(text))), None)
    else:
        said = LACKING.match(error.message) if error.code == "E0277" else None
    named = [one for one in said.groups() if one] if said is not None else []
    return ("".join(named[0].split()), named[1]) if named else None


def _wrappers(situation: Situation) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Yield what types of the crate borrow alone, with a trait that they implement: where, and their names."""
    borrowing: dict[str, str] = {}
    for _, code in situation.sources():
        for one in under(code.root, "struct_item"):
            body = one.child_by_field_name("body")
            fields = [part for part in body.named_children if part.type == "reference_type"] if body is not None else []
            if body is not None and body.type == "ordered_field_declaration_list" and len(fields) == 1:
                inner = code.text(fields[0].child_by_field_name("type"))
                borrowing[code.text(one.child_by_field_name("name"))] = "".join(inner.split())
    for path, code in situation.sources() if borrowing else ():
        for impl in under(code.root, "impl_item"):
            trait, name = impl.child_by_field_name("trait"), bare(code.text(impl.child_by_field_name("type")))
            if trait is not None and name in borrowing:
                yield (borrowing[name], bare(code.text(trait))), (path, name)


def _put(token: Any, node: Any, name: str, code: Statements) -> Rewrite | None:
    """Return the edit that puts a value into the type that borrows it; `token` is what it is in a macro's arguments."""
    if node.type in ("string_literal", "string_content"):  # `{stops}` within a format
        tree = innermost(token, "token_tree")
        shown = re.findall(r"\{(\w+)(?::[^{}]*)?\}", code.text(node))
        if tree is None or len(set(shown)) != 1:
            return None
        return Rewrite(tree.end_byte - 1, tree.end_byte - 1, f", {shown[0]} = {name}(&{shown[0]})")
    if node.type == "field_identifier" and node.parent.parent.type == "call_expression":
        node = node.parent.child_by_field_name("value")
    if node.type == "token_tree" or node.type.endswith("_item"):
        return None
    said = code.text(node)
    return instead(node, f"{name}({said if said.startswith('&') else f'&{said}'})")
