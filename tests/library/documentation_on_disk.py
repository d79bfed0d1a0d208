"""Documentation written to disk as rustup installs it, for the tests of the library."""

import shutil
from pathlib import Path

from rusta.library.documentation import Documentation

PAGES = Path(__file__).parent / "pages"  # as rustdoc and mdBook write them, cut to what is read
SMALL = PAGES / "small"  # items of std, error codes with examples, rules of the Reference and the Book, and Cargo's


def installed(toolchain: Path, pages: Path | dict[str, str] = SMALL) -> Documentation:
    """The documentation of a toolchain in this folder: a folder of pages, or pages by their names."""
    root = toolchain / "share" / "doc" / "rust" / "html"
    if isinstance(pages, Path):
        shutil.copytree(pages, root)
    else:
        for name, text in pages.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    found = Documentation.of(toolchain / "bin")
    assert found
    return found
