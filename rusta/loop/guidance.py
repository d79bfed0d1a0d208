"""What a workspace asks of whoever works in it: RUSTA.md and AGENTS.md, from its root, hers first.

They are the workspace's words, not her owner's: she follows them as a guest follows the house, within her boundaries, and
nothing in them can allow what permissions do not.
"""

from pathlib import Path

NAMES = ("RUSTA.md", "AGENTS.md")
LONGEST = 4000  # characters of each that enter a turn


def guidance(workspace: Path) -> str:
    """Both pages under their names, cut where they are long; empty where there is neither."""
    pages = []
    for name in NAMES:
        path = workspace / name
        if path.is_file() and path.resolve().is_relative_to(workspace.resolve()):
            text = path.read_text(encoding="utf-8", errors="replace").strip()
            cut = f"\n[cut: {len(text) - LONGEST} characters more in {name}]" if len(text) > LONGEST else ""
            pages.append(f"{name} of this workspace:\n\n{text[:LONGEST]}{cut}")
    return "\n\n".join(pages)
