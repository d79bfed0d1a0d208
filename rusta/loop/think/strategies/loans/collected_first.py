"""A loop over what `self` has, whose body changes `self`: what the body needs is collected before the loop.

The Book's chapter 4.2, and rustc's explanation of E0502: the iterator borrows the list until the last iteration, so that
no method with `&mut self` can run in between. The fields that the body reads, and no more, are copied into a list that
is walked over instead; fields of types that are `Copy` are not cloned. The body and its order stay as they are. The
second way is a loop over indices, which borrows an element only where it is used. Closures of `map`, `for_each` and the
like are treated in the same way.

Not covered: loops that change their elements and are no slices, and `while let` over an iterator.
"""

from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import CrateTypes, crate_types
from rusta.loop.think.strategies.loans.loan_labels import loan_sites
from rusta.loop.think.strategies.loans.name_uses import (
    bound_names,
    by_reference,
    field_reads,
    in_format,
    indent_of,
    unused,
    uses,
)
from rusta.loop.think.strategies.loans.walks import Walk, shared_items, walked_list, walks
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost

READS = {"len()", "is_empty()", "to_string()", "to_owned()", "clone()"}  # beside the crate's own getters
WIDTH = 90  # characters of a line, from which on a chain of calls is broken
LIST = "a list is made each time this runs, with what there was before the loop"
INDEX = "an element is looked up anew at each use, and one that is gone by then panics"


def collected_first(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for the first loops, what can be collected before, and the loop over indices."""
    found = list(walks(loan_sites(situation)))
    types = crate_types(situation) if found else CrateTypes()
    for walk in found:
        path, said = walk.site.path, walk.site.code.text(walk.value)
        collected = _collected(walk, types)
        if collected is not None:
            reason = (
                f"what the loop needs of `{said}` is collected before it, so that nothing is borrowed while it runs"
            )
            yield situation.hypothesis(walk.site.error, reason, {path: collected}, Cost.SMALL, LIST)
        indexed = _indexed(walk)
        if indexed is not None:
            reason = f"`{said}` is walked over by index, so that an element is borrowed only where it is used"
            yield situation.hypothesis(walk.site.error, reason, {path: indexed}, Cost.RUNTIME, INDEX)


def _collected(walk: Walk, types: CrateTypes) -> list[Rewrite] | None:
    code = walk.site.code
    items = shared_items(code, walk.value)
    if not items or walk.pattern.type not in ("identifier", "tuple_pattern"):
        return None
    names = bound_names(code, walk.pattern)
    counted = names[0] if walk.pattern.type == "tuple_pattern" and items.endswith(".enumerate()") else ""
    copies: list[str] = []
    called: list[str] = []
    rewrites: list[Rewrite] = []
    apart = False
    for name in names:
        places = uses(code, walk.body, name)
        if name == counted:
            copies.append(name)
            called.append(name)
            continue
        if not places:
            continue
        new = copied_reads(code, places, name, types, walk.function, set(called))
        if new is not None and not in_format(code, walk.body, name):
            copies += [copy for _, copy in new[0]]
            called += [short for short, _ in new[0]]
            rewrites += new[1]
            apart = True
        else:
            copies.append(f"{name}.clone()")
            called.append(name)
            rewrites += [edit for at in places if (edit := by_reference(code, at, name))]
    if not copies:
        return None
    if not apart and walk.pattern.type == "identifier":  # for a loop, `borrowck_fixes` clones the list
        return None if walk.loops else [instead(walk.value, f"{items}.cloned().collect::<Vec<_>>().iter()")]
    tuple_, pattern = (
        (f"({', '.join(copies)})", f"({', '.join(called)})") if len(copies) > 1 else (copies[0], called[0])
    )
    mapped = f"{items}.map(|{code.text(walk.pattern)}| {tuple_})"
    statement = code.statement(walk.whole)
    if walk.loops and statement is not None:
        list_ = walked_list(code, walk.value)
        wanted = (list_[0] if list_ is not None else f"{names[-1]}s").split(".")[-1]
        wanted = unused(code, walk.function, wanted if wanted.isidentifier() else f"{names[-1]}s", set(called))
        made = f"let {wanted}: Vec<_> = {mapped}.collect();"
        if len(made) > WIDTH:
            step = f"\n{indent_of(code, statement)}    "
            made = f"let {wanted}: Vec<_> = {items}{step}{mapped[len(items) :]}{step}.collect();"
        return [code.before(statement, made), instead(walk.value, wanted), instead(walk.pattern, pattern), *rewrites]
    inline = instead(walk.value, f"{mapped}.collect::<Vec<_>>().into_iter()")
    return [inline, instead(walk.pattern, pattern), *rewrites]


def copied_reads(
    code: Statements, places: list[Any], name: str, types: CrateTypes, function: Any, taken: set[str]
) -> tuple[list[tuple[str, str]], list[Rewrite]] | None:
    """Return the copies that replace all reads of a variable's fields, as (name, value), and the edits of the reads.

    None where the variable is used in another way.
    """
    reads = field_reads(code, places)
    if reads is None:
        return None
    getters = {one.path for one in reads if one.path.endswith("()")}
    if any(one not in READS and one[:-2] not in types.getters for one in getters):
        return None
    paths = list(dict.fromkeys(one.path for one in reads))
    kinds = types.of_fields(set(paths) - getters)
    called: dict[str, str] = {}
    copies: list[tuple[str, str]] = []
    for path in paths:
        short, known = path.removesuffix("()").split(".")[-1], {*taken, *called.values()}
        if not short.isidentifier() or unused(code, function, short, known) != short:
            short = unused(code, function, f"{name}_{short}", known)
        called[path] = short
        value = f"{name}.{path}"
        if path in getters:
            copies.append((short, f"{value}.to_owned()" if types.getters.get(path[:-2], "").startswith("&") else value))
        else:
            copies.append((short, types.copy(value, kinds.get(path, ""))))
    return copies, [Rewrite(one.start, one.end, called[one.path]) for one in reads]


def _indexed(walk: Walk) -> list[Rewrite] | None:
    """Return the loop over indices; what a conflicting call is given of an element is cloned."""
    code = walk.site.code
    pattern, value, counted = walk.pattern, walk.value, None
    if pattern.type == "tuple_pattern" and code.text(value).endswith(".enumerate()"):
        counted, pattern = pattern.named_children[0], pattern.named_children[-1]
        value = value.child_by_field_name("function").child_by_field_name("value")
    list_ = walked_list(code, value)
    name = code.text(pattern)
    if not walk.loops or list_ is None or pattern.type != "identifier" or in_format(code, walk.body, name):
        return None
    if counted is not None and counted.type != "identifier":
        return None
    at = code.text(counted) if counted is not None else unused(code, walk.function, "at", set())
    element = f"{list_[0]}[{at}]"
    calls = [call for meets in walk.meets if (call := innermost(meets, "call_expression")) is not None]
    rewrites = [instead(walk.pattern, at), instead(walk.value, f"0..{list_[0]}.len()")]
    for used in uses(code, walk.body, name):
        above = used.parent
        whole = used
        while above.type == "field_expression" and above.child_by_field_name("value") == whole:
            whole, above = above, above.parent
        lent = whole if above.type == "arguments" else above if above.type == "reference_expression" else None
        if lent is not None and lent.parent.type == "arguments" and any(_given(call, lent) for call in calls):
            rest = code.text(whole)[len(name) :]
            if whole == used or lent != whole:
                rewrites.append(instead(lent, f"&{element}{rest}.clone()"))
                continue
        if used.parent.type == "field_expression" or used.parent.type == "token_tree":
            rewrites.append(instead(used, element))
        elif used.parent.type == "unary_expression" and code.text(used.parent) == f"*{name}":
            rewrites.append(instead(used.parent, element))
        else:
            rewrites.append(instead(used, f"&{'mut ' if list_[1] else ''}{element}"))
    return rewrites


def _given(call: Any, argument: Any) -> bool:
    return argument.parent == call.child_by_field_name("arguments")
