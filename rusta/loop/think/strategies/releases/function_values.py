"""A function of a dependency that gave a closure, and gives a value of a trait in a newer release: the trait's method is called (E0618).

`tag("x")(input)` becomes `tag("x").parse(input)`, and the trait is imported. Which method it is, the new release
says: of those that take as many arguments as the call gives, the one that gives what the closure gave. All such calls
change together. Source: the trait's declaration.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.releases.release_changes import changed_releases
from rusta.mirror.api import PublicItem
from rusta.mirror.function_arguments import function_arguments
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite
from rusta.tools.syntax_walk import innermost
from rusta.tools.use_trees import exchanged, imported_names, scope_of
from rusta.upgrade.crate_changes import CrateChanges

VALUE = re.compile(
    r"expected function, found (?:opaque type |struct )?`(?:impl (?:\w+::)*(?P<trait>\w+)|(?:\w+::)*(?P<type>[A-Z]\w*))"
)
CLOSURE = re.compile(r"->\s*impl\s+(?:for<[^>]*>\s*)?Fn(?:Mut|Once)?\s*\([^)]*\)\s*->\s*(?P<result>\w+)")
RECEIVER = re.compile(r"\(\s*(?:&\s*)?(?:mut\s+)?self\b")
MOST_METHODS = 3


def function_values(situation: Situation) -> Iterator[Hypothesis]:
    """Yield one hypothesis for each method that may be meant."""
    errors = [one for one in situation.errors if one.code == "E0618" and one.primary and VALUE.search(one.message)]
    if not errors:
        return
    lines = (text for one in errors for span in one.spans for text in span.text)
    called = {word for text in lines for word in re.findall(r"\w{3,}", text)}
    for changes, library in changed_releases(situation, errors, called):
        by_trait = dict[str, list[Diagnostic]]()
        for error in errors:
            for trait in _traits(changes, error):
                by_trait.setdefault(trait, []).append(error)
        for trait, of in by_trait.items():
            for method in _methods(changes, trait)[:MOST_METHODS]:
                if hypothesis := _called(situation, of, changes, library, method):
                    yield hypothesis


def called_instead(changes: CrateChanges, error: Diagnostic) -> PublicItem | None:
    """Return the method that is called on what was a function before; None for another error."""
    if error.code != "E0618":
        return None
    return next((method for trait in _traits(changes, error) for method in _methods(changes, trait)), None)


def _traits(changes: CrateChanges, error: Diagnostic) -> list[str]:
    """The traits of what is called: of `impl Trait` the one that is said, of a type those that came with the newer release."""
    found = VALUE.search(error.message)
    if found is None or found["trait"]:
        return [found["trait"]] if found else []
    implements = re.compile(rf"(?:\w+::)*(\w+)(?:<.*>)? for (?:\w+::)*{found['type']}\b")
    said = (
        implements.search(one.path.partition(": ")[2].removeprefix("impl "))
        for one in changes.after.items
        if one.kind == "impl"
    )
    return list(dict.fromkeys(one[1] for one in said if one and _methods(changes, one[1])))


def _methods(changes: CrateChanges, trait: str) -> list[PublicItem]:
    """The methods of a trait that take one more than their receiver, those first that give what closures gave before."""
    traits = [changes.shortest(one) for one in changes.now.get(trait, ()) if one.kind == "trait"]
    found = dict[str, PublicItem]()
    for one in traits:
        for method in changes.members(one.path):
            given = function_arguments(method.signature) if method.kind == "method" else None
            if given is not None and given[0] == 1 and RECEIVER.search(method.signature):
                found.setdefault(method.path, method)
    if len(found) < 2:
        return list(found.values())
    results = {
        said["result"] for several in changes.was.values() for one in several if (said := CLOSURE.search(one.signature))
    }
    return sorted(
        found.values(),
        key=lambda one: (not results & set(re.findall(r"\w+", one.signature.rpartition("->")[2])), len(one.signature)),
    )


def _called(
    situation: Situation, errors: list[Diagnostic], changes: CrateChanges, library: str, method: PublicItem
) -> Hypothesis | None:
    rewrites = dict[str, list[Rewrite]]()
    trait = f"{library}::{method.path.rpartition('::')[0].partition('::')[2]}"
    called, imports = method.path.rpartition("::")[2], dict[tuple[str, int], Any]()
    done = set[tuple[str, int]]()
    for error in errors:
        span = error.primary
        code = situation.code(span.path) if span else None
        if span is None or code is None:
            continue
        call = innermost(code.node(span.start, span.end), "call_expression")
        while (
            call is not None
            and call.child_by_field_name("function").start_byte == call.start_byte
            and call.end_byte < span.end
        ):
            call = call.parent
        whole = _outer(call, span.start, span.end)
        if whole is None or (span.path, whole.end_byte) in done:
            continue
        done.add((span.path, whole.end_byte))
        arguments = whole.child_by_field_name("arguments")
        if len(arguments.named_children) != 1:
            continue
        rewrites.setdefault(span.path, []).append(Rewrite(arguments.start_byte, arguments.start_byte, f".{called}"))
        imports[span.path, scope_of(whole).start_byte] = scope_of(whole)
    for (path, _), scope in imports.items():
        code = situation.code(path)
        if code is not None and trait not in imported_names(code, scope).values():
            rewrites[path] += exchanged(code, scope, [], [trait])
    if not rewrites:
        return None
    reason = (
        f"what was a function in {changes.crate} {changes.old} is a value of `{trait.rpartition('::')[2]}` in {changes.new}, "
        f"so its `{called}` is called ({changes.place(method)})"
    )
    return situation.joint_hypothesis(errors, reason, rewrites, Cost.NONE)


def _outer(call: Any, start: int, end: int) -> Any:
    """The call whose function is itself a call and lies where the error points at."""
    while call is not None and call.type == "call_expression":
        function = call.child_by_field_name("function")
        if (
            function.type == "call_expression"
            and start <= function.start_byte
            and call.end_byte <= max(end, call.end_byte)
        ):
            above = call.parent
            inside = (
                above is not None and above.type == "call_expression" and above.child_by_field_name("function") == call
            )
            if not (inside and above.end_byte <= end):
                return call
        call = call.parent
    return None
