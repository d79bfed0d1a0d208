"""What a function gives back borrows from something that its signature does not say.

- `impl Trait` of an edition before 2024 captures type parameters only (E0700): the lifetimes of what is captured are
  listed in `use<..>`. Where that is more than one elided lifetime, or where one is not `&self`'s, they get a name.
  Closures and `async` blocks that use parameters take them with `move`. Where `use<..>` is of no help, `+ 'a` is tried.
- "Lifetime may not live long enough": where rustc names a bound (`'b: 'a`) it is written; where data of `&self` is
  given back as data of the type's lifetime `'b`, the `'b` goes.

All functions of one kind change at once. Not covered: signatures that a trait of another crate gives.

Source: the Reference, Impl trait, Capturing (https://doc.rust-lang.org/reference/types/impl-trait.html), RFC 3617
(precise capturing).
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import FileEdits, innermost, nodes_below

BOUND = re.compile(r"adding the following bound: `(?P<longer>'\w+): (?P<shorter>'\w+)`")
RETURNED = re.compile(
    r"supposed to return data with lifetime `(?P<said>'[a-z]\w*)` but it is returning data with lifetime `'\d+`"
)
FUNCTIONS = ("function_item", "function_signature_item")
LIFETIME = re.compile(r"'(?!static\b|_\b)[a-z]\w*\b(?!')")
NAMES = ("'a", "'s", "'r", "'t", "'u", "'v", "'w")


def captures(situation: Situation) -> Iterator[Hypothesis]:
    """Yield changes of signatures that say what is borrowed."""
    hidden = [error for error in situation.errors if error.code == "E0700"]
    if hidden:
        reason = "the signature says which borrowed values the `impl Trait` keeps, and its closures own what they use"
        seen: list[FileEdits] = []
        for whole, outlives in ((False, False), (True, False), (True, True)):
            if (edits := _captured(hidden, situation, whole, outlives)) and edits not in seen:
                seen.append(edits)
                yield situation.hypothesis(hidden[0], reason, edits, Cost.INTERFACE)
    short = [error for error in situation.errors if error.message.startswith("lifetime may not live long enough")]
    if edits := _bounds(short, situation):
        yield situation.hypothesis(
            short[0], "the signature says which lifetime is the longer one", edits, Cost.INTERFACE
        )
    if edits := _given(short, situation):
        reason = "what is given back is borrowed from `self`, and not from what the type borrows"
        yield situation.hypothesis(short[0], reason, edits, Cost.INTERFACE)


def _captured(errors: list[Diagnostic], situation: Situation, whole: bool, outlives: bool) -> FileEdits:
    """Return the edits of all functions with an `impl Trait` that captures a lifetime it does not name.

    `whole`: what the whole body uses is captured, and not only what the last expression uses.
    """
    edits: FileEdits = {}
    done: set[tuple[str, int]] = set()
    for error in errors:
        place = error.primary
        code = situation.code(place.path) if place else None
        function = innermost(code.node(place.start, place.end), *FUNCTIONS) if code and place else None
        if place is None or code is None or function is None or (place.path, function.start_byte) in done:
            continue
        done.add((place.path, function.start_byte))
        opaque = next(
            (at for at in nodes_below(function.child_by_field_name("return_type")) if at.type == "abstract_type"), None
        )
        if opaque is not None:
            edits.setdefault(place.path, []).extend(_named(function, opaque, code, whole, outlives))
    return edits


def _named(function: Any, opaque: Any, code: Statements, whole: bool, outlives: bool) -> list[Rewrite]:
    """Return the edits of one function: names for lifetimes, the captures, `move`."""
    body = function.child_by_field_name("body")
    last = body.named_children[-1] if body.named_children else body
    used = set(re.findall(r"\b[a-z_]\w*", code.text(body if whole or last.type == "identifier" else last)))
    elided: list[tuple[Any, bool]] = []  # what has a lifetime without a name, and whether the body uses it
    for one in function.child_by_field_name("parameters").named_children:
        name = one.child_by_field_name("pattern")
        words = (
            {"self"} if one.type == "self_parameter" else set(re.findall(r"\w+", code.text(name))) if name else set()
        )
        places = [
            at for at in nodes_below(one) if at.type in ("reference_type", "self_parameter") and _is_elided(at, code)
        ]
        places += [at for at in nodes_below(one) if at.type == "lifetime" and code.text(at) == "'_"]
        elided += [(at, bool(words & used)) for at in places]
    kept = [at for at, captured in elided if captured]
    generics = _generics(function, code)
    known = set(LIFETIME.findall(code.text(function) + " " + " ".join(generics)))
    first_is_self = bool(elided) and elided[0][0].type == "self_parameter"
    rewrites: list[Rewrite] = []
    if not kept:
        life = ""
    elif len(kept) == 1 and (len(elided) == 1 or (first_is_self and kept[0] == elided[0][0])):
        life = "'_"
    else:
        life = next(one for one in NAMES if one not in known)
        rewrites += [_with_lifetime(at, code, life) for at in kept]
        own = function.child_by_field_name("type_parameters")
        if own is not None:
            rewrites.append(Rewrite(own.start_byte + 1, own.start_byte + 1, f"{life}, "))
        else:
            rewrites.append(after(function.child_by_field_name("name"), f"<{life}>"))
    inside = opaque.parent if opaque.parent.type == "bounded_type" else opaque
    said = code.text(inside)
    if outlives:
        lives = [life] if life else [one for one in generics if one.startswith("'")][:1]
        bound = "".join(f" + {one}" for one in lives)
    else:
        bound = f" + use<{', '.join([*([life] if life else []), *generics])}>"
    if inside.type == "bounded_type" and (listed := re.search(r"\s*\+\s*use<[^>]*>", said)):
        start = inside.start_byte + len(said[: listed.start()].encode())
        rewrites.append(Rewrite(start, start + len(listed[0].encode()), bound))
    else:
        rewrites.append(after(inside, bound))
    return rewrites + _moved(function, body, code)


def _is_elided(node: Any, code: Statements) -> bool:
    text = code.text(node)
    return text.startswith("&") and not re.match(r"&\s*'", text)


def _with_lifetime(node: Any, code: Statements, life: str) -> Rewrite:
    return (
        instead(node, life) if node.type == "lifetime" else Rewrite(node.start_byte, node.start_byte + 1, f"&{life} ")
    )


def _generics(function: Any, code: Statements) -> list[str]:
    """Return the names of lifetimes, then of types and constants, that are in scope in a signature."""
    names: list[str] = []
    node = function
    while node is not None:
        own = (
            node.child_by_field_name("type_parameters")
            if node.type in ("function_item", "impl_item", "trait_item")
            else None
        )
        if own is not None:
            for child in own.named_children:
                named = next(
                    (at for at in nodes_below(child) if at.type in ("lifetime", "type_identifier", "identifier")), None
                )
                if named is not None and child.type.endswith("parameter"):
                    names.append(code.text(named))
        node = node.parent
    return sorted(names, key=lambda name: not name.startswith("'"))


def _moved(function: Any, body: Any, code: Statements) -> list[Rewrite]:
    """Return the edits that add `move` to closures and `async` blocks that use parameters or locals of the function."""
    locals_ = {
        code.text(at)
        for one in nodes_below(function)
        if one.type in ("parameter", "let_declaration") and (pattern := one.child_by_field_name("pattern")) is not None
        if innermost(one, *FUNCTIONS) == function and not _in_closure(one, function)
        for at in nodes_below(pattern)
        if at.type == "identifier"
    }
    rewrites: list[Rewrite] = []
    todo = [body]
    while todo:
        node = todo.pop()
        if node.type in ("closure_expression", "async_block"):
            taken = node.child_by_field_name("parameters") if node.type == "closure_expression" else None
            own = {code.text(at) for at in nodes_below(taken)} if taken is not None else set()
            words = {code.text(at) for at in nodes_below(node) if at.type in ("identifier", "self")} - own
            if "move" not in [child.type for child in node.children] and words & (locals_ | {"self"}):
                at = node.start_byte + (5 if node.type == "async_block" else 0)
                rewrites.append(Rewrite(at, at, " move" if node.type == "async_block" else "move "))
            call = node.parent.parent if node.parent is not None and node.parent.type == "arguments" else None
            if call is not None and code.text(call.child_by_field_name("function")).endswith("flat_map"):
                locals_ |= own  # a closure in it outlives its call
                todo += node.named_children
        else:
            todo += node.named_children
    return rewrites


def _in_closure(node: Any, function: Any) -> bool:
    while node is not None and node != function:
        if node.type == "closure_expression":
            return True
        node = node.parent
    return False


def _bounds(errors: list[Diagnostic], situation: Situation) -> FileEdits:
    """Return the edits that write the bounds between lifetimes that rustc names."""
    edits: FileEdits = {}
    done: set[tuple[object, ...]] = set()
    for error in errors:
        place = error.primary
        code = situation.code(place.path) if place else None
        function = innermost(code.node(place.start, place.end), *FUNCTIONS) if code and place else None
        for child in error.children:
            said = BOUND.search(child.message)
            if not said or place is None or code is None or function is None:
                continue
            key = (place.path, function.start_byte, said["longer"], said["shorter"])
            if key not in done:
                done.add(key)
                edits.setdefault(place.path, []).append(_bound(function, said["longer"], said["shorter"], code))
    return edits


def _bound(function: Any, longer: str, shorter: str, code: Statements) -> Rewrite:
    own = function.child_by_field_name("type_parameters")
    for child in own.named_children if own is not None else ():
        if child.type == "lifetime_parameter" and code.text(child).split(":")[0].strip() == longer:
            return after(child, f" + {shorter}" if ":" in code.text(child) else f": {shorter}")
    where = next((child for child in function.children if child.type == "where_clause"), None)
    if where is not None:
        return after(where, f"{'' if code.text(where).rstrip().endswith(',') else ','} {longer}: {shorter}")
    last = function.child_by_field_name("return_type") or function.child_by_field_name("parameters")
    return after(last, f" where {longer}: {shorter}")


def _given(errors: list[Diagnostic], situation: Situation) -> FileEdits:
    """Return the edits that take a type's lifetime out of what a method gives back of `self`."""
    edits: FileEdits = {}
    for error in errors:
        place = error.primary
        code = situation.code(place.path) if place else None
        said = RETURNED.search(place.label or "") if place else None
        function = innermost(code.node(place.start, place.end), *FUNCTIONS) if code and place and said else None
        if place is None or code is None or said is None or function is None:
            continue
        for at in nodes_below(function.child_by_field_name("return_type")):
            if at.type == "lifetime" and code.text(at) == said["said"]:
                gap = 1 if code.source[at.end_byte : at.end_byte + 1] == b" " else 0
                new = (
                    Rewrite(at.start_byte, at.end_byte + gap, "")
                    if at.parent.type == "reference_type"
                    else instead(at, "'_")
                )
                if new not in edits.setdefault(place.path, []):
                    edits[place.path].append(new)
    return edits
