"""The documentation that is installed with a toolchain: where it lies, of which version it is, and which pages are read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

BOOKS = ("error_codes", "reference", "book", "nomicon", "edition-guide", "cargo", "clippy", "rustc", "rust-by-example")
VERSION = re.compile(rb'data-rustdoc-version="([^"]{1,80})"')
# Pages that repeat others, or say the same in another language or an older edition.
TWICE = re.compile(
    r"/(?:print|toc|404|SUMMARY|introduction)\.html$|/book/(?:\w+-edition)/|/rust-by-example/(?:es|ja|ko|zh)/|/std/range/legacy/"
)


@dataclass(frozen=True)
class Documentation:
    """`root` is the folder of HTML that rustup installs as `rust-docs`."""

    root: Path

    @classmethod
    def of(cls, bin_folder: Path) -> "Documentation | None":
        """The documentation of the toolchain whose programs lie in this folder; None where it is not installed."""
        root = bin_folder.parent / "share" / "doc" / "rust" / "html"
        return cls(root) if (root / "std" / "index.html").is_file() else None

    @cached_property
    def version(self) -> str:
        """As rustdoc wrote it into its pages: `1.95.0 (59807616e 2026-04-14)`; "unknown" where it did not."""
        with (self.root / "std" / "index.html").open("rb") as file:
            found = VERSION.search(file.read(20_000))
        return found[1].decode("utf-8", "replace") if found else "unknown"

    def pages(self) -> Iterator[tuple[str, Path]]:
        """Each page's source (`std`, or a book) and path, those that keys lead to first."""
        for book in BOOKS:
            for path in sorted((self.root / book).rglob("*.html")):
                if not TWICE.search(path.as_posix()):
                    yield book, path
        for path in sorted((self.root / "std").rglob("*.html")):
            if path.name != "all.html" and "/arch/" not in path.as_posix():  # of intrinsics there are thousands
                yield "std", path
