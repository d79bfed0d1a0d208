"""Branches that give back different closures or iterators, where one type is wanted (E0308): each is boxed.

Every closure has a type of its own, and so has every chain of iterator adapters; `impl Trait` is one type. The value
of each branch (of `if`, `match`, a list, and every `return`) goes into a `Box`, and the type around is
`Box<dyn Trait>`: that of the function, where it says `impl Trait`, or that of the `let`, whose arguments are inferred.

Not covered: values that flow together in a call or a field, and `impl Trait` with two traits that have methods.

Source: the Rust Book, Returning Closures (https://doc.rust-lang.org/book/ch20-04-advanced-functions-and-closures.html).
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import opened

CODES = {"E0308", "E0317"}
ITERATES = re.compile(r"\b(?:std::iter|std::slice|std::vec|std::str|std::option|std::ops|std::array|std::collections)?::?\w*"
                      r"(?:Iter(?:Mut)?|IntoIter|Map|Filter|Rev|Chain|Take|Skip|Zip|Empty|Once|Range|Chars|Cloned|Copied)\b")  # fmt: skip
NESTED = {"closure_expression", "function_item", "async_block"}


def distinct_arms(situation: Situation) -> Iterator[Hypothesis]:
    """Yield boxes around branches whose types differ, for the first such place."""
    done: set[tuple[str, int]] = set()
    for error in situation.errors:
        place = error.primary
        code = situation.code(place.path) if place and error.code in CODES else None
        if place is None or code is None:
            continue
        tree = opened(code)
        node = tree.node(place.start, place.end)
        keeper = _keeper(node)
        if keeper is None or (place.path, keeper.start_byte) in done:
            continue
        done.add((place.path, keeper.start_byte))
        for rewrites in (
            _boxed_function(keeper, code) if keeper.type == "function_item" else _boxed_let(keeper, error, code)
        ):
            reason = "the branches have types of their own, so each is boxed, and one type holds all of them"
            yield situation.hypothesis(error, reason, {place.path: rewrites}, Cost.INTERFACE)


def _keeper(node: Any) -> Any:
    """Return the `let` whose value is concerned, or the function that gives back an `impl Trait`."""
    start, node = node, node.parent  # a closure that is a branch itself is none around it
    while node is not None and node.type not in ("function_item", "closure_expression"):
        value = node.child_by_field_name("value") if node.type == "let_declaration" else None
        untyped = value is not None and node.child_by_field_name("type") is None
        if untyped and any(_overlap(leaf, start) for leaf in branch_ends(value)):
            return node
        node = node.parent
    gives = node.child_by_field_name("return_type") if node is not None and node.type == "function_item" else None
    opaque = gives is not None and (
        gives.type == "abstract_type"
        or (gives.type == "bounded_type" and gives.named_children[0].type == "abstract_type")
    )
    return node if opaque else None


def _overlap(one: Any, other: Any) -> bool:
    return one.start_byte < other.end_byte and other.start_byte < one.end_byte


def branch_ends(value: Any) -> list[Any]:
    """Return the expressions that a value comes from: the ends of its branches, or the elements of a list."""
    found: list[Any] = []
    todo = [value]
    while todo:
        node = todo.pop()
        if node is None:
            continue
        match node.type:
            case "if_expression":
                todo += [node.child_by_field_name("alternative"), node.child_by_field_name("consequence")]
            case "match_expression":
                arms = [arm for arm in node.child_by_field_name("body").named_children if arm.type == "match_arm"]
                todo += [arm.child_by_field_name("value") for arm in reversed(arms)]
            case "block" | "else_clause" | "unsafe_block":
                inner = [one for one in node.named_children if one.type not in ("line_comment", "block_comment")]
                todo.append(inner[-1] if inner else None)
            case "expression_statement":
                inside = node.named_children[0]
                if inside.type in ("if_expression", "match_expression", "block", "unsafe_block"):
                    todo.append(inside)
            case (
                "let_declaration"
                | "return_expression"
                | "macro_invocation"
                | "break_expression"
                | "continue_expression"
            ):
                pass
            case "array_expression":
                found += node.named_children
            case "call_expression" if node.child_by_field_name("function").text == b"vec":
                found += node.child_by_field_name("arguments").named_children
            case _:
                found.append(node)
    return found


def _boxes(leaves: list[Any], code: Statements) -> list[Rewrite]:
    kept = [leaf for leaf in leaves if not code.text(leaf).startswith(("Box::new(", "panic", "todo", "unreachable"))]
    return [one for leaf in kept for one in (Rewrite(leaf.start_byte, leaf.start_byte, "Box::new("), after(leaf, ")"))]


def _boxed_function(function: Any, code: Statements) -> Iterator[list[Rewrite]]:
    """Yield the edits of a function that gives back `impl Trait`."""
    gives, body = function.child_by_field_name("return_type"), function.child_by_field_name("body")
    leaves, todo = branch_ends(body), [body]
    while todo:
        node = todo.pop()
        if node.type == "return_expression" and node.named_children:
            leaves += branch_ends(node.named_children[0])
        if node.type not in NESTED:
            todo += node.named_children
    said = re.sub(r"\s*\+\s*use<[^>]*>", "", code.text(gives)).removeprefix("impl ").strip()
    taken = code.text(function.child_by_field_name("parameters"))
    named = re.findall(r"&('\w+)", taken)
    lives = [f" + {named[0]}"] if named else [" + '_"] if "&" in taken or "'_" in taken else []
    if re.search(r"\+\s*'", said):
        lives = []
    for life in [*lives, ""]:
        yield [instead(gives, f"Box<dyn {said}{life}>"), *_boxes(leaves, code)]


def _boxed_let(let: Any, error: Diagnostic, code: Statements) -> Iterator[list[Rewrite]]:
    """Yield the edits of a `let`: its type, and boxes around what its value comes from."""
    value, pattern = let.child_by_field_name("value"), let.child_by_field_name("pattern")
    leaves = branch_ends(value)
    closures = [leaf for leaf in leaves if leaf.type == "closure_expression"]
    if closures:
        taken = ", ".join("_" for _ in closures[0].child_by_field_name("parameters").named_children)
        traits = [f"{kind}({taken}) -> _" for kind in ("Fn", "FnMut")]
    elif ITERATES.search(error.rendered):
        traits = ["Iterator<Item = _>"]
    else:
        return
    listed = value.type in ("array_expression", "call_expression") and value not in leaves
    for trait in traits:
        kind = f"Box<dyn {trait}>"
        if listed:
            kind = f"Vec<{kind}>" if value.type == "call_expression" else f"[{kind}; {len(leaves)}]"
        mutable = (
            not trait.startswith("Fn(")
            and not listed
            and not any(one.type == "mutable_specifier" for one in let.children)
        )
        edits = [after(pattern, f": {kind}"), *_boxes(leaves, code)]
        if mutable and trait.startswith("FnMut") and pattern.type == "identifier":
            edits.append(Rewrite(pattern.start_byte, pattern.start_byte, "mut "))
        yield edits
