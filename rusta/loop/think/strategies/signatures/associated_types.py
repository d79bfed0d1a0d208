"""A trait's impl lacks an associated type that its methods determine (E0046, E0220).

`next` of an `Iterator` returns `Option<Item>`, `index` `&Output`, `add` `Output`, `from_str` `Result<Self, Err>`: what
the method that stands there returns says the type. An `IntoIter` is that of the field whose `into_iter()` the body ends in.

Not covered: traits of the crate itself, and other iterators of `into_iter`. Source: the Book, ch. 20.2 ("Associated
Types"); std's pages of these traits.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import FREE, Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import crate_types
from rusta.loop.think.strategies.signatures.trait_needs import OPERATORS
from rusta.tools.declared import bare, tested
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import FileEdits, innermost, own_indent

LACKS = re.compile(r"^not all trait items implemented, missing: (.+)$")
PLAIN = re.compile(r"^(?P<it>.+)$", re.DOTALL)
BORROWED = re.compile(r"^&\s*(?:'\w+\s+)?(?:mut\s+)?(?P<it>.+)$", re.DOTALL)
WITHIN = re.compile(r"^(?:[\w:]+::)?(?:Option|Poll)<(?P<it>.+)>$", re.DOTALL)
FAILED = re.compile(r"^(?:[\w:]+::)?Result<(?:[^<>]|<[^<>]*>)+,\s*(?P<it>.+?),?\s*>$", re.DOTALL)
SOURCES: dict[str, dict[str, tuple[str, re.Pattern[str]]]] = {
    "Iterator": {"Item": ("next", WITHIN)},
    "DoubleEndedIterator": {"Item": ("next_back", WITHIN)},
    "Index": {"Output": ("index", BORROWED)},
    "Deref": {"Target": ("deref", BORROWED)},
    "FromStr": {"Err": ("from_str", FAILED)},
    "TryFrom": {"Error": ("try_from", FAILED)},
    "TryInto": {"Error": ("try_into", FAILED)},
    "Future": {"Output": ("poll", WITHIN)},
    "IntoIterator": {"IntoIter": ("into_iter", PLAIN)},
    "ToOwned": {"Owned": ("to_owned", PLAIN)},
}
for operator in OPERATORS:
    SOURCES[operator] = {"Output": (operator.lower(), PLAIN)}
LISTS = {"Vec": "std::vec::IntoIter", "VecDeque": "std::collections::vec_deque::IntoIter",
         "HashSet": "std::collections::hash_set::IntoIter", "BTreeSet": "std::collections::btree_set::IntoIter",
         "HashMap": "std::collections::hash_map::IntoIter", "BTreeMap": "std::collections::btree_map::IntoIter"}  # fmt: skip


def associated_types(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all associated types that are missing and determined."""
    rewrites: FileEdits = {}
    first, told = None, []
    for error in situation.errors:
        at, said = error.primary, LACKS.match(error.message) if error.code == "E0046" else None
        code = situation.code(at.path) if at and said else None
        impl = innermost(code.node(at.start, at.end), "impl_item") if at and code else None
        if at is None or said is None or code is None or impl is None or tested(at.path, impl, code):
            continue
        trait, body = impl.child_by_field_name("trait"), impl.child_by_field_name("body")
        known = SOURCES.get(bare(code.text(trait)), {}) if trait is not None and body is not None else {}
        for name in re.findall(r"`(\w+)`", said[1]):
            kind = _kind(name, known, body, code, situation)
            if kind:
                first = first or error
                told.append(f"`type {name} = {kind}`")
                indent = own_indent(code, impl)
                text = f"\n{indent}    type {name} = {kind};"
                rewrites.setdefault(at.path, []).append(Rewrite(body.start_byte + 1, body.start_byte + 1, text))
    if first is not None:
        reason = f"a trait's type is what its method returns: {', '.join(told)}"
        yield situation.hypothesis(first, reason, rewrites, Cost.NONE, FREE)


def _kind(
    name: str, known: dict[str, tuple[str, re.Pattern[str]]], body: Any, code: Statements, situation: Situation
) -> str:
    """Return the type that is meant, "" where nothing says it."""
    if name not in known:
        return ""
    method, pattern = known[name]
    function = next(
        (one for one in body.named_children if one.type == "function_item"
         and code.text(one.child_by_field_name("name")) == method), None,
    )  # fmt: skip
    returned = function.child_by_field_name("return_type") if function is not None else None
    said = pattern.match(code.text(returned)) if returned is not None else None
    kind = said["it"].strip() if said else ""
    if not re.search(rf"\bSelf::{name}\b", kind):
        return kind
    if name != "IntoIter" or function is None:
        return ""
    ends = re.search(r"self\.(\w+)\.into_iter\(\)\s*\}?$", code.text(function.child_by_field_name("body")))
    owner = bare(code.text(innermost(body, "impl_item").child_by_field_name("type")))
    held = crate_types(situation).fields.get(owner, {}).get(ends[1], "") if ends else ""
    list_ = re.fullmatch(r"(?:[\w:]+::)?(\w+)<(.+)>", held, re.DOTALL)
    return f"{LISTS[list_[1]]}<{list_[2]}>" if list_ and list_[1] in LISTS else ""
