"""A method that takes `self` by value and only looks at it: it borrows, so that the value can be used again (E0382).

rustc notes which method "takes ownership of the receiver `self`". Where that method is the crate's own, `self` becomes
`&self`; a body that moves something out of it makes rustc refuse, and the hypothesis is dropped. Source: rustc's explanation of
E0382. Not covered: methods of traits, which every impl would have to follow.
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.statements import instead
from rusta.tools.syntax_walk import innermost

TAKES = re.compile(r"takes ownership of the receiver `self`")


def borrowed_receiver(situation: Situation) -> Iterator[Hypothesis]:
    """Yield methods that borrow what they took."""
    for error in situation.errors:
        if error.code not in ("E0382", "E0505", "E0507"):
            continue
        spans = [span for child in error.children if TAKES.search(child.message) for span in child.spans]
        for span in spans[:1]:
            code = situation.code(span.path)
            node = innermost(code.node(span.start, span.end), "function_item") if code else None
            parameters = node.child_by_field_name("parameters") if node is not None else None
            first = parameters.named_children[0] if parameters is not None and parameters.named_children else None
            around = node.parent.parent if node is not None and node.parent is not None else None
            of_trait = around is not None and around.child_by_field_name("trait") is not None
            if (
                code
                and node is not None
                and first is not None
                and code.text(first) in ("self", "mut self")
                and not of_trait
            ):
                name = node.child_by_field_name("name")
                reason = f"`{code.text(name)}` only looks at its value, and borrows it"
                text = "&mut self" if code.text(first) == "mut self" else "&self"
                yield situation.hypothesis(error, reason, {span.path: [instead(first, text)]}, Cost.INTERFACE)
