"""A type that holds itself has no size (E0072): every field of it that does is behind a `Box`.

rustc's suggestion puts one field into a `Box`, after which the others are as endless as before. All fields whose types
name a type of the cycle, and not behind a pointer or in a list already, are changed at once; `Option<T>` becomes
`Option<Box<T>>`. Values that are made and taken apart follow by `fitting_types`.

Not covered: a cycle through a generic type of the crate. Source: the Book, ch. 15.1; rustc --explain E0072.
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare, declarations, tested
from rusta.tools.statements import Rewrite, after
from rusta.tools.syntax_walk import FileEdits, under

CYCLE = re.compile(r"`(\w+)`")
INDIRECT = {"Box", "Rc", "Arc", "Weak", "Vec", "VecDeque", "HashMap", "BTreeMap", "HashSet", "BTreeSet", "LinkedList"}


def boxed_recursion(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the boxes of all types that have no size."""
    errors = [one for one in situation.errors if one.code == "E0072" and one.primary]
    if not errors:
        return
    names = {name for error in errors for name in CYCLE.findall(error.message)}
    types = declarations(situation.sources())
    edits: FileEdits = {}
    for name in sorted(names):
        for path, node in types.get(name, [])[:1]:
            code = situation.code(path)
            body = node.child_by_field_name("body")
            if code is None or body is None or tested(path, node, code):
                continue
            for at in under(body, "type_identifier"):
                if code.text(at) not in names or at.parent.type in ("enum_variant", "visibility_modifier"):
                    continue
                whole = at.parent if at.parent.type in ("generic_type", "scoped_type_identifier") else at
                above, indirect = whole.parent, False
                while above is not None and above != body:
                    head = above.child_by_field_name("type") if above.type == "generic_type" else None
                    indirect |= above.type in ("reference_type", "pointer_type", "function_type") or (
                        head is not None and bare(code.text(head)) in INDIRECT
                    )
                    above = above.parent
                if not indirect:
                    edits.setdefault(path, []).extend(
                        [Rewrite(whole.start_byte, whole.start_byte, "Box<"), after(whole, ">")]
                    )
    if edits:
        told = ", ".join(f"`{name}`" for name in sorted(names))
        reason = f"a value in itself would have no end: {told} holds itself behind a `Box`"
        yield situation.hypothesis(errors[0], reason, edits, Cost.NONE, "each of them is an allocation")
