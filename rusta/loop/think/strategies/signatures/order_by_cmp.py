"""An order that is written by hand in part: `Ord` without `PartialOrd` or `Eq` (E0277), which follow from `cmp`.

`PartialOrd` gives what `cmp` gives, `PartialEq` is where `cmp` says `Equal`, and `Eq` has no items. A derived
`PartialOrd` would compare the fields one after another, and `BinaryHeap` and `<` would order otherwise than `sort`. The
same for `PartialOrd` without `PartialEq`.

Not covered: types with bounds on their parameters that differ from those of the impl.
Source: the documentation of `Ord`, "Corollaries"; the API guidelines, C-COMMON-TRAITS.
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.error_variants import written
from rusta.tools.declared import bare, declarations, derived, tested
from rusta.tools.statements import Rewrite
from rusta.tools.syntax_walk import under

ORDERING = "std::cmp::Ordering"
BODIES = {
    "PartialOrd": f"    fn partial_cmp(&self, other: &Self) -> Option<{ORDERING}> {{\n        Some(self.cmp(other))\n    }}\n",
    "PartialEq": "    fn eq(&self, other: &Self) -> bool {\n        self.cmp(other).is_eq()\n    }\n",
    "Eq": "",
}
PARTIAL = "    fn eq(&self, other: &Self) -> bool {\n        self.partial_cmp(other).is_some_and(|order| order.is_eq())\n    }\n"


def order_by_cmp(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the impls that are missing beside one that is written by hand."""
    errors = [one for one in situation.errors if one.code in ("E0277", "E0369") and one.primary]
    if not errors:
        return
    impls: dict[str, dict[str, tuple[str, str, object]]] = {}
    for path, code in situation.sources():
        for node in under(code.root, "impl_item"):
            trait = node.child_by_field_name("trait")
            if trait is not None and not tested(path, node, code):
                kind, generics = node.child_by_field_name("type"), node.child_by_field_name("type_parameters")
                head = f"impl{code.text(generics) if generics is not None else ''} {{}} for {code.text(kind)}"
                impls.setdefault(bare(code.text(kind)), {})[bare(code.text(trait))] = (path, head, node)
    types = declarations(situation.sources())
    edits: dict[str, list[Rewrite]] = {}
    first, told = None, []
    for name, own in impls.items():
        said = next((one for one in errors if re.search(rf"`&?(?:\w+::)*{name}\b", one.message)), None)
        if said is None or not ({"Ord", "PartialOrd"} & own.keys()):
            continue
        places = types.get(name, [])
        there = set(own)
        if len(places) == 1 and (code := situation.code(places[0][0])):
            there |= derived(places[0][1], code).keys()
        by = "Ord" if "Ord" in own else "PartialOrd"
        wanted = [one for one in (BODIES if by == "Ord" else ["PartialEq"]) if one not in there]
        path, head, node = own[by]
        code = situation.code(path)
        if code is None or not wanted:
            continue
        for one in wanted:
            body = BODIES[one] if by == "Ord" else PARTIAL
            text = f"{head.format(one)} {{\n{body}}}" if body else f"{head.format(one)} {{}}"
            edits.setdefault(path, []).append(written(text, node, code))
        told.append(f"{', '.join(wanted)} of `{name}`")
        first = first or said
    if first is not None:
        merged: dict[str, list[Rewrite]] = {}
        for path, some in edits.items():
            for start in dict.fromkeys(one.start for one in some):
                text = "".join(one.text for one in some if one.start == start)
                merged.setdefault(path, []).append(Rewrite(start, start, text))
        reason = f"what is equal and what comes first follows from the order that is written: {'; '.join(told)}"
        yield situation.hypothesis(first, reason, merged, Cost.NONE)
