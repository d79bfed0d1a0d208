"""A one-page map of the workspace: its crates, and the items that matter for a request, within a token budget.

Items come from tree-sitter, so files that do not compile are included. Parsed files are cached by content; a second map
reads only what changed. The items are ranked (`rusta.loop.read.item_ranking`) and cut to the budget by binary search.

Not covered: items that macros generate, and what lies outside the workspace, symlinks included.
"""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rusta.loop.read.item_ranking import WORD, mentions, ranked
from rusta.tools.items import Item, ItemKind, items
from rusta.tools.workspace_files import read_file

LARGEST = 1_000_000  # bytes; a larger file is taken for generated code and not read
MOST_FILES = 5_000
LONGEST_LINE = 160
SKIPPED = {"target", "node_modules", "vendor"}
CACHE_TAG = "CACHEDIR.TAG"  # cargo puts it into its target directory, whatever the name of that
# Words in comments and string literals are no uses of a name. A string that continues on the next line is matched up to
# the end of its line, and kept.
PROSE = re.compile(r'//[^\n]*+|"(?:[^"\\\n]|\\.)*+(?P<end>"?)')
SHOWN_FEATURES = 12


@dataclass(frozen=True)
class MapPage:
    """The parsed content of a file: the items it defines, and the names it uses with their counts."""

    items: tuple[Item, ...]
    uses: Mapping[str, int]


@dataclass
class WorkspaceMap:
    """Draws maps of one workspace repeatedly, with a cache."""

    root: Path
    kept: dict[str, MapPage] = field(default_factory=dict)  # by digest of the content
    seen: dict[str, tuple[tuple[int, int, int], str]] = field(default_factory=dict)  # by path: file state, digest

    def draw(
        self,
        budget: int,
        request: str = "",
        opened: Collection[str] = (),
        metadata: Mapping[str, Any] | None = None,
        count: Callable[[str], int] | None = None,
    ) -> str:
        """Return the map in at most `budget` tokens by `count` (by default four characters each), "" if nothing fits.

        Names in `request`, and what the files in `opened` use, come first. The items of those files are left out, since
        the model has read them. `metadata` is the output of `cargo metadata --no-deps`.
        """
        count = count or (lambda text: -(-len(text) // 4))
        pages = self.pages()
        asked, before_her = mentions(request), set(opened)
        defined = {
            path: {item.name for item in page.items if item.kind is not ItemKind.IMPL} for path, page in pages.items()
        }
        weights = ranked(defined, {path: page.uses for path, page in pages.items()}, asked, before_her)
        order = sorted(
            ((path, item) for path, page in pages.items() if path not in before_her for item in page.items),
            key=lambda one: -_worth(one[0], one[1], weights),
        )
        head = crate_lines(metadata, self.root) if metadata else ""
        best, low, high = "", 0, len(order)
        for shown in (head, head.split("\n\n")[0]):
            if shown and count(shown) <= budget:
                best = head = shown
                break
        else:
            head = ""
        while low <= high:
            middle = (low + high) // 2
            drawn = "\n".join(part for part in (head, _lines(order[:middle], before_her, pages)) if part)
            if count(drawn) <= budget:
                best, low = drawn, middle + 1
            else:
                high = middle - 1
        return best

    def pages(self) -> dict[str, MapPage]:
        """Return every Rust file of the workspace, parsed, by its relative path. Unreadable files are left out."""
        found: dict[str, MapPage] = {}
        for path in self._files():
            if (page := self._page(path)) is not None:
                found[path] = page
        self.seen = {path: state for path, state in self.seen.items() if path in found}
        still = {digest for _, digest in self.seen.values()}
        self.kept = {digest: page for digest, page in self.kept.items() if digest in still}
        return found

    def _page(self, path: str) -> MapPage | None:
        file = self.root / path
        try:
            stat = file.stat()
            state = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            known = self.seen.get(path)
            if known and known[0] == state:
                return self.kept[known[1]]
            if stat.st_size > LARGEST:
                page, digest = MapPage((), {}), f"large {path}"
            else:
                data = read_file(file, LARGEST)
                digest = hashlib.blake2b(data, digest_size=16).hexdigest()
                page = self.kept.get(digest) or _page(data)
        except OSError:
            return None
        self.kept[digest] = page
        self.seen[path] = (state, digest)
        return page

    def _files(self) -> list[str]:
        found: list[str] = []
        folders = [""]
        while folders and len(found) < MOST_FILES:
            folder = folders.pop()
            try:
                with os.scandir(self.root / folder) as entries:
                    inside = sorted(entries, key=lambda entry: entry.name)
            except OSError:
                continue
            if folder and any(entry.name == CACHE_TAG for entry in inside):
                continue
            for entry in inside:
                path = f"{folder}/{entry.name}" if folder else entry.name
                try:
                    path.encode()
                    if entry.is_symlink() and not self._within(path):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in SKIPPED and not entry.name.startswith("."):
                            folders.append(path)
                    elif entry.name.endswith(".rs") and entry.is_file():
                        found.append(path)
                except (OSError, UnicodeEncodeError):  # removed in between, or a name that is not valid UTF-8
                    continue
        return sorted(found[:MOST_FILES])

    def _within(self, path: str) -> bool:
        return (self.root / path).resolve().is_relative_to(self.root.resolve())


def _page(data: bytes) -> MapPage:
    text = PROSE.sub(_blank, data.decode("utf-8", errors="replace"))
    return MapPage(tuple(items(data)), Counter(WORD.findall(text)))


def _blank(prose: re.Match[str]) -> str:
    return prose[0] if prose["end"] == "" else " "


def _worth(path: str, item: Item, weights: Mapping[tuple[str, str], float]) -> float:
    """Return an item's rank: the weight of its name, lowered for items that say little by themselves."""
    if item.kind is ItemKind.IMPL and not item.trait:
        return 0.0  # an inherent impl is shown above those of its methods that are shown
    name = (
        item.path.rpartition(" ")[2].partition("<")[0].rpartition("::")[2] if item.kind is ItemKind.IMPL else item.name
    )
    worth = weights.get((path, name), 0.0)
    if item.path.split("::")[0] in ("tests", "test") or path.startswith(("tests/", "benches/", "examples/")):
        worth *= 0.2
    if item.kind is ItemKind.MODULE or item.trait:  # the trait's definition already lists its methods
        worth *= 0.3
    return worth if item.public or item.trait else worth * 0.5


def _lines(chosen: Sequence[tuple[str, Item]], opened: Collection[str], pages: Mapping[str, MapPage]) -> str:
    """Draw items under their files, in file order; a method under the `impl` it belongs to."""
    by_file: dict[str, set[Item]] = {}
    for path, item in chosen:
        by_file.setdefault(path, set()).add(item)
    lines: list[str] = [f"{path} (open)" for path in sorted(opened) if path in pages]
    for path in by_file:  # ordered by their best-ranked item
        lines.append(path)
        around: list[Item] = []
        for item in pages[path].items:
            around = [outer for outer in around if item.start < outer.end]
            if item in by_file[path]:
                for depth, outer in enumerate(around):
                    if outer not in by_file[path]:
                        by_file[path].add(outer)  # shown once, for all items in it
                        lines.append(_line(outer, depth))
                lines.append(_line(item, len(around)))
            if item.kind in (ItemKind.IMPL, ItemKind.TRAIT, ItemKind.MODULE):
                around.append(item)
    return "\n".join(lines)


def _line(item: Item, depth: int) -> str:
    shown = item.signature if len(item.signature) <= LONGEST_LINE else item.signature[: LONGEST_LINE - 1] + "…"
    return f"{'  ' * (depth + 1)}{''.join(f'{cfg} ' for cfg in item.cfg)}{shown}"


def crate_lines(metadata: Mapping[str, Any], root: Path) -> str:
    """Return one line per crate of a workspace: name, version, edition, targets, features, normal dependencies."""
    found = []
    for package in metadata.get("packages") or ():
        name, version = package.get("name", "?"), package.get("version", "?")
        targets = [
            f"{'/'.join(target.get('kind') or ['?'])} {_relative(target.get('src_path', '?'), root)}"
            for target in package.get("targets") or ()
            if set(target.get("kind") or ())
            & {"lib", "bin", "proc-macro", "cdylib", "rlib", "staticlib", "custom-build"}
        ]
        said = [f"crate {name} {version} (edition {package.get('edition', '?')})", ", ".join(targets)]
        features = sorted(package.get("features") or {})
        if features:
            more = f" and {len(features) - SHOWN_FEATURES} more" if len(features) > SHOWN_FEATURES else ""
            said.append(f"features {', '.join(features[:SHOWN_FEATURES])}{more}")
        needs = sorted({one.get("name", "?") for one in package.get("dependencies") or () if one.get("kind") is None})
        if needs:
            said.append(f"needs {', '.join(needs)}")
        found.append("; ".join(part for part in said if part))
    return "\n".join(found)


def _relative(path: str, root: Path) -> str:
    try:
        return Path(path).resolve().relative_to(root.resolve()).as_posix()
    except (ValueError, OSError):
        return Path(path).name
