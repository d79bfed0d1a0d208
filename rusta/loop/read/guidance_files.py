"""What a workspace asks of whoever works in it: RUSTA.md and AGENTS.md, from its root, hers first.

They are the workspace's words, not her owner's: she follows them as a guest follows the house, within her boundaries, and
nothing in them can allow what permissions do not.
"""

from contextlib import suppress
from pathlib import Path

from rusta.tools.workspace_files import read_file

NAMES = ("RUSTA.md", "AGENTS.md")
LARGEST = 2**20  # bytes of a page that is read at all
LONGEST = 4000  # characters of each that enter a turn


def guidance(workspace: Path) -> str:
    """Both pages under their names, cut where they are long; empty where there is neither."""
    pages = []
    for name in NAMES:
        with suppress(OSError):  # there is none, or a pipe, a device, a link out, a file too long for a page
            text = read_file(workspace / name, LARGEST, workspace).decode("utf-8", "replace").strip()
            cut = f"\n[cut: {len(text) - LONGEST} characters more in {name}]" if len(text) > LONGEST else ""
            pages.append(f"{name} of this workspace:\n\n{text[:LONGEST]}{cut}")
    return "\n\n".join(pages)
