"""Read a workspace's instructions for agents: RUSTA.md and AGENTS.md at its root, in this order.

They come from the workspace, not from the user: they are followed within the boundaries, and nothing in them can allow
what the permissions do not. Pages for agents that a crate ships (`SKILL.md`) are none, wherever they lie: they are read and
quoted like any other page.
"""

from contextlib import suppress
from pathlib import Path

from rusta.tools.workspace_files import read_file

NAMES = ("RUSTA.md", "AGENTS.md")
LARGEST = 2**20  # bytes; a larger file is not read
LONGEST = 4000  # characters of each that enter the prompt


def guidance(workspace: Path) -> str:
    """Return both files under their names, cut where they are too long; empty where there is neither."""
    pages = []
    for name in NAMES:
        with suppress(OSError):  # missing, a pipe, a device, a link that leads outside, or too large
            text = read_file(workspace / name, LARGEST, workspace).decode("utf-8", "replace").strip()
            cut = f"\n[cut: {len(text) - LONGEST} characters more in {name}]" if len(text) > LONGEST else ""
            pages.append(f"{name} of this workspace:\n\n{text[:LONGEST]}{cut}")
    return "\n\n".join(pages)
