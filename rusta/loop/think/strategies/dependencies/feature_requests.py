"""Which features of which dependency an error asks for, from what rustc says and what the dependency's sources gate.

rustc names the gate itself ("the item is gated behind the `fs` feature"), or only what is missing: a trait for a type, a
method, a derive or attribute macro, a name that a macro of the dependency did not define. Then the sources of the
dependency are searched for it, at the locked version. Source: rustc's book, "Lint and errors about `cfg`"; The Cargo Book,
"Features". Not covered: what a build script configures.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from rusta.library.cached_crates import cached_versions
from rusta.library.crate_sources import LockedCrate
from rusta.library.feature_gates import GatedFind, Ways, cfg_ways, crate_features, gated_finds, is_free
from rusta.loop.think.strategies.dependencies.member_dependencies import FeatureRequest, MemberDependencies
from rusta.loop.think.strategies.dependencies.workspace_manifests import ManifestDependency
from rusta.tools.diagnostics import Diagnostic

GATED = re.compile(r"gated behind the `([^`]{1,100})` feature")
BOUND = re.compile(r"the trait bound `(?P<type>[^`]{1,300}): (?P<trait>[^`]{1,200})` is not satisfied")
LACKS = re.compile(r"the trait `(?P<trait>[^`]{1,200})` is not implemented for `(?P<type>[^`]{1,300})`")
FOREIGN = re.compile(r"the foreign item type `(?P<type>[^`]{1,300})` doesn't implement `(?P<trait>[^`]{1,200})`")
METHOD = re.compile(
    r"no (?:method|function or associated item|associated (?:item|function)) named `(?P<name>\w+)` found for "
    r"[^`]*`(?P<type>[^`]{1,300})`"
)
MACRO = re.compile(
    r"cannot find (?:derive macro|attribute|macro) `(?P<name>\w+)` in (?:this scope|`(?P<crate>\w+)`|crate `(?P<of>\w+)`)"
)
ABSENT = re.compile(
    r"(?:could not find|cannot find|no)(?: [a-z][a-z, ]{0,40})? `(?P<name>\w+)` in (?:crate )?`(?P<crate>\w+)`"
)
UNRESOLVED = re.compile(r"unresolved imports? `(?P<path>\w+(?:::\w+)+)`")
DISABLED = re.compile(r"\bfeatures?\b|\brequires\b", re.IGNORECASE)
WORD = re.compile(r"[`'\" ]([a-z][\w-]{1,60})(?=[`'\" .,])")
PATH = re.compile(r"(?:\w+::)*\w+")
DEFINED = "mod|struct|enum|union|trait|fn|type|const|static|macro_rules!"
DEFINITION = rf"\b(?:{DEFINED})\s+{{name}}\b|\buse\s[^;]{{{{0,300}}}}\b{{name}}\b[^;]*;"
MACROS = re.compile(r"derive|macro|impl|proc")
EVERYWHERE = frozenset(("std", "core", "alloc", "crate", "self", "super", "dyn", "impl", "mut", "for"))


class FeatureReader(MemberDependencies):
    """Reads what errors ask for, for the dependencies of one member's manifest."""

    def requests(self, error: Diagnostic) -> Iterator[FeatureRequest]:
        """Yield what this error may ask for, the likeliest first."""
        yield from self._said(error)
        if found := BOUND.search(error.message) or self._labelled(error):
            yield from self._implemented(error, found["type"], found["trait"])
        elif found := METHOD.search(error.message):
            yield from self._method(found["name"], found["type"])
        elif found := MACRO.search(error.message):
            yield from self._macro(error, found["name"], found["crate"] or found["of"] or "")
        elif found := ABSENT.search(error.message):
            yield from self._item(found["crate"], found["name"])
        elif found := UNRESOLVED.search(error.message):
            yield from self._item(found["path"].partition("::")[0], found["path"].rpartition("::")[2])
        elif error.code is None and DISABLED.search(error.message):
            yield from self._disabled(error)

    def _said(self, error: Diagnostic) -> Iterator[FeatureRequest]:
        """What rustc's note about a configured-out item says."""
        for span in (span for child in error.children for span in child.spans):
            if crate := self.owner(span):
                what = (UNRESOLVED.search(error.message) or ABSENT.search(error.message) or [""])[0]
                lacks = (
                    f"{crate.name} has {_short(what)} only with them"
                    if what
                    else f"an item of {crate.name} is there only with them"
                )
                if found := GATED.search(span.label or ""):
                    yield from self.asked(crate, (frozenset((found[1],)),), lacks)
                elif "gated here" in (span.label or "") and "cfg(" in "".join(span.text):
                    yield from self.asked(crate, cfg_ways("\n".join(span.text).partition("cfg(")[2]), lacks)

    def _labelled(self, error: Diagnostic) -> "re.Match[str] | None":
        said = [*(span.label or "" for span in error.spans), *(child.message for child in error.children)]
        if error.code not in ("E0277", "E0369"):
            return None
        return next((found for one in said if (found := LACKS.search(one) or FOREIGN.search(one))), None)

    def _implemented(self, error: Diagnostic, kind: str, trait: str) -> Iterator[FeatureRequest]:
        """A trait of one crate for a type of another: either may have it behind a feature."""
        types = [one for one in PATH.findall(kind) if one.partition("::")[0] not in EVERYWHERE or "::" in one][:4]
        trait_path = PATH.match(trait)
        last = trait_path[0].rpartition("::")[2] if trait_path else ""
        if not types or not last:
            return
        of_trait = self.called(trait_path[0] if trait_path else "", error) or self.called(last, error)
        for path in types:
            named = path.rpartition("::")[2]
            of_type = self.called(path, error)
            lacks = f"{{}} implements `{last}` for `{named}` only with them"
            pattern = (
                rf"\b{last}\b[^;{{}}]{{0,80}}\bfor\s+[^;{{}}]{{0,60}}\b{named}\b"
                rf"|#\[cfg_attr\(\s*feature\s*=[^\]]{{0,200}}\b{last}\b[^\]]{{0,100}}\)\s*\][^;{{}}]{{0,400}}\b(?:struct|enum|union)\s+{named}\b"
            )
            searched = [one for one in (of_type, of_trait) if one]
            for one in [crate for of in searched for crate in self.with_parts(of)]:
                for find in gated_finds(one.root, pattern) if one.root else ():
                    ways = find.ways
                    if find.text.startswith("#[cfg_attr("):
                        ways = tuple(a | b for a in ways for b in cfg_ways(find.text.removeprefix("#[cfg_attr(")))
                    yield from self.asked(one, ways, lacks.format(one.name))
            for one, other in ((of_type, of_trait), (of_trait, of_type)):  # an optional dependency on the other crate
                if one and other and one.crate and one.crate.root and other.crate:
                    parts = [part.name for part in self.with_parts(other)]
                    for package in dict.fromkeys((other.crate.name, *parts)):
                        if features := crate_features(one.crate.root).of_dependency(package):
                            yield from self.asked(one.crate, (frozenset(features[:1]),), lacks.format(one.crate.name))

    def _method(self, method: str, kind: str) -> Iterator[FeatureRequest]:
        path = PATH.search(kind)
        named = path[0].rpartition("::")[2] if path else ""
        owner = re.compile(rf"\b(?:impl|trait)\b.*\b{named}\b")
        for one in self.direct if named else ():
            for crate in self.with_parts(one):
                finds = gated_finds(crate.root, rf"\bfn\s+{method}\b") if crate.root else []
                ways = [find.ways for find in finds if any(owner.search(head) for head in find.around)]
                yield from self.asked(crate, _any(ways), f"{crate.name} has `{named}::{method}` only with them")

    def _macro(self, error: Diagnostic | None, name: str, crate: str) -> Iterator[FeatureRequest]:
        """A derive or attribute macro that a crate re-exports of its crate of macros."""
        of = self.called(crate or name, error)
        if of and of.crate and of.crate.root:
            finds = gated_finds(of.crate.root, rf"\buse\s[^;]{{0,300}}\b{name}\b[^;]*;")
            lacks = f"{of.crate.name} has the macro `{name}` only with them"
            requests = list(self.asked(of.crate, _any([find.ways for find in finds if _of_macros(find)]), lacks))
            yield from requests or self._of_macro_crate(of.crate, name, lacks)

    def _of_macro_crate(self, crate: LockedCrate, name: str, lacks: str) -> Iterator[FeatureRequest]:
        """A macro of an optional dependency that is re-exported whole: `pub use strum_macros::*`."""
        features = crate_features(crate.root) if crate.root else None
        for package in dict.fromkeys(features.optional.values()) if features else ():
            cached = next(iter(cached_versions(package)), None) if MACROS.search(package) else None
            defined = rf"\bproc_macro_derive\s*\(\s*{name}\b|\bproc_macro(?:_attribute)?\s*\]\s*pub\s+fn\s+{name}\b"
            if features and cached and gated_finds(cached.root, defined):
                ways = tuple(frozenset((one,)) for one in features.of_dependency(package)[:1])
                yield from self.asked(crate, ways, lacks)
                return

    def _item(self, crate: str, name: str) -> Iterator[FeatureRequest]:
        """A name that a macro of a crate did not define, so that rustc has no note about it."""
        of = self.called(crate, None)
        if of and of.crate and of.crate.root:
            finds = [find for find in self._at_root(of.crate.root, name) if not is_free(find.ways)]
            lacks = f"{of.crate.name} has `{name}` only with them"
            requests = list(self.asked(of.crate, _any([find.ways for find in finds]), lacks))
            yield from requests or self._of_macro_crate(of.crate, name, lacks)

    def _at_root(self, root: Path, name: str) -> list[GatedFind]:
        """Where a crate defines a name or hands it on: in its first file if it is there, else anywhere."""
        finds = gated_finds(root, DEFINITION.format(name=name))
        return [one for one in finds if one.file == "src/lib.rs"] or finds

    def of_new(self, crate: str, used: Sequence[str], derived: Collection[str]) -> list[str]:
        """Return the features that a dependency needs for these items of it, of which some are derived."""
        of = self.called(crate, None)
        root = of.crate.root if of and of.crate else None
        wanted: dict[str, None] = {}
        for name in used if root else ():
            free = root is None or any(is_free(find.ways) for find in self._at_root(root, name))
            request = next(self._macro(None, name, crate), None) if name in derived else None
            request = request or (None if free else next(self._item(crate, name), None))
            wanted |= dict.fromkeys(sorted(request.features)) if request else {}
        known = crate_features(root) if root else None
        return [
            one for one in wanted
            if not any(other != one and known and one in known.closure(other) for other in wanted)
        ]  # fmt: skip

    def _disabled(self, error: Diagnostic) -> Iterator[FeatureRequest]:
        """A macro, or `compile_error!` of a dependency, whose message names a feature that is off."""
        words = WORD.findall(error.message)
        for one in self.direct:
            if one.crate and one.crate.root and (one.crate.name in error.message or self._in_use(one, error)):
                features = crate_features(one.crate.root)
                if named := next((word for word in words if features.known(word) and word != one.crate.name), ""):
                    yield from self.asked(one.crate, (frozenset((named,)),), f"{one.crate.name} asks for it")

    def _in_use(self, one: ManifestDependency, error: Diagnostic) -> bool:
        return bool(error.primary and any(f"{one.entry.rust_name}::" in line for line in error.primary.text))


def _of_macros(find: GatedFind) -> bool:
    return bool(MACROS.search(find.text))


def _any(ways: Sequence[Ways]) -> Ways:
    """Return the sets of features of several finds, any of which will do."""
    return tuple(dict.fromkeys(way for one in ways for way in one))


def _short(text: str) -> str:
    found = re.findall(r"`([^`]+)`", text)
    return f"`{found[0]}`" if found else text
