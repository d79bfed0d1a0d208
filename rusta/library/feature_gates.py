"""Which features of a crate an item of it needs: what its manifest says of features, and what its sources gate by `cfg`.

The sources are searched as text for a pattern, and what encloses each find is read: attributes above it, above the
blocks around it, above the `mod` that declares its file, and those that a macro of the crate adds (`cfg_fs! { ... }`).
Each find gives sets of features, one of which has to be on. Sources: The Cargo Book, "Features"; The Rust Reference,
"Conditional compilation". Not covered: items that a build script configures.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from pathlib import Path

from rusta.core.regular_file import read_file
from rusta.tools.manifest import nested_table
from rusta.tools.workspace_files import read_toml

MOST_FILES = 3_000  # of a crate
LARGEST_FILE = 2_000_000  # bytes
MOST_BYTES = 1 << 25  # of a crate's files together
MOST_FINDS = 40  # of a pattern in a crate
DEEPEST = 40  # modules above a file, and parts of a cfg inside of each other
MOST_WAYS = 16  # sets of features of one item
LONGEST_HEAD = 400  # characters before a block that are looked at

Ways = tuple[frozenset[str], ...]
"""Sets of features; one of them, whole, has to be on, and what begins with `!` off, as for an item that stands in for another.

(frozenset(),): nothing is needed. (): no feature is enough.
"""
FREE: Ways = (frozenset(),)

TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?(?:\*/|\Z)|(?:br|cr|r)(?P<marks>\#*)".*?"(?P=marks)|[bc]?"(?:\\.|[^"\\])*"|b?'(?:\\[^\n]|[^'\\\n])'
    |\#!?\[|[{};]""",
    re.VERBOSE | re.DOTALL,
)
CFG = re.compile(r"#!?\[\s*cfg\s*\(")
PART = re.compile(
    r'\s*(?:(?P<all>all|any|not)\s*\(|feature\s*=\s*"(?P<feature>[^"]{1,100})"|(?P<flag>\w+)(?:\s*=\s*"[^"]*")?)'
)
NEVER = frozenset(("doc", "docsrs", "test", "miri", "loom", "fuzzing", "doctest"))
MACRO = re.compile(r"([A-Za-z_]\w*)!\s*$")
RULES = re.compile(r"\bmacro_rules!\s*(\w+)\s*$")


@dataclass(frozen=True)
class GatedFind:
    """One find of a pattern. `around` are the heads of the blocks around it, from the outside."""

    file: str
    text: str
    ways: Ways
    around: tuple[str, ...]


@dataclass(frozen=True)
class CrateFeatures:
    """The features that a manifest declares, with what each turns on, and its optional dependencies with their package."""

    declared: Mapping[str, tuple[str, ...]]
    optional: Mapping[str, str]

    def closure(self, *features: str) -> frozenset[str]:
        """Return these features and all that they turn on, as written in manifests (`dep:x`, `x/y`, `x?/y`)."""
        found, todo = set[str](), list(features)
        while todo:
            one = todo.pop()
            if one not in found:
                found.add(one)
                todo += self.declared.get(one, ())
                if "/" in one and "?/" not in one:
                    todo.append(f"dep:{one.partition('/')[0]}")
        return frozenset(found)

    def known(self, feature: str) -> bool:
        """Return whether a manifest may name this feature: a declared one, or an optional dependency without `dep:`."""
        spoken = {one.removeprefix("dep:") for of in self.declared.values() for one in of if one.startswith("dep:")}
        return feature in self.declared or (feature in self.optional and feature not in spoken)

    def smallest(self, wanted: str) -> str:
        """Return the feature by which `wanted` is turned on: itself if declared, else the one that turns on least; "" if none."""
        if wanted in self.declared:
            return wanted
        by = [one for one in self.declared if one != "default" and wanted in self.closure(one)]
        by.sort(key=lambda one: (one.startswith("unstable"), len(self.closure(one)), one))
        return by[0] if by else wanted if self.known(wanted) else ""

    def of_dependency(self, package: str) -> list[str]:
        """Return the features that turn an optional dependency on, the smallest and most alike first."""
        keys = [key for key, name in self.optional.items() if name == package]
        found = [
            one for one in (*self.declared, *(key for key in keys if self.known(key) and key not in self.declared))
            if one != "default" and any({key, f"dep:{key}"} & self.closure(one) for key in keys)
        ]  # fmt: skip
        return sorted(dict.fromkeys(found), key=lambda one: (one != package, len(self.closure(one)), one))

    def forwards(self, package: str, feature: str) -> str:
        """Return the feature that turns on a feature of a dependency (`rc = ["serde_core/rc"]`); "" if none."""
        wanted = {f"{package}/{feature}", f"{package}?/{feature}"}
        found = [one for one in self.declared if one != "default" and wanted & self.closure(one)]
        return min(found, key=lambda one: (one != feature, len(self.closure(one)))) if found else ""


@lru_cache(64)
def crate_features(crate: Path) -> CrateFeatures:
    """Read the features of the crate in this folder."""
    manifest = read_toml(crate / "Cargo.toml", crate) or {}
    said = nested_table(manifest, "features")
    declared = {
        name: tuple(one for one in of if isinstance(one, str)) for name, of in said.items() if isinstance(of, list)
    }
    optional = dict[str, str]()
    for place in (manifest, *nested_table(manifest, "target").values()):
        for kind in ("dependencies", "build-dependencies"):
            for key, one in nested_table(place, kind).items():
                if isinstance(one, dict) and one.get("optional") is True:
                    package = one.get("package", key)
                    optional[key] = package if isinstance(package, str) else key
    return CrateFeatures(declared, optional)


def gated_finds(crate: Path, pattern: str) -> list[GatedFind]:
    """Return where a pattern is found in the sources of a crate, outside of comments' lines, with what each needs."""
    sources, wanted, found = crate_sources_text(crate), re.compile(pattern), list[GatedFind]()
    for file, text in sources.files.items():
        for at in wanted.finditer(text):
            if text[text.rfind("\n", 0, at.start()) + 1 : at.start()].lstrip().startswith("//"):
                continue
            ways, around = sources.gates(file, at.start())
            found.append(GatedFind(file, at[0], ways, around))
            if len(found) >= MOST_FINDS:
                return found
    return found


def is_free(ways: Ways) -> bool:
    """Return whether an item is there without any feature."""
    return any(all(one.startswith("!") for one in way) for way in ways)


def cfg_ways(condition: str) -> Ways:
    """Return the sets of features that satisfy a condition, from the text behind `cfg(`."""
    ways, _ = _condition(condition, 0, 0)
    return ways


@dataclass
class SourceTexts:
    """The sources of a crate as text, with what gates each place in them."""

    files: dict[str, str]
    _macros: dict[str, Ways] = field(default_factory=dict)
    _whole: dict[str, Ways] = field(default_factory=dict)

    def gates(self, file: str, offset: int) -> tuple[Ways, tuple[str, ...]]:
        """Return what a place in a file needs, and the heads of the blocks around it."""
        ways, around = self._inside(self.files[file], offset)
        return _both(self._of_file(file, 0), ways), around

    def _of_file(self, file: str, depth: int) -> Ways:
        """What the declarations of a file, and of the modules above it, need."""
        if file not in self._whole:
            self._whole[file] = FREE  # while it is searched
            path = Path(file)
            name, folder = (path.parent.name, path.parent.parent) if path.name == "mod.rs" else (path.stem, path.parent)
            up = folder.parent  # where the module around it may stand inside of another file
            above = [
                f"{folder}.rs",
                *(f"{at}/{one}.rs" for at in (folder, up) for one in ("mod", "lib", "main")),
                f"{up}.rs",
            ]
            for parent in above if depth < DEEPEST and path.name not in ("lib.rs", "main.rs") else ():
                text = self.files.get(parent, "")
                if at := re.search(rf"\bmod\s+{re.escape(name)}\s*;", text):
                    ways, _ = self._inside(text, at.start())
                    self._whole[file] = _both(self._of_file(parent, depth + 1), ways)
                    break
        return self._whole[file]

    def _inside(self, text: str, offset: int) -> tuple[Ways, tuple[str, ...]]:
        """What the attributes above a place and above the blocks around it need, and the heads of these blocks."""
        stack: list[tuple[Ways, str]] = []
        pending, begins, at = FREE, 0, 0
        while (token := TOKEN.search(text, at)) and token.start() < offset:
            at = token.end()
            mark = token[0]
            if mark.startswith("#"):
                end = _closing(text, at)
                if found := CFG.match(text, token.start()):
                    ways = cfg_ways(text[found.end() : end])
                    if mark == "#![":
                        stack.append((ways, "")) if not stack else stack.__setitem__(
                            -1, (_both(stack[-1][0], ways), stack[-1][1])
                        )
                    else:
                        pending = _both(pending, ways)
                at = end
                if end > offset:
                    break
            elif mark == "{":
                head = text[max(begins, token.start() - LONGEST_HEAD) : token.start()]
                called = MACRO.search(head)
                ways = _both(pending, self._macro(called[1])) if called and not RULES.search(head) else pending
                stack.append((ways, " ".join(head.split())))
                pending, begins = FREE, at
            elif mark == "}":
                if stack:
                    stack.pop()
                pending, begins = FREE, at
            elif mark == ";":
                pending, begins = FREE, at
        whole = pending
        for ways, _ in stack:
            whole = _both(whole, ways)
        return whole, tuple(head for _, head in stack)

    def _macro(self, name: str) -> Ways:
        """What a macro of the crate puts above the items that it is given."""
        if name not in self._macros:
            self._macros[name] = FREE
            declares = re.compile(rf"\bmacro_rules!\s*{re.escape(name)}\s*\{{")
            for text in self.files.values():
                if found := declares.search(text):
                    body = text[found.end() : _block_end(text, found.end())]
                    arm = body.partition("=>")[2].partition("=>")[0]  # the first rule
                    for one in CFG.finditer(arm):
                        self._macros[name] = _both(
                            self._macros[name], cfg_ways(arm[one.end() : _closing(arm, one.end())])
                        )
                    break
        return self._macros[name]


@lru_cache(16)
def crate_sources_text(crate: Path) -> SourceTexts:
    """Read the sources of the crate in this folder, without its tests, benches and examples."""
    files, length = dict[str, str](), 0
    for path in sorted((crate / "src").rglob("*.rs"))[:MOST_FILES]:
        try:
            source = read_file(path, LARGEST_FILE, crate)
        except (OSError, ValueError):
            continue
        length += len(source)
        if length > MOST_BYTES:
            break
        files[path.relative_to(crate).as_posix()] = source.decode("utf-8", "replace")
    return SourceTexts(files)


def _both(one: Ways, other: Ways) -> Ways:
    ways = dict.fromkeys(a | b for a, b in product(one, other))
    return tuple(sorted(ways, key=len)[:MOST_WAYS])


def _condition(text: str, at: int, depth: int) -> tuple[Ways, int]:
    """Read one condition; return what satisfies it and where it ends."""
    found = PART.match(text, at)
    if not found or depth > DEEPEST:
        return FREE, len(text)
    if found["feature"]:
        return (frozenset((found["feature"],)),), found.end()
    if found["flag"]:
        return (() if found["flag"] in NEVER or "_unstable" in found["flag"] else FREE), found.end()
    inner, at = list[Ways](), found.end()
    while at < len(text) and not re.compile(r"\s*,?\s*\)").match(text, at):
        at = (re.compile(r"\s*,").match(text, at) or re.compile("").match(text, at)).end()  # type: ignore[union-attr]
        before = at
        ways, at = _condition(text, at, depth + 1)
        inner.append(ways)
        if at <= before:
            break
    end = re.compile(r"\s*,?\s*\)").match(text, at)
    at = end.end() if end else len(text)
    if found["all"] == "any":
        return tuple(dict.fromkeys(one for ways in inner for one in ways))[:MOST_WAYS], at
    if found["all"] == "not":
        off = frozenset(f"!{one}" for ways in inner for way in ways for one in way if not one.startswith("!"))
        return (off,), at
    whole = FREE
    for ways in inner:
        whole = _both(whole, ways)
    return whole, at


def _closing(text: str, at: int) -> int:
    """Return where the bracket of an attribute ends that was opened before `at`."""
    depth = 1
    for found in re.compile(r'"(?:\\.|[^"\\])*"|[\[\]]', re.DOTALL).finditer(text, at):
        depth += {"[": 1, "]": -1}.get(found[0], 0)
        if not depth:
            return found.end()
    return len(text)


def _block_end(text: str, at: int) -> int:
    depth = 1
    while token := TOKEN.search(text, at):
        at = token.end()
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if not depth:
            return token.start()
    return len(text)
