"""A `macro_rules!` is called with a trailing separator that no rule takes, or means a variable of its caller.

The Reference, "Macros By Example": a repetition `$(..),*` takes no separator behind the last one, which `$(,)?` adds.
Hygiene: a local variable that a macro's text names is looked up where the macro is defined; the caller's variable has to
be given as an argument (`$name:ident`), in every call. The same for `self`.

Not covered: macros that are called inside of other macros' definitions.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import FileEdits, innermost, under

SEPARATED = re.compile(r"\)\s*([,;])\s*[*+]$")


def macro_arguments(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for each macro, rules that take a trailing separator, or the caller's variable as an argument."""
    known: set[tuple[str, str]] = set()
    for error in situation.errors:
        for one in (_trailing(situation, error), _given(situation, error)):
            if one is not None and (one[0], one[1]) not in known:
                known.add((one[0], one[1]))
                yield situation.hypothesis(error, one[1], one[2], Cost.NONE)


def _trailing(situation: Situation, error: Diagnostic) -> tuple[str, str, FileEdits] | None:
    if not error.message.startswith(("no rules expected", "unexpected end of macro invocation")):
        return None
    span = next((one for one in error.spans if one.primary), None)
    called = next((one for one in error.spans if one.label == "when calling this macro"), None)
    here = situation.code(span.path) if span is not None else None
    code = situation.code(called.path) if called is not None else None
    if span is None or called is None or here is None or code is None:
        return None
    before = re.sub(rb"//[^\n]*$", b"", here.source[max(0, span.start - 400) : span.start].rstrip()).rstrip()
    mark = before[-1:].decode("utf-8", "replace")
    if (own := here.source[span.start : span.end]) in (b",", b";"):
        mark = own.decode() if re.match(rb"\s*[)\]}]", here.source[span.end : span.end + 400]) else ""
    definition = innermost(code.node(called.start, called.end), "macro_definition")
    if mark not in (",", ";") or definition is None:
        return None
    edits = []
    for rule in under(definition, "macro_rule"):
        for at in under(rule.named_children[0], "token_repetition_pattern"):
            told = SEPARATED.search(code.text(at))
            behind = at.next_sibling
            if told and told[1] == mark and (behind is None or code.text(behind) in (")", "]", "}")):
                edits.append(Rewrite(at.end_byte, at.end_byte, f" $({mark})?"))
        last = rule.named_children[0].named_children[-1:]
        if last and last[0].type == "token_binding_pattern" and mark == ",":
            edits.append(Rewrite(last[0].end_byte, last[0].end_byte, " $(,)?"))
    name = code.text(definition.child_by_field_name("name"))
    reason = f"`{name}!` is called with a `{mark}` behind the last one, so its rules take one there"
    return (called.path, reason, {called.path: edits}) if edits else None


def _given(situation: Situation, error: Diagnostic) -> tuple[str, str, FileEdits] | None:
    """Return the edits that give a macro the caller's variable."""
    span = next((one for one in error.spans if one.primary), None)
    code = situation.code(span.path) if span is not None else None
    if error.code not in ("E0425", "E0424") or span is None or code is None:
        return None
    definition = innermost(code.node(span.start, span.end), "macro_definition")
    if definition is None or (error.code == "E0425" and not any("hygiene" in one.message for one in error.children)):
        return None
    name = code.source[span.start : span.end].decode("utf-8", "replace")
    macro = code.text(definition.child_by_field_name("name"))
    wanted = "this" if name == "self" else name
    if not name.isidentifier() or re.search(rf"\${wanted}\b", code.text(definition)):
        return None
    edits: FileEdits = {span.path: []}
    for rule in under(definition, "macro_rule"):
        pattern, written = rule.named_children[0], rule.named_children[-1]
        bare = len(pattern.children) <= 2 and any(True for _ in _called(code, definition, macro))
        edits[span.path] += _first(pattern, f"${wanted}:ident" + (" $(,)?" if bare else ""))
        tokens = [at for at in under(written, "identifier", "self") if code.text(at) == name]
        edits[span.path] += [instead(at, f"${wanted}") for at in tokens if not _part(at)]
        for tree in _called(code, written, macro):
            edits[span.path] += _first(tree, f"${wanted}")
    for path, other in situation.sources():
        for tree in _called(other, other.root, macro):
            around = innermost(tree, "macro_definition")
            if around is not None:
                if path == span.path and around == definition:
                    continue
                return None
            function = innermost(tree, "function_item")
            start = function.start_byte if function is not None else tree.start_byte
            if not re.search(rb"\b" + name.encode() + rb"\b", other.source[start : tree.start_byte]):
                return None
            edits.setdefault(path, []).extend(_first(tree, name))
    reason = f"a macro does not see its caller's variables, so `{name}` is given to `{macro}!` in each call"
    return span.path, reason, edits


def _first(tree: Any, text: str) -> list[Rewrite]:
    """Return the edit that writes an argument before all others, behind the opening bracket."""
    empty = len(tree.children) <= 2
    at = tree.start_byte + 1 if empty else tree.children[1].start_byte
    return [Rewrite(at, at, text if empty else f"{text}, ")]


def _part(at: Any) -> bool:
    """Return whether a token is a field, a method, a path's end, or a field's name in a literal."""
    before, behind = at.prev_sibling, at.next_sibling
    called = behind is not None and behind.type == "!"
    return called or (before is not None and before.type in (".", "::", "$"))


def _called(code: Statements, within: Any, macro: str) -> Iterator[Any]:
    """Yield the arguments of each call of a macro, also those among another macro's arguments."""
    for at in under(within, "identifier"):
        if code.text(at) != macro:
            continue
        at = at.parent if at.parent.type == "scoped_identifier" else at
        mark = at.next_sibling
        tree = mark.next_sibling if mark is not None and mark.type == "!" else None
        if tree is not None and tree.type in ("token_tree", "token_tree_pattern"):
            yield tree
