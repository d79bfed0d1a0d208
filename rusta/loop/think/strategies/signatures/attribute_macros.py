"""The attribute macro of a trait on the impls that lack it, as `#[async_trait]` needs it on both sides.

An attribute macro may rewrite the signatures of a trait. An impl without the same attribute then has signatures that
do not match: E0195 (lifetime parameters), E0053 (types), E0050 (number of parameters), E0199, E0437. rustc points at
the attribute where it blames what the macro wrote; otherwise the attribute is one that another impl of the same trait
has. The same attribute, with its arguments, is written on every impl that lacks it, or on the trait where only an impl
has it, and imported where the file does not know it.

Not covered: attributes that a trait and an impl spell differently. Source: docs.rs/async-trait, "Usage".
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import BESIDE, attributes_of, bare, tested, with_import
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import innermost, under

MISMATCHES = {"E0195", "E0053", "E0050", "E0407", "E0437", "E0186", "E0185", "E0706", "E0277", "E0038"}
BUILT_IN = re.compile(
    r"#!?\[\s*(cfg|cfg_attr|allow|warn|deny|expect|forbid|doc|derive|inline|must_use|deprecated|test|automatically_derived"
    r"|diagnostic|rustfmt|clippy|non_exhaustive|track_caller|cold|repr|unsafe|no_mangle)\b"
)
ASYNC = re.compile(r"\basync\s+(?:unsafe\s+)?fn\b")


def like_the_trait(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the attribute that a trait and its impls have to share, at all places that lack it."""
    errors = [one for one in situation.errors if one.code in MISMATCHES and one.primary]
    traits = {name: one for one in errors for name in [_trait(one, situation)] if name}
    if not traits:
        return
    sides: dict[str, list[tuple[str, Any]]] = {name: [] for name in traits}
    for path, code in situation.sources():
        for node in under(code.root, "trait_item", "impl_item"):
            if (name := _named(node, code)) in sides and not tested(path, node, code):
                sides[name].append((path, node))
    for name, places in sides.items():
        known = {
            text: path
            for path, node in places
            if (code := situation.code(path))
            for one in attributes_of(node)
            if not BUILT_IN.match(text := code.text(one))
        }
        for text, origin in known.items():
            rewrites: dict[str, list[Rewrite]] = {}
            for path, node in places:
                code = situation.code(path)
                if code is None or _has(node, text, code) or not _concerned(node, text, code):
                    continue
                rewrites.setdefault(path, []).append(code.before(node, text))
                if (brought := _import(text, situation.code(origin), code)) and brought not in rewrites[path]:
                    rewrites[path].append(brought)
            if rewrites:
                reason = f"`{text}` rewrites what `{name}` declares, so its trait and all of its impls have it"
                yield situation.hypothesis(traits[name], reason, rewrites, Cost.NONE)


def _trait(error: Any, situation: Situation) -> str:
    """Return the trait whose impl an error is in."""
    code = situation.code(error.primary.path)
    if code is None:
        return ""
    node = innermost(code.node(error.primary.start, error.primary.end), "impl_item", "trait_item", "attribute_item")
    while node is not None and node.type in BESIDE:  # what a macro wrote is blamed on its attribute
        node = node.next_named_sibling
    if node is not None and node.type in ("impl_item", "trait_item") and (named := _named(node, code)):
        return named
    shown = re.search(r"the trait `([\w:]+)` is not dyn compatible", error.message)
    return bare(shown[1]) if shown else ""


def _named(node: Any, code: Statements) -> str:
    named = node.child_by_field_name("name" if node.type == "trait_item" else "trait")
    return bare(code.text(named)) if named is not None else ""


def _has(node: Any, text: str, code: Statements) -> bool:
    """Return whether an item has this attribute, with whatever arguments and by whatever path."""
    return any(_macro(code.text(one)) == _macro(text) for one in attributes_of(node))


def _macro(text: str) -> str:
    return re.split(r"[(\]\s=]", text.removeprefix("#[").strip(), maxsplit=1)[0].rpartition("::")[2]


def _concerned(node: Any, text: str, code: Statements) -> bool:
    """Return whether the macro has anything to rewrite here: one for `async fn` has not in an impl without any."""
    return "async" not in _macro(text) or bool(ASYNC.search(code.text(node)))


def _import(text: str, origin: Statements | None, code: Statements) -> Rewrite | None:
    """Return the import of a macro that is written without its path, as the file it comes from has it."""
    if origin is None or "::" in text.partition("(")[0]:
        return None
    name = _macro(text)
    said = re.search(
        rf"use\s+((?:::)?[\w:]+::)(?:\{{[^}}]{{0,400}}\b)?{name}\b".encode(), origin.source
    )  # the braces of a list are left behind
    return with_import(said[1].decode() + name, code) if said else None
