"""Conditional compilation: whether a `cfg` holds for a target with a set of features, and what `cfg_attr` puts in its place.

Source: The Rust Reference, "Conditional compilation". What a build script configures is told from its text by the convention of
version probes, since it is never run: `no_x` and `syn_no_x` stand for what an old compiler lacks and are off, others (`has_std`)
for what a new one has and are on. Not covered: `cfg(accessible(...))`, `cfg(version(...))`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rusta.library.item_docs import LONGEST_ATTRIBUTE

LINUX = {
    "target_os": ("linux",), "target_family": ("unix",), "target_arch": ("x86_64",), "target_env": ("gnu",), "target_vendor": ("unknown",),
    "target_pointer_width": ("64",), "target_endian": ("little",), "target_abi": ("",), "panic": ("unwind",),
    "target_has_atomic": ("8", "16", "32", "64", "ptr", ""), "target_feature": ("fxsr", "sse", "sse2"),
    "target_has_atomic_load_store": ("8", "16", "32", "64", "ptr"), "target_thread_local": ("",),
}  # fmt: skip
DEEPEST = 40  # predicates inside of each other
TOKEN = re.compile(r'\s*(?:(?P<word>r#\w+|\w+)|(?P<text>r?#*"(?:[^"\\]|\\.)*"#*)|(?P<mark>[(),=]))')
GATE = re.compile(r"#!?\[\s*cfg\s*\(")
ATTRIBUTE = re.compile(r"#!?\[\s*cfg_attr\s*\(")
PART = re.compile(r'r(?P<marks>#*)".*?"(?P=marks)|"(?:[^"\\]|\\.)*"|[(\[{]|[)\]}]|,', re.DOTALL)
PROBED = re.compile(
    r"""rustc-cfg=([A-Za-z_]\w{0,99})\b(?!\s*=)|\bemit\s*\(\s*"([A-Za-z_]\w{0,99})"|\bemit_rustc_version\s*\(\s*1\s*,\s*(\d+)"""
)
LACKS = re.compile(r"(?:^|_)(?:no|not|without|missing|old|before)(?:_|$)")


@dataclass(frozen=True)
class CfgSetting:
    """For what `cfg` is evaluated. `features` of None are all that the manifest declares."""

    features: frozenset[str] | None = None
    flags: frozenset[str] = frozenset(("unix", "debug_assertions", "overflow_checks"))
    values: tuple[tuple[str, tuple[str, ...]], ...] = tuple(sorted(LINUX.items()))

    def of(self, manifest: dict[str, Any], build: str) -> "CfgSetting":
        """Return the setting for a package with this manifest and the text of its build script."""
        declared = manifest.get("features")
        declared = declared if isinstance(declared, dict) else {}
        features = _features(manifest, declared) if self.features is None else _closed(self.features, declared)
        return CfgSetting(features, self.flags | set(_probed(build)), self.values)

    def holds(self, predicate: str) -> bool:
        """Return whether a predicate is true; one that cannot be read is taken for true."""
        tokens = [found[found.lastgroup or 0] for found in TOKEN.finditer(predicate[:LONGEST_ATTRIBUTE])]
        return _Predicate(self, tokens).read(0)

    def applied(self, attributes: Sequence[str]) -> list[str] | None:
        """Return attributes with what `cfg_attr` stands for in its place; None where a `cfg` takes the item out."""
        found = list[str]()
        for one in attributes:
            if one[0] != "#" or "cfg" not in one[:12]:
                found.append(one)
                continue
            if gate := GATE.match(one):
                if not self.holds(one[gate.end() :].rstrip().removesuffix("]").rstrip().removesuffix(")")):
                    return None
            elif ATTRIBUTE.match(one):
                inner = list(self._given(one, 0))
                if (inner := self.applied(inner) if inner else []) is None:
                    return None
                found += inner
                continue
            found.append(one)
        return found

    def _given(self, attribute: str, depth: int) -> Iterator[str]:
        """The attributes that a `cfg_attr` gives."""
        start = ATTRIBUTE.match(attribute)
        if not start or depth > DEEPEST or len(attribute) > 16 * LONGEST_ATTRIBUTE:
            return
        mark = "#!" if attribute.startswith("#!") else "#"
        inside = attribute[start.end() :].rstrip().removesuffix("]").rstrip().removesuffix(")")
        first, *given = _parted(inside)
        if self.holds(first):
            for one in given:
                if one.strip():
                    spelled = f"{mark}[{one.strip()}]"
                    yield from self._given(spelled, depth + 1) if ATTRIBUTE.match(spelled) else (spelled,)


@dataclass
class _Predicate:
    setting: CfgSetting
    tokens: list[str]
    at: int = 0

    def read(self, depth: int) -> bool:
        """The predicate that begins here."""
        word = self._next()
        if word in ("all", "any", "not") and self._peek() == "(":
            self.at += 1
            inner = list[bool]()
            while self._peek() not in (")", "") and depth < DEEPEST:
                inner.append(self.read(depth + 1))
                if self._peek() == ",":
                    self.at += 1
            self.at += 1
            return all(inner) if word == "all" else any(inner) if word == "any" else not (inner and inner[0])
        if self._peek() == "(":  # of a kind that is not known
            self._skip()
            return False
        if self._peek() != "=":
            return word == "true" or word in self.setting.flags
        self.at += 1
        value = self._next().removeprefix("r").strip("#").strip('"')
        if word == "feature":
            return value in (self.setting.features or ())
        return value in dict(self.setting.values).get(word, ())

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1] if self.at <= len(self.tokens) else ""

    def _skip(self) -> None:
        depth = 0
        while self.at < len(self.tokens):
            depth += {"(": 1, ")": -1}.get(self._next(), 0)
            if not depth:
                return


def _parted(text: str) -> list[str]:
    """Split at the commas that stand in no bracket and no string."""
    parts, depth, start = list[str](), 0, 0
    for found in PART.finditer(text):
        mark = found[0]
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth -= 1
        elif mark == "," and depth == 0:
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]


def _closed(features: frozenset[str], declared: dict[str, Any]) -> frozenset[str]:
    """Features with all that they turn on; an optional dependency by its name, `x/y` turns `x` on."""
    found, todo = set[str](), list(features)
    while todo:
        one = todo.pop().removeprefix("dep:")
        if one in found:
            continue
        found.add(one)
        below = declared.get(one)
        todo += [other for other in below if isinstance(other, str)] if isinstance(below, list) else []
        name, slash, _ = one.partition("/")
        if slash and not name.endswith("?"):
            todo.append(name)
    return frozenset(found)


def _features(manifest: dict[str, Any], declared: dict[str, Any]) -> frozenset[str]:
    """Every feature of a package, its optional dependencies among them."""
    targets = manifest.get("target")
    places = [manifest, *(targets.values() if isinstance(targets, dict) else ())]
    tables = [place.get("dependencies") for place in places if isinstance(place, dict)]
    optional = {
        name for table in tables if isinstance(table, dict)
        for name, one in table.items() if isinstance(one, dict) and one.get("optional") is True
    }  # fmt: skip
    return _closed(frozenset((*(one for one in declared if isinstance(one, str)), *optional)), declared)


def _probed(build: str) -> Iterator[str]:
    """The flags that a build script sets with a compiler of today."""
    for plain, emitted, minor in PROBED.findall(build[: 1 << 20]):
        name = plain or emitted or f"rustc_1_{minor}"
        if not LACKS.search(name):
            yield name
