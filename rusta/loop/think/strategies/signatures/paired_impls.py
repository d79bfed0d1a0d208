"""A trait of std that is asked for where the type implements the one of its pair that lends mutably (E0277).

`AsMut<[u8]>` without `AsRef<[u8]>`, `BorrowMut`, `DerefMut`, `IndexMut`: the impl is written beside the other, with
the same body, lent as it is read. All types of a state at once. Source: std's documentation of each pair. Not
covered: bodies that call a function for the mutable one.
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite
from rusta.tools.syntax_walk import own_indent, under

PAIRS = {"AsRef": ("AsMut", "as_ref", "as_mut"), "Borrow": ("BorrowMut", "borrow", "borrow_mut")}
LACKS = re.compile(
    r"the trait bound `(?P<type>[\w:]+)(?:<[^`]*>)?: (?:\w+::)*(?P<trait>AsRef|Borrow)<(?P<of>[^`]+)>` is not satisfied"
)


def paired_impls(situation: Situation) -> Iterator[Hypothesis]:
    """Yield one hypothesis with all impls that are missing."""
    wanted = dict[tuple[str, str, str], Diagnostic]()
    for error in situation.errors:
        if error.code == "E0277" and (found := LACKS.search(error.message)):
            wanted.setdefault((bare(found["type"]), found["trait"], "".join(found["of"].split())), error)
    rewrites, of = dict[str, list[Rewrite]](), list[Diagnostic]()
    for path, code in situation.sources() if wanted else ():
        for impl in under(code.root, "impl_item"):
            trait, kind = impl.child_by_field_name("trait"), impl.child_by_field_name("type")
            body = impl.child_by_field_name("body")
            if trait is None or body is None:
                continue
            for (type_, lacking, target), error in wanted.items():
                other, read, mutable = PAIRS[lacking]
                said = "".join(code.text(trait).split())
                if bare(code.text(kind)) != type_ or not said.endswith(f"{other}<{target}>"):
                    continue
                text = code.text(impl)
                text = re.sub(rf"\b{other}\b", lacking, re.sub(rf"\b{mutable}\b", read, text)).replace("&mut ", "&")
                text = re.sub(r"\.(iter|get|as|borrow|deref)_mut\b", r".\1", text)
                rewrites.setdefault(path, []).append(
                    Rewrite(impl.end_byte, impl.end_byte, f"\n\n{own_indent(code, impl)}{text}")
                )
                of.append(error)
    if rewrites:
        told = ", ".join(dict.fromkeys(f"`{trait}<{target}>` for `{kind}`" for kind, trait, target in wanted))
        yield situation.joint_hypothesis(of, f"what lends mutably can be lent to read: {told}", rewrites, Cost.NONE)
