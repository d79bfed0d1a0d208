"""An associated type that an impl of a std trait lacks, where a method of the impl says what it is (E0046).

`fn next(&mut self) -> Option<&'a T>` says `type Item = &'a T;`, `fn add(self, other: D) -> D` says `type Output = D;`,
`fn from_str(text: &str) -> Result<Self, Bad>` says `type Err = Bad;`. All impls that lack one are completed at once. A
loan without a lifetime gets the one of the impl, in both places. An `IntoIter` that `into_iter` only names is that of the
collection of std whose `into_iter()` its body ends in.

Not covered: another method that names the associated type itself, except for operators, whose `Self::Output` is taken
to be `Self`. Source: rustc --explain E0046; the pages of the traits in the documentation of std.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import crate_types, owner_name
from rusta.loop.think.strategies.signatures.trait_needs import OPERATORS
from rusta.tools.declared import bare, tested
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import FileEdits, innermost, own_indent, under

MISSING = re.compile(r"^not all trait items implemented, missing: (?P<names>.+)$")
WHOLE, LENT = r"(?P<type>.+)", r"&\s*(?:'\w+\s+)?(?:mut\s+)?(?P<type>.+)"
FAILS = r"(?:\w+::)*Result<.+,\s*(?P<type>[^,]+?)\s*,?\s*>"
SAYS = {  # by trait and associated type: the method whose result says what it is, and where in it
    ("Iterator", "Item"): ("next", r"(?:\w+::)*Option<(?P<type>.+)>"),
    ("IntoIterator", "IntoIter"): ("into_iter", WHOLE),
    ("Deref", "Target"): ("deref", LENT),
    ("Index", "Output"): ("index", LENT),
    ("FromStr", "Err"): ("from_str", FAILS),
    ("TryFrom", "Error"): ("try_from", FAILS),
    ("TryInto", "Error"): ("try_into", FAILS),
    ("ToOwned", "Owned"): ("to_owned", WHOLE),
    ("Future", "Output"): ("poll", r"(?:\w+::)*Poll<(?P<type>.+)>"),
    **{(one, "Output"): (one.lower(), WHOLE) for one in OPERATORS},
}
WALKED = "<Self::IntoIter as Iterator>::Item"
HELD = re.compile(r"\bself\.(\w+)\.into_iter\(\)\s*\}?$")
COLLECTION = re.compile(r"(?:\w+::)*(?P<name>Vec|VecDeque|HashSet|BTreeSet|HashMap|BTreeMap)<(?P<of>.+)>", re.DOTALL)
MODULES = {"VecDeque": "vec_deque", "HashSet": "hash_set", "BTreeSet": "btree_set", "HashMap": "hash_map",
           "BTreeMap": "btree_map"}  # fmt: skip


def determined_items(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the associated types of all impls that lack one."""
    rewrites: FileEdits = {}
    told: list[str] = []
    first = None
    for error in situation.errors:
        said = MISSING.match(error.message) if error.code == "E0046" else None
        at = error.primary
        code = situation.code(at.path) if at and said else None
        node = innermost(code.node(at.start, at.end), "impl_item") if at and code else None
        if said is None or at is None or code is None or node is None or tested(at.path, node, code):
            continue
        edits, types = _typed(node, re.findall(r"`(\w+)`", said["names"]), code, situation)
        if types:
            rewrites.setdefault(at.path, []).extend(edits)
            told += types
            first = first or error
    if first is not None:
        said_all = ", ".join(f"`{one}`" for one in dict.fromkeys(told))
        reason = f"what the methods give back says which types they are that the trait asks for: {said_all}"
        yield situation.hypothesis(first, reason, rewrites, Cost.NONE)


def _typed(node: Any, names: list[str], code: Statements, situation: Situation) -> tuple[list[Rewrite], list[str]]:
    """Return the edits that write the associated types of one impl, and what they say."""
    trait, body = bare(code.text(node.child_by_field_name("trait"))), node.child_by_field_name("body")
    edits: list[Rewrite] = []
    lines: list[str] = []
    for name in names:
        if trait == "IntoIterator" and name == "Item":
            lines.append(f"type Item = {WALKED};")
            continue
        called, pattern = SAYS.get((trait, name), ("", WHOLE))
        method = next(
            (one for one in under(body, "function_item") if code.text(one.child_by_field_name("name")) == called), None
        )
        gives = method.child_by_field_name("return_type") if method is not None else None
        found = re.fullmatch(pattern, code.text(gives), re.S) if gives is not None else None
        if found is None:
            continue
        kind, life = found["type"], _lifetime(node, code)
        if kind in ("Self::Output", f"<Self as {trait}>::Output") and trait in OPERATORS:
            kind = "Self"
        elif re.search(rf"\bSelf::{name}\b", kind):
            kind = _walked(method, code, situation) if name == "IntoIter" else ""
            if not kind:
                continue
        if life and (lent := re.sub(r"&(?!\s*')", f"&{life} ", kind)) != kind:
            edits.append(instead(gives, code.text(gives).replace(kind, lent)))
            kind = lent
        lines.append(f"type {name} = {kind};")
    if lines and body is not None:
        at = body.start_byte + 1
        indent = own_indent(code, node) + "    "
        edits.append(
            Rewrite(at, at, "".join(f"\n{indent}{one}" for one in lines) + ("\n" if body.named_children else ""))
        )
    return edits, lines


def _walked(method: Any, code: Statements, situation: Situation) -> str:
    """Return the iterator of the field whose `into_iter()` a method ends in, "" where that is no collection of std."""
    ends = HELD.search(code.text(method.child_by_field_name("body")))
    kind = crate_types(situation).fields.get(owner_name(code, method), {}).get(ends[1], "") if ends else ""
    held = COLLECTION.fullmatch(kind)
    if held is None:
        return ""
    module = f"collections::{MODULES[held['name']]}" if held["name"] in MODULES else "vec"
    return f"std::{module}::IntoIter<{held['of']}>"


def _lifetime(node: Any, code: Statements) -> str:
    """Return the only lifetime that an impl declares, or ""."""
    parameters = node.child_by_field_name("type_parameters")
    lives = re.findall(r"'\w+", code.text(parameters)) if parameters is not None else []
    return lives[0] if len(set(lives)) == 1 else ""
