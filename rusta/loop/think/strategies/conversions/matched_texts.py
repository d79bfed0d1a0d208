"""A `match` compares a `String` with string literals, which are `&str` (E0308 at a pattern): the text within is matched.

`match text` is `match text.as_str()`, and an `Option<String>` or a `Result<String, _>` is matched `as_deref()`; all
`match`, `if let`, `while let` and `matches!` of the crate that are reported, at once.

Not covered: tuples that hold a `String`, and slices of them. Source: std, `Option::as_deref`; the Reference, "Literal patterns".
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.statements import after, instead
from rusta.tools.syntax_walk import FileEdits

TYPED = re.compile(
    r"this expression has type `(&*)(?:mut )?((?:[\w:]+::)?(?:String|Option<&?(?:mut )?String>|Result<&?String, .+>))`$"
)
TIGHT = (
    "identifier",
    "self",
    "field_expression",
    "call_expression",
    "index_expression",
    "try_expression",
    "macro_invocation",
)


def matched_texts(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all texts that are compared with literals as `&str`."""
    rewrites: FileEdits = {}
    first, told = None, []
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code == "E0308" else None
        if at is None or code is None or "expected `String`, found `&str`" not in (at.label or ""):
            continue
        for span in error.spans:
            said = TYPED.search(span.label or "")
            if said is None or span.path != at.path or tested(at.path, code.node(at.start, at.end), code):
                continue
            node = _whole(code.node(span.start, span.end), span.start, span.end)
            text = code.text(node)
            call = ".as_str()" if said[2].rpartition("::")[2] == "String" else ".as_deref()"
            if call == ".as_deref()" and re.search(r"Option<&|Result<&", said[2]):
                call = ".map(|text| text.as_str())"
            edit = after(node, call) if node.type in TIGHT else instead(node, f"({text}){call}")
            if text.startswith("&") and node.type == "reference_expression":
                edit = instead(node, f"{text.lstrip('&')}{call}")
            if edit not in rewrites.setdefault(at.path, []):
                rewrites[at.path].append(edit)
                first = first or error
                told.append(f"`{text}{call}`" if len(text) < 60 else f"`{call}`")
    if first is not None:
        reason = (
            f"a literal in a pattern is a `&str`, so what is matched is one as well: {', '.join(dict.fromkeys(told))}"
        )
        yield situation.hypothesis(first, reason, rewrites, Cost.NONE)


def _whole(node: Any, start: int, end: int) -> Any:
    """Return the outermost node of exactly these bytes."""
    while node.parent is not None and (node.parent.start_byte, node.parent.end_byte) == (start, end):
        node = node.parent
    return node
