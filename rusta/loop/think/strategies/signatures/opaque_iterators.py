"""An iterator is asked for more than it can do: walked from its end, counted by `len`, cloned (E0277, E0599).

`impl Iterator` and `Box<dyn Iterator>` promise nothing but `next`, whatever is behind them: the function's signature
says `DoubleEndedIterator`, `ExactSizeIterator` or `Clone` as well. `len` becomes `count` where the length is known only
after the walk (a filter, branches, characters), and a `rev` that the adapter itself rules out walks over a list.

Not covered: iterators in fields. Source: the Reference, "Impl trait"; std, `DoubleEndedIterator`, `ExactSizeIterator`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost, under

OPAQUE = re.compile(r"`?(?:impl|dyn|Box<dyn|Pin<Box<dyn) (?:[\w:]*::)?Iterator<")
BOTH_ENDS = {"rev", "next_back", "nth_back", "rfind", "rfold", "rposition"}
WANTED = {**dict.fromkeys(BOTH_ENDS, "DoubleEndedIterator"), "len": "ExactSizeIterator", "clone": "Clone"}
LENGTHLESS = re.compile(r"^no method named `len` found for struct `(?:\w+::)*(?:Filter|FilterMap|FlatMap|Flatten|Chars|"
                        r"CharIndices|R?Split\w*|Lines|TakeWhile|SkipWhile|MapWhile|Scan|Chain|StepBy|Matches)\b")  # fmt: skip
ONE_END = re.compile(r"^the trait bound `(?:\w+::)*\w+<.*: DoubleEndedIterator` is not satisfied")
UNCOUNTED = re.compile(
    r"\.(?:filter\w*|flat\w*|\w+_while|scan|chars\w*|split\w*|lines|chain)\(|from_fn|successors|\bmatch\b|\bif\b"
)
_Site = tuple[str, Any, Statements]


def opaque_iterators(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the signatures that promise more, or the calls that ask for less."""
    wanted: dict[str, set[str]] = {}  # traits, by the function's name
    lengths: dict[str, list[_Site]] = {}
    rewrites: dict[str, list[Rewrite]] = {}
    first = None
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code in ("E0277", "E0599") else None
        node = code.node(at.start, at.end) if at and code else None
        if at is None or code is None or node is None or node.type != "field_identifier" or tested(at.path, node, code):
            continue
        name = code.text(node)
        if name not in WANTED:
            continue
        if OPAQUE.search(error.message.split(", but")[0]) and (function := _origin(node, code)):
            wanted.setdefault(function, set()).add(WANTED[name])
            if name == "len":
                lengths.setdefault(function, []).append((at.path, node, code))
        elif name == "len" and LENGTHLESS.match(error.message):
            rewrites.setdefault(at.path, []).append(instead(node, "count"))
        elif name == "rev" and ONE_END.match(error.message):
            rewrites.setdefault(at.path, []).append(instead(node, "collect::<Vec<_>>().into_iter().rev"))
        else:
            continue
        first = first or error
    if first is None:
        return
    functions = [
        (path, one, code)
        for path, code in situation.sources()
        for one in under(code.root, "function_item", "function_signature_item")
        if code.text(one.child_by_field_name("name")) in wanted and one.child_by_field_name("return_type") is not None
    ]
    counted = {
        code.text(one.child_by_field_name("name")) for _, one, code in functions if UNCOUNTED.search(code.text(one))
    }
    ways = [counted & lengths.keys(), set(lengths)] if lengths.keys() - counted else [set(lengths)]
    for by_count in ways:
        edits = {path: list(some) for path, some in rewrites.items()}
        for function in by_count:
            for path, node, _ in lengths[function]:
                edits.setdefault(path, []).append(instead(node, "count"))
        for path, one, code in functions:
            name = code.text(one.child_by_field_name("name"))
            traits = wanted[name] - ({"ExactSizeIterator"} if name in by_count else set())
            edits.setdefault(path, []).extend(_promised(one.child_by_field_name("return_type"), traits, code))
        told = [f"`{name}` promises {', '.join(sorted(traits))}" for name, traits in wanted.items()]
        reason = "an iterator can do only what its type says, so the signature says more or the call asks for less"
        if any(edits.values()):
            price = f"; it goes through all items ({'; '.join(told)})" if told else "it goes through all items"
            yield situation.hypothesis(first, reason, edits, Cost.NONE, price.removeprefix("; "))


def _origin(method: Any, code: Statements) -> str:
    """Return the name of the function whose result a method is called on, "" where there is none."""
    value = method.parent.child_by_field_name("value")
    if value.type == "identifier":
        function = innermost(value, "function_item")
        lets = [
            let for let in under(function, "let_declaration")
            if let.start_byte < value.start_byte and code.text(let.child_by_field_name("pattern")).removeprefix("mut ") == code.text(value)
        ] if function is not None else []  # fmt: skip
        value = lets[-1].child_by_field_name("value") if lets else None
    if value is None or value.type != "call_expression":
        return ""
    return re.split(r"\.|::", code.text(value.child_by_field_name("function")))[-1].strip()


def _promised(gives: Any, traits: set[str], code: Statements) -> list[Rewrite]:
    """Return the edits of a return type that names `Iterator` behind `impl` or `dyn`."""
    for opaque in under(gives, "abstract_type", "dynamic_type"):
        for one in under(opaque, "type_identifier"):
            if code.text(one) != "Iterator" or one.parent.type not in ("generic_type", "scoped_type_identifier"):
                continue
            lists = [name for name in ("DoubleEndedIterator", "ExactSizeIterator") if name in traits]
            more = [*lists[1:], *(["Clone"] if "Clone" in traits else [])] if opaque.type == "abstract_type" else []
            edits = [instead(one, lists[0])] if lists else []
            end = opaque.end_byte
            return edits + ([Rewrite(end, end, "".join(f" + {name}" for name in more))] if more else [])
    return []
