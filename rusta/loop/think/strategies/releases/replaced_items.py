"""Items that a newer release of a dependency renamed, moved or changed: what took their place is written at every site.

Applies where rustc does not find a name (E0405, E0412, E0425, E0432, E0433, E0560, E0599, E0609, E0615, E0616)
that an older release of a dependency has, and where a deprecation is an error. What took its place is a fact of the
two releases (`rusta.upgrade.replacements`); the reason quotes it. A name in a `use` and its other mentions in that
file change together; a free function that is a method now is called on the value that the project's guide names, or
on the argument that the method is of; a trait that brings a method is imported.

Source: the releases' own sources, changelogs and notes of deprecation. Not covered: sites in what a macro of the
workspace writes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.releases.release_changes import changed_releases
from rusta.mirror.api import OWNERS
from rusta.mirror.function_arguments import function_arguments
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import innermost, nodes_below, use_endings
from rusta.tools.use_trees import exchanged, imported_names, scope_of
from rusta.upgrade.crate_changes import CrateChanges
from rusta.upgrade.replacement import Replacement
from rusta.upgrade.replacements import replacements
from rusta.upgrade.rules import ProvedReplacement

CODES = {
    "E0405",
    "E0412",
    "E0422",
    "E0423",
    "E0425",
    "E0432",
    "E0433",
    "E0531",
    "E0560",
    "E0574",
    "E0599",
    "E0603",
    "E0609",
    "E0615",
    "E0616",
    "deprecated",
}
MISSING = re.compile(
    r"no \S+ `(?P<in>[\w:]+)` in |could not find `(?P<b>\w+)`"
    r"|(?:named|method|field|variant|name|associated \w+|value of method) `(?P<a>\w+)`"
    r"|cannot find [\w ,/-]+ `(?P<c>\w+)`|unresolved imports? (?P<d>`[^`]+`(?:, `[^`]+`)*)|use of deprecated [\w ]+ `(?P<e>[^`]+)`"
    r"|`(?P<f>\w+)` is not a member of trait|no (?:\w+ )*`(?P<g>\w+)` (?:on|in|found)|(?:\w+) `(?P<h>\w+)` (?:of \w+ `\w+` )?is private"
)
OWNED = re.compile(r"(?:found for|on type|on value of type) [^`]*`&?(?:'\w+ )?(?:mut )?(?:\w+::)*([A-Z]\w*)")
MOST_NAMES = 24
TRIED_OF_NAME = 3
DECLARING = (
    "enum_variant",
    "struct_item",
    "enum_item",
    "trait_item",
    "function_item",
    "const_item",
    "static_item",
    "mod_item",
    "type_item",
)
IDENTIFIERS = ("identifier", "type_identifier", "field_identifier", "shorthand_field_identifier")
BEFORE = re.compile(rb"(?:\w+\s*::\s*)+\Z")


@dataclass
class _Site:
    """Where a name stands that is not found."""

    path: str
    code: Statements
    node: Any


@dataclass
class _Gone:
    """One name of one dependency that errors are about."""

    changes: CrateChanges
    library: str  # what the sources call it
    name: str
    found: list[Replacement]
    errors: list[Diagnostic] = field(default_factory=list)
    sites: list[_Site] = field(default_factory=list)


@dataclass
class _Edits:
    """Edits of one file: names that leave its imports and that come in by scope, and others."""

    code: Statements
    rewrites: dict[int, Rewrite] = field(default_factory=dict)
    imports: dict[int, tuple[Any, set[str], set[str]]] = field(default_factory=dict)

    def put(self, start: int, end: int, text: str) -> None:
        self.rewrites.setdefault(start, Rewrite(start, end, text))

    def exchange(self, scope: Any, gone: Sequence[str], wanted: Sequence[str]) -> None:
        _, out, come = self.imports.setdefault(scope.start_byte, (scope, set(), set()))
        out.update(gone)
        come.update(wanted)

    def done(self) -> list[Rewrite]:
        rows = [
            edit for scope, gone, wanted in self.imports.values() for edit in exchanged(self.code, scope, gone, wanted)
        ]
        every = [*rows, *self.rewrites.values()]
        return [one for one in every if not any(_holds(other, one) for other in every)]


def _holds(outer: Rewrite, inner: Rewrite) -> bool:
    """Whether an edit lies in another, which was made of the text before it."""
    return outer is not inner and outer.end > outer.start and outer.start <= inner.start and inner.end <= outer.end


def replaced_items(situation: Situation) -> Iterator[Hypothesis]:
    """Yield what took the place of all names together, then of each by itself."""
    errors = [one for one in situation.errors if one.code in CODES and one.primary]
    if not errors:
        return
    gone = list(_gone(situation, errors))
    if len(gone) > 1 and (whole := _hypothesis(situation, [(one, one.found[0]) for one in gone])):
        yield whole
    for one in gone:
        for new in one.found[:TRIED_OF_NAME]:
            if hypothesis := _hypothesis(situation, [(one, new)]):
                yield hypothesis


def _gone(situation: Situation, errors: list[Diagnostic]) -> Iterator[_Gone]:
    known = dict[tuple[str, str], _Gone | None]()
    releases = list(changed_releases(situation, errors, {said for one in errors for said in missing_names(one)}))
    for error in errors:
        for said in missing_names(error):
            key = said, owner_of(error)
            if key not in known and len(known) < MOST_NAMES:
                known[key] = _proved_first(_found(*key, releases), situation.proved)
            if (one := known.get(key)) is not None and (sites := list(_sites(situation, error, said))):
                one.errors.append(error)
                one.sites += sites
    yield from (one for one in known.values() if one is not None and one.sites)


def missing_names(error: Diagnostic) -> list[str]:
    """Return the names that an error says it does not find, or that are deprecated."""
    labels = [span.label or "" for span in error.spans if span.primary]
    found = dict[str, None]()
    for said in (error.message, *labels):
        for one in MISSING.finditer(said):
            for group in filter(None, one.groups()):
                for path in re.findall(r"[\w:]+", group):
                    found.setdefault(path.rpartition("::")[2])
    return [one for one in found if one]


def _proved_first(gone: _Gone | None, proved: Sequence[ProvedReplacement]) -> _Gone | None:
    """The same, with what held in another workspace before what did not."""
    if gone is not None:
        held = [(one.item, one.became, one.value) for one in proved]
        gone.found.sort(key=lambda one: (one.old.path, one.new.path, one.value) not in held)
    return gone


def owner_of(error: Diagnostic) -> str:
    """Return the last name of the type that an error finds nothing in, "" for none."""
    found = OWNED.search(error.message)
    return found[1] if found else ""


def _found(said: str, owner: str, releases: Sequence[tuple[CrateChanges, str]]) -> _Gone | None:
    """What a name may have become, in the releases of the first dependency that had it."""
    gone: _Gone | None = None
    for changes, library in releases:
        found = replacements(changes, said, owner)
        if found and gone is None:
            gone = _Gone(changes, library, said, found)
        elif gone is not None and gone.changes.crate == changes.crate:
            known = {(one.new.path, one.value) for one in gone.found}
            gone.found += [one for one in found if (one.new.path, one.value) not in known]
    return gone


def _sites(situation: Situation, error: Diagnostic, said: str) -> Iterator[_Site]:
    """The identifiers of this name in what an error points at."""
    for span in error.spans:
        code = situation.code(span.path) if span.primary else None
        if code is None:
            continue
        around = code.node(span.start, span.end)
        if around is not None and around.type in IDENTIFIERS and code.text(around).removeprefix("r#") == said:
            yield _Site(span.path, code, around)
            continue
        for node in nodes_below(around) if around is not None else ():
            within = span.start <= node.start_byte and node.end_byte <= span.end
            if within and node.type in IDENTIFIERS and code.text(node).removeprefix("r#") == said:
                yield _Site(span.path, code, node)
                break
        else:
            text = code.source[span.start : span.end].decode("utf-8", "replace")
            if found := re.search(rf"\b{re.escape(said)}\b", text):  # in the arguments of a macro
                at = span.start + len(text[: found.start()].encode())
                node = code.node(at, at + len(said))
                if code.text(node) == said:
                    yield _Site(span.path, code, node)


def _hypothesis(situation: Situation, chosen: Sequence[tuple[_Gone, Replacement]]) -> Hypothesis | None:
    edits = dict[str, _Edits]()
    used = list[tuple[_Gone, Replacement]]()
    for gone, new in chosen:
        wrote = [_write(edits.setdefault(site.path, _Edits(site.code)), gone, new, site) for site in gone.sites]
        if any(wrote):
            used.append((gone, new))
    if not used:
        return None
    rewrites = {path: rows for path, one in edits.items() if (rows := one.done())}
    moves = [
        f"`{new.old.path}` of {gone.changes.crate} {gone.changes.old} is `{new.written}` in {gone.changes.new}: {new.why} ({new.place})"
        for gone, new in used
    ]
    said = "; ".join(dict.fromkeys(moves))
    errors = [error for gone, _ in used for error in gone.errors]
    made = situation.joint_hypothesis(errors, said, rewrites, Cost.NONE)
    held = tuple(
        ProvedReplacement(new.old.path, new.new.path, new.value, f"{new.why} ({new.place})") for _, new in used
    )
    return replace(made, replaced=held)


def _write(edits: _Edits, gone: _Gone, new: Replacement, site: _Site) -> bool:
    """Write what took the place of a name at a site; False where I do not know how."""
    code, node = site.code, site.node
    last = new.new.path.rpartition("::")[2]
    target = _called(new.new.path, gone)
    if innermost(node, "use_declaration") is not None:
        return _in_use(edits, gone, new, site, target, last)
    before = BEFORE.search(code.source[: node.start_byte])
    if code.source[: node.start_byte].rstrip().endswith(b"."):
        return _as_member(edits, gone, new, site, last)
    start = before.start() if before else node.start_byte
    if new.value or new.by_argument:
        return _as_method(edits, gone, new, code, start, node)
    if new.new.kind == "constant" and new.old.kind in ("fn", "method"):
        call = node.parent.parent if node.parent.type in ("scoped_identifier", "generic_function") else node.parent
        if call.type != "call_expression" or call.child_by_field_name("arguments").named_children:
            return False
        edits.put(node.start_byte, call.end_byte, last)
        return True
    if new.new.kind == "method" and new.old.kind == "fn":
        return False
    owner, was = (one.path.rpartition("::")[0] for one in (new.new, new.old))
    prefix = [part for part in re.split(rb"\s*::\s*", before[0]) if part] if before else []
    of_type = new.old.kind in ("method", "variant", "constant", "type") and _kind(gone.changes, was, old=True) in OWNERS
    if of_type and prefix:
        edits.put(node.start_byte, node.end_byte, last)
        if new.new.kind == "method" and owner != was and _kind(gone.changes, owner) == "trait":
            _import_trait(edits, node, _called(owner, gone))
        return True
    if not prefix and last == new.old.path.rpartition("::")[2]:
        edits.exchange(scope_of(node), [], [target])
        return True
    if prefix and owner == was:
        edits.put(node.start_byte, node.end_byte, last)
    else:
        edits.put(start, node.end_byte, target)
    return True


def _kind(changes: CrateChanges, path: str, old: bool = False) -> str:
    items = changes.was if old else changes.now
    return next(
        (one.kind for one in items.get(path.rpartition("::")[2], ()) if one.path == path and one.kind != "use"), ""
    )


def _called(path: str, gone: _Gone) -> str:
    """A path as the sources write it."""
    return f"{gone.library}::{path.partition('::')[2]}"


def _import_trait(edits: _Edits, node: Any, path: str) -> None:
    scope = scope_of(node)
    known = set(imported_names(edits.code, scope).values())
    if path not in known and f"{path.rpartition('::')[0]}::*" not in known:
        edits.exchange(scope, [], [path])


def _in_use(edits: _Edits, gone: _Gone, new: Replacement, site: _Site, target: str, last: str) -> bool:
    """Change what a `use` brings in, and the mentions of it in its file where it has another name."""
    code, node = site.code, site.node
    leaf = next(
        (
            (at, whole)
            for at, whole in use_endings(code)
            if at.start_byte <= node.start_byte and node.end_byte <= at.end_byte
        ),
        None,
    )
    if leaf is None:  # a module on the way: `use rand::distributions::{...}`
        return _on_the_way(edits, code, node, target)
    at, whole = leaf
    if whole.rpartition("::")[2] != code.text(node):
        return _on_the_way(edits, code, node, target)
    scope = scope_of(node)
    alias = at.type == "use_as_clause"
    if new.value or new.by_argument:
        calls = [one for one in other_mentions(code, node, code.text(node)) if one.parent.type == "call_expression"]
        value = _called(new.value, gone) if new.value else ""
        if not new.value or alias:
            return False
        edits.exchange(scope, [whole], [value, _called(new.new.path.rpartition("::")[0], gone)])
        for one in calls:
            edits.put(one.start_byte, one.end_byte, f"{value.rpartition('::')[2]}.{last}")
        return True
    if new.new.kind == "method":
        return False
    if alias:
        named = at.child_by_field_name("path")
        inside = innermost(named, "use_list") is not None
        if inside:
            edits.exchange(scope, [whole], [f"{target} as {code.text(at.child_by_field_name('alias'))}"])
        else:
            edits.put(named.start_byte, named.end_byte, target)
        return True
    public = any(child.type == "visibility_modifier" for child in innermost(node, "use_declaration").children)
    if public:
        if last != code.text(node) and whole.rpartition("::")[0] == target.rpartition("::")[0]:
            edits.put(node.start_byte, node.end_byte, last)
            return True
        return False
    imported = set(imported_names(code, scope).values())
    edits.exchange(scope, [whole], [] if target in imported else [target])
    if last != code.text(node):
        for one in other_mentions(code, node, code.text(node)):
            edits.put(one.start_byte, one.end_byte, last)
    return True


def _on_the_way(edits: _Edits, code: Statements, node: Any, target: str) -> bool:
    """Change a module in the middle of an import: everything up to its name, where it stands in one path."""
    before = BEFORE.search(code.source[: node.start_byte])
    if before is None:
        return False
    edits.put(before.start(), node.end_byte, target)
    return True


def other_mentions(code: Statements, node: Any, said: str) -> Iterator[Any]:
    """Yield the other places of a file in which an imported name stands by itself or begins a path."""
    for one in nodes_below(code.root):
        if (
            one.type in ("identifier", "type_identifier")
            and one.start_byte != node.start_byte
            and code.text(one) == said
        ):
            before = code.source[: one.start_byte].rstrip()
            if one.parent.child_by_field_name("name") == one and one.parent.type in DECLARING:
                continue
            if innermost(one, "use_declaration") is None and not before.endswith((b"::", b".")):
                yield one


def _as_member(edits: _Edits, gone: _Gone, new: Replacement, site: _Site, last: str) -> bool:
    """A method or a field."""
    node = site.node
    if new.old.kind not in ("method", "field") or new.new.kind not in ("method", "field"):
        return False
    called = site.code.source[node.end_byte :].lstrip().startswith((b"(", b"::"))
    call = "()" if new.new.kind == "method" and not called else ""
    if last != site.code.text(node) or call:
        edits.put(node.start_byte, node.end_byte, f"{last}{call}")
    owner = new.new.path.rpartition("::")[0]
    if owner != new.old.path.rpartition("::")[0] and _kind(gone.changes, owner) == "trait":
        _import_trait(edits, node, _called(owner, gone))
    return bool(edits.rewrites or edits.imports)


def _as_method(edits: _Edits, gone: _Gone, new: Replacement, code: Statements, start: int, node: Any) -> bool:
    """A call of a free function: of a method of a value, or of one of its arguments."""
    call = innermost(node, "call_expression")
    function = call.child_by_field_name("function") if call is not None else None
    if function is None or not (function.start_byte <= node.start_byte and node.end_byte <= function.end_byte):
        return False
    last, owner = new.new.path.rpartition("::")[2], new.new.path.rpartition("::")[0]
    if new.value:
        edits.put(start, function.end_byte, f"{_called(new.value, gone)}.{last}")
    else:
        given = call.child_by_field_name("arguments").named_children
        at = _of_argument(new)
        if not 0 <= at < len(given):
            return False
        rest = ", ".join(code.text(one) for n, one in enumerate(given) if n != at)
        edits.put(call.start_byte, call.end_byte, f"{code.text(given[at])}.{last}({rest})")
    if _kind(gone.changes, owner) == "trait":
        _import_trait(edits, node, _called(owner, gone))
    return True


def _of_argument(new: Replacement) -> int:
    """Which parameter of the old function the new method has no longer, by its type; -1 where that is not one."""
    was, now = (function_arguments(one.signature) for one in (new.old, new.new))
    if was is None or now is None:
        return -1
    left = [n for n, one in enumerate(was[1]) if one not in now[1]]
    return left[0] if len(left) == 1 else -1
