"""A method of lists is called on an iterator (E0599: no method named `join` found for struct `Map`): a list comes first.

`.collect::<Vec<_>>()` stands before `join`, `concat`, `windows`, `chunks`, `first`, `contains` and their like; `len` is
`count`, `is_empty` is `next().is_none()`, a second `iter` goes. The other way round, a method of iterators that is called
on a list gets `.iter()` before it, or `.into_iter()`.

Not covered: `sort` in a chain, which gives nothing back. Source: the documentation of `Iterator` and `slice`.
"""

import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.type_conversions import LISTS, WALKING
from rusta.tools.declared import tested
from rusta.tools.statements import Rewrite, after
from rusta.tools.syntax_walk import FileEdits

MISSING = re.compile(
    r"no (?:method|function or associated item) named `(?P<name>\w+)` found for [\w ]+ `(?P<type>[^`]+)`|"
    r"^`(?P<walked>[^`]+)` is not an iterator"
)
OF_LISTS = {"join", "concat", "windows", "chunks", "first", "contains", "to_vec", "binary_search", "starts_with", "get",
            "split_at", "iter", "len", "is_empty", "swap", "as_slice", "ends_with", "chunks_exact"}  # fmt: skip
INSTEAD = {"len": "count", "is_empty": "next().is_none"}
OF_ITERATORS = {"map", "filter", "enumerate", "zip", "rev", "sum", "fold", "for_each", "any", "all", "max", "min", "take",
                "skip", "find", "position", "collect", "count", "filter_map", "flat_map", "max_by_key", "min_by_key",
                "cloned", "copied", "chain", "product", "take_while", "skip_while", "step_by", "peekable", "partition",
                "max_by", "min_by", "nth", "cycle", "last", "inspect", "flatten", "scan", "unzip"}  # fmt: skip


def listed_first(situation: Situation) -> Iterator[Hypothesis]:
    """Yield a list before each method of lists, and an iterator before each one of iterators."""
    edits: FileEdits = {}
    others: FileEdits = {}
    first = None
    for error in situation.errors:
        said, at = MISSING.search(error.message) if error.code == "E0599" else None, error.primary
        code = situation.code(at.path) if at and said else None
        node = code.node(at.start, at.end) if at and code else None
        if at is None or code is None or said is None or node is None or tested(at.path, node, code):
            continue
        called = node.parent if node.type == "field_identifier" else None
        if called is None or called.type != "field_expression" or called.parent.type != "call_expression":
            continue
        value, name = called.child_by_field_name("value"), code.text(node)
        kind = re.split(r"[<\[]", (said["type"] or said["walked"]).lstrip("&"))[0].rpartition("::")[2]
        one: list[Rewrite] = []
        if kind in WALKING and name in OF_LISTS:
            if name in INSTEAD:
                one = [Rewrite(node.start_byte, node.end_byte, INSTEAD[name])]
            elif name == "iter":
                one = [Rewrite(value.end_byte, called.parent.end_byte, "")]
            else:
                one = [after(value, ".collect::<Vec<_>>()")]
        elif name in OF_ITERATORS and (kind in LISTS or kind == "" or said["type"] in ("[_]", "str", "String")):
            view = "chars" if kind in ("str", "String") else "iter"
            one = [after(value, f".{view}()")]
            others.setdefault(at.path, []).append(after(value, f".{'chars' if view == 'chars' else 'into_iter'}()"))
        if one:
            edits.setdefault(at.path, []).extend(one)
            first = first or error
    for some, cost in ((edits, Cost.NONE), (others, Cost.SMALL)):
        if first is not None and some:
            told = ", ".join(dict.fromkeys(f"`{one.text}`" for way in some.values() for one in way))
            reason = f"an iterator and a list have other methods, so one is made of the other: {told}"
            yield situation.hypothesis(first, reason, some, cost)
