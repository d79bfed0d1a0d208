"""Impls of a dependency's trait whose members changed: each follows the newer release (E0049, E0050, E0053, E0186, E0195, E0404, E0407).

A method takes the parameters, generics and result that the trait declares now, and keeps the names of its parameters.
A member that the trait has no longer is renamed where the release says what it became within the trait, else it is
removed. All impls change together. Source: the trait's declaration in both releases. Not covered: members that are
new and have no default.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.releases.release_changes import changed_releases
from rusta.mirror.api import PublicItem
from rusta.tools import items
from rusta.tools.declared import bare
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost, under
from rusta.upgrade.crate_changes import CrateChanges
from rusta.upgrade.replacements import replacements

CODES = {"E0049", "E0050", "E0053", "E0186", "E0195", "E0404", "E0407"}


def followed_traits(situation: Situation) -> Iterator[Hypothesis]:
    """Yield one hypothesis for each dependency."""
    errors = [one for one in situation.errors if one.code in CODES and one.primary]
    if not errors:
        return
    names = {word for one in errors for word in re.findall(r"`(\w+)", one.message)}
    for changes, _ in changed_releases(situation, errors, names):
        rewrites, of, reasons = dict[str, list[Rewrite]](), list[Diagnostic](), dict[str, None]()
        done = set[tuple[str, int]]()
        for error in errors:
            place = error.primary
            code = situation.code(place.path) if place else None
            if place is None or code is None:
                continue
            node = code.node(place.start, place.end)
            member, impl = innermost(node, "function_item", "type_item", "const_item"), innermost(node, "impl_item")
            trait = impl.child_by_field_name("trait") if impl is not None else None
            if member is None or trait is None or (place.path, member.start_byte) in done:
                continue
            done.add((place.path, member.start_byte))
            edits, why = _followed(changes, bare(code.text(trait)), member, code)
            if edits:
                rewrites.setdefault(place.path, []).extend(edits)
                reasons.setdefault(why)
                of.append(error)
        if rewrites:
            yield situation.joint_hypothesis(of, "; ".join(reasons), rewrites, Cost.NONE)


def _followed(changes: CrateChanges, trait: str, member: Any, code: Statements) -> tuple[list[Rewrite], str]:
    """The edits of one member of an impl, and the reason."""
    traits = [one for one in changes.now.get(trait, ()) if one.kind == "trait"]
    called = code.text(member.child_by_field_name("name"))
    if not traits:
        return [], ""
    now = {one.path.rpartition("::")[2]: one for one in changes.members(traits[0].path)}
    was = {one.path.rpartition("::")[2]: one for one in changes.members(traits[0].path, old=True)}
    at = f"{changes.crate} {changes.old} to {changes.new}"
    if called in now and member.type == "function_item":
        edits = _signature(member, code, now[called])
        return (
            edits,
            f"from {at}, `{trait}::{called}` is declared as `{now[called].signature}` ({changes.place(now[called])})",
        )
    if called in now or called not in was:
        return [], ""
    renamed = next(
        (one for one in replacements(changes, called, trait) if one.new.path in {of.path for of in now.values()}), None
    )
    if renamed is not None:
        new = renamed.new.path.rpartition("::")[2]
        return [
            instead(member.child_by_field_name("name"), new)
        ], f"from {at}, `{trait}::{called}` is `{new}`: {renamed.why}"
    return [
        _removed(member, code)
    ], f"from {at}, `{trait}` has no `{called}` any more ({changes.place(was[called], old=True)})"


def _removed(member: Any, code: Statements) -> Rewrite:
    """The edit that removes a member with its comments, attributes and line."""
    first, above = member, member.prev_sibling
    while above is not None and above.type in ("attribute_item", *items.COMMENTS):
        first, above = above, above.prev_sibling
    start = code.source.rfind(b"\n", 0, first.start_byte) + 1
    end = member.end_byte + 1 if code.source[member.end_byte : member.end_byte + 1] == b"\n" else member.end_byte
    blank = code.source[start - 2 : start] == b"\n\n"
    return Rewrite(start - blank, end, "")


def _signature(method: Any, code: Statements, now: PublicItem) -> list[Rewrite]:
    """The edits that give a method the signature that its trait declares now."""
    other = Statements(f"trait Declared {{ {now.signature.removeprefix('pub ')}; }}".encode())
    declared = next(under(other.root, "function_signature_item", "function_item"), None)
    if declared is None:
        return []
    edits = list[Rewrite]()
    mine, theirs = (_generics(one, of) for one, of in ((method, code), (declared, other)))
    if "".join(mine.split()) != "".join(theirs.split()):
        called, own = method.child_by_field_name("name"), method.child_by_field_name("type_parameters")
        edits.append(instead(own, theirs) if own is not None else Rewrite(called.end_byte, called.end_byte, theirs))
    own_parameters = method.child_by_field_name("parameters")
    names = [
        code.text(one.child_by_field_name("pattern"))
        for one in own_parameters.named_children
        if one.type == "parameter"
    ]
    written = list[str]()
    for one in declared.child_by_field_name("parameters").named_children:
        if one.type == "self_parameter":
            written.append(other.text(one))
        elif one.type == "parameter":
            given = names.pop(0) if names else f"_{other.text(one.child_by_field_name('pattern')).lstrip('_')}"
            written.append(f"{given}: {other.text(one.child_by_field_name('type'))}")
    new = f"({', '.join(written)})"
    if "".join(code.text(own_parameters).split()).replace(",)", ")") != "".join(new.split()):
        edits.append(instead(own_parameters, new))
    clauses = [next((at for at in one.named_children if at.type == "where_clause"), None) for one in (method, declared)]
    if clauses[0] is not None and clauses[1] is None:
        edits.append(
            Rewrite(
                own_parameters.end_byte
                if method.child_by_field_name("return_type") is None
                else method.child_by_field_name("return_type").end_byte,
                clauses[0].end_byte,
                "",
            )
        )
    return edits


def _generics(function: Any, code: Statements) -> str:
    generics = function.child_by_field_name("type_parameters")
    return code.text(generics) if generics is not None else ""
