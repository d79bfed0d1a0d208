"""A raw pointer to another type than is expected: `cast` says so (E0308).

What an allocator or a foreign function takes and gives is `*mut u8` or `*mut c_void`; the code around has its own type.
The mutability stays, or goes from `*mut` to `*const`. Nothing checks such a cast; the pointer was raw before as well.
Source: std, `pointer::cast`. Not covered: pointers behind a reference or in a struct, `*const` to `*mut`, wide pointers.
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.statements import Rewrite

EXPECTED = re.compile(r"expected `\*(?P<wanted>mut|const) (?P<to>[^`]+)`, found `\*(?P<given>mut|const) (?P<of>[^`]+)`")
WIDE = re.compile(r"^(?:dyn\b|\[[^;]*\]$|str$)")
WHOLE = {"identifier", "call_expression", "field_expression", "parenthesized_expression", "scoped_identifier", "self"}


def raw_pointers(situation: Situation) -> Iterator[Hypothesis]:
    """Yield a cast for each pointer of another type."""
    for error in situation.errors:
        at = error.primary
        said = EXPECTED.search(at.label or "") if at and error.code == "E0308" else None
        code = situation.code(at.path) if at and said else None
        if at is None or said is None or code is None or said["to"] == said["of"]:
            continue
        if (said["wanted"], said["given"]) == ("mut", "const") or WIDE.search(said["to"]) or WIDE.search(said["of"]):
            continue
        node = code.node(at.start, at.end)
        if (node.start_byte, node.end_byte) != (at.start, at.end) or tested(at.path, node, code):
            continue
        ways = [(at.start, at.start, ""), (at.end, at.end, ".cast()")]
        if node.type not in WHOLE:
            ways = [(at.start, at.start, "("), (at.end, at.end, ").cast()")]
        reason = f"a raw pointer to `{said['of']}` is taken for one to `{said['to']}`, by a cast that says so"
        edits = [Rewrite(*way) for way in ways if way[2]]
        yield situation.hypothesis(error, reason, {at.path: edits}, Cost.SMALL, "nothing checks what it points to")
