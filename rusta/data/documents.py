"""The user's own documents under `~/.rusta/data/`: files, or lines of JSONL, read as pages."""

import json
from pathlib import Path

from rusta.data.pages import BrokenPage, Page, PageKind
from rusta.identity.turns import Role, Turn

SUFFIXES = (".md", ".rs", ".txt")


def read_folder(folder: Path) -> list[Page]:
    """Return every document below `folder`, in the order of paths and lines. Raises `BrokenPage` with file and line.

    A document is not a conversation: it is one text, all of which carries loss.
    """
    pages = []
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.suffix in SUFFIXES and path.is_file():
            pages.append(_page(path, path.read_text(encoding="utf-8", errors="replace"), {}))
        elif path.suffix == ".jsonl":
            pages += _lines(path)
    return [page for page in pages if page.hers.strip()]


def _lines(path: Path) -> list[Page]:
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text = row.pop("text")
            if not isinstance(text, str):
                raise TypeError
        except (ValueError, KeyError, AttributeError, TypeError):
            raise BrokenPage(path, number, 'not a JSON object with "text".') from None
        found.append(_page(path, text, row))
    return found


def _page(path: Path, text: str, meta: dict[str, object]) -> Page:
    return Page(path, PageKind.DIALOGUE, meta, (Turn(Role.RUSTA, text),))
