"""Where an error of cargo's is in a manifest: cargo names the package, the dependency or the feature, and seldom a line.

Only regular files within the workspace are read, up to a size: what a build script prints may name any path. Where a
key is not there, the place is the table it belongs to, or the first line.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from rusta.tools.diagnostics import Span
from rusta.tools.manifest import DEPENDENCIES, member_folders
from rusta.tools.toml_text import TomlText
from rusta.tools.workspace_files import LARGEST_TOML, read_file

NAMED = (
    re.compile(r"failed to parse manifest at `([^`\n]+)`"),
    re.compile(r"^ *--> ([^\n]*Cargo\.toml)\b", re.M),
    re.compile(r"referenced by workspace at `([^`\n]+)`"),
)
OF_PACKAGE = re.compile(r"package `[^`\n]{1,200} \((/[^`\n)]+)\)`")
DRAWN = re.compile(r"^ *--> (?P<path>[^\n]+?):(?P<line>\d+):(?P<column>\d+)$", re.M)
PARSED = re.compile(
    r"(?:lock file at:|configuration in) `?(?P<path>[^`\n]+)`?[\s\S]{0,200}?at line (?P<line>\d+), column (?P<column>\d+)"
)
PANICKED = re.compile(r"panicked at (?P<path>[^\s:]+\.rs):(?P<line>\d+):(?P<column>\d+)")
UPWARD = 3  # folders above the one cargo runs in to which a path may lead


class FaultPlaces:
    """Reads manifests for the places of cargo's errors in one run. `folder` is where cargo ran, `root` the workspace's."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder, self.root = folder, root
        self._texts: dict[Path, TomlText] = {}

    def short(self, text: str) -> str:
        """Return a text with every path below the folder, or beside it, made relative to it."""
        for up, above in zip(range(UPWARD + 1), (self.folder, *self.folder.parents), strict=False):
            if len(above.parts) > 2:
                text = text.replace(f"{above}/", "../" * up)
                text = re.sub(rf"{re.escape(str(above))}(?![\w.-])", "../" * up or ".", text)
        return text

    def span(self, fault: str, said: dict[str, str], block: str) -> Span | None:
        """Return the place of an error with the names in it; None where it is in no file of the workspace."""
        kind = fault.removeprefix("cargo::")
        pattern = PANICKED if kind.startswith(("build-script", "missing-system", "missing-program")) else DRAWN
        if found := pattern.search(block) or PARSED.search(block):
            base = self._package(block) if pattern is PANICKED else self.folder
            return self._line(base / found["path"], int(found["line"]), int(found["column"]))
        if kind in ("configuration", "link-failed"):
            return None
        manifest = self._manifest(kind, said, block)
        if manifest is None:
            return None
        text = self.text(manifest)
        at = next(_places(kind, said, text, manifest), None) if text else None
        if text is None or not at:
            return self._line(manifest, 1, 1)
        return bytes_span(self._relative(manifest), text.source, *at)

    def text(self, manifest: Path) -> TomlText | None:
        """Return a manifest's text."""
        if manifest not in self._texts:
            try:
                self._texts[manifest] = TomlText(read_file(manifest, LARGEST_TOML, self.root))
            except (OSError, ValueError):
                return None
        return self._texts[manifest]

    def package(self, span: Span | None) -> str:
        """Return the name of the package whose manifest has a place, or ""."""
        text = self.text(self.folder / span.path) if span and span.path.endswith("Cargo.toml") else None
        return (text.string("package", "name") or "") if text else ""

    def _manifest(self, kind: str, said: dict[str, str], block: str) -> Path | None:
        if kind in ("missing-member", "outside-workspace", "two-workspace-roots"):
            root = Path(said.get("root", ""))
            return root if root.name == "Cargo.toml" else Path(said.get("folder", ""), "Cargo.toml")
        if kind == "rust-version":
            return self._of(said.get("name", ""))
        if kind in ("build-script-failed", "missing-system-library", "missing-program"):
            return self._package(block) / "Cargo.toml"
        if kind == "missing-dependency-path" and (leads := self._leading(said)):
            return leads
        if "manifest" in said:
            return self.folder / said["manifest"]
        named = [found for pattern in NAMED for found in pattern.findall(block)]
        return Path(self.folder, named[-1] if len(named) == 1 else named[0]) if named else self._own(block)

    def _own(self, block: str) -> Path:
        found = OF_PACKAGE.search(block)
        return (Path(found[1]) if found else self.folder) / "Cargo.toml"

    def _package(self, block: str) -> Path:
        found = re.search(r"`[^`\n]{1,200} \((/[^`\n)]+)\)`", block)
        return Path(found[1]) if found else self.folder

    def _of(self, package: str) -> Path | None:
        for folder in (self.root, *member_folders(self.root)):
            text = self.text(folder / "Cargo.toml")
            if text and text.string("package", "name") == package:
                return folder / "Cargo.toml"
        return None

    def _leading(self, said: dict[str, str]) -> Path | None:
        """Return the manifest with the path to a dependency that is not there."""
        for folder in (self.root, *member_folders(self.root)):
            text = self.text(folder / "Cargo.toml")
            for table in dependency_tables(text) if text else ():
                path = text.string(*table, said["name"], "path") if text else None
                if path and os.path.normpath(folder / path / "Cargo.toml") == said["path"]:
                    return folder / "Cargo.toml"
        return None

    def _relative(self, path: Path) -> str:
        whole = Path(os.path.normpath(self.folder / path))
        return whole.relative_to(self.folder).as_posix() if whole.is_relative_to(self.folder) else str(whole)

    def _line(self, path: Path, line: int, column: int) -> Span | None:
        try:
            source = read_file(self.folder / path, LARGEST_TOML, self.root)
        except (OSError, ValueError):
            return None
        start = 0
        for _ in range(line - 1):
            start = source.find(b"\n", start) + 1
        row = source[start : source.find(b"\n", start) % (len(source) + 1)].decode("utf-8", "replace")
        start += len(row[: column - 1].encode())
        return bytes_span(self._relative(path), source, start, start)


def bytes_span(path: str, source: bytes, start: int, end: int) -> Span:
    """Return the span of some bytes of a file."""
    first = source.rfind(b"\n", 0, start) + 1
    last = source.rfind(b"\n", 0, max(start, end - 1)) + 1
    stop = source.find(b"\n", end)
    rows = source[first : stop if stop >= 0 else len(source)].decode("utf-8", "replace").split("\n")
    line = source.count(b"\n", 0, start) + 1
    column, column_end = (len(source[a:b].decode("utf-8", "replace")) + 1 for a, b in ((first, start), (last, end)))
    return Span(path, start, end, line, column, line + len(rows) - 1, column_end, True, None, tuple(rows))


def dependency_tables(text: TomlText) -> Iterator[tuple[str, ...]]:
    """Yield the path of every table in which cargo looks for dependencies."""
    for kind in DEPENDENCIES:
        yield (kind,)
        yield from (("target", platform, kind) for platform in text.under("target"))
    yield ("workspace", "dependencies")


def _places(kind: str, said: dict[str, str], text: TomlText, manifest: Path) -> Iterator[tuple[int, int]]:
    """Yield what an error is about in a manifest, the best first."""
    name, key = said.get("name", ""), said.get("key", "")
    known: list[tuple[int, int] | None] = []
    if "dependency" in kind or kind == "no-workspace-root":
        for table in dependency_tables(text):
            asked = text.strings(*table, name or key, "features")
            known += [(one.start_byte, one.end_byte) for feature, one in asked if feature == said.get("feature")]
            known.append(text.place(*table, name or key))
            renamed = (one for one in text.under(*table) if text.string(*table, one, "package") == name)
            known += [text.place(*table, one) for one in renamed]
    if key:
        known += [text.place("package", key), text.place(key)]
    if kind == "unknown-feature-member":
        items = text.strings("features", said["feature"])
        known += [(one.start_byte, one.end_byte) for member, one in items if member == said["member"]]
        known.append(text.place("features", said["feature"]))
    if kind in ("missing-target-file", "duplicate-target") and (of := said.get("kind")):
        all_of = [at for at in text.under(of) if text.string(of, at, "name") == name]
        last = all_of[-1] if all_of else ""
        known += [text.place(of, last, "path"), text.place(of, last), text.place(of, "path"), text.place(of)]
    if kind == "unknown-edition":
        known += [text.place("package", "edition"), text.place("workspace", "package", "edition")]
    if kind == "rust-version":
        known.append(text.place("package", "rust-version"))
    if kind == "missing-member":
        wanted = os.path.normpath(said["folder"])
        items = text.strings("workspace", "members")
        known += [
            (one.start_byte, one.end_byte)
            for member, one in items
            if os.path.normpath(manifest.parent / member) == wanted
        ]
    if kind in ("missing-member", "outside-workspace", "two-workspace-roots"):
        known += [text.place("workspace", "members"), text.place("workspace")]
    known += [text.place("package"), text.place("workspace")]
    yield from (one for one in known if one)
