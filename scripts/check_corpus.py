#!/usr/bin/env python3
"""Read pages of her corpus aloud to the compiler: `scripts/check_corpus.py [PATH ...]`.

Prints a line for each page that breaks a rule of the house, and a count at the end. Exit 1 if any does.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rusta.data.corpus import CORPUS, complaints, kind_of
from rusta.data.pages import BrokenPage, read_page


def main(arguments: list[str]) -> int:
    """Check the named pages or folders, or all of the corpus."""
    roots = [Path(argument).resolve() for argument in arguments] or [CORPUS]
    paths = sorted(page for root in roots for page in ([root] if root.is_file() else root.rglob("*.md")))
    paths = [(path, kind) for path in paths if (kind := kind_of(path))]
    bad = words = 0
    for path, kind in paths:
        try:
            page = read_page(path, kind)
        except BrokenPage as refusal:
            found = [str(refusal)]
        else:
            found = [f"{path}: {what}" for what in complaints(page)]
            words += len(page.hers.split())
        bad += bool(found)
        print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(paths)} pages, {words} words of hers, {bad} with complaints")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
