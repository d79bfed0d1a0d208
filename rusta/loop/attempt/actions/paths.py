"""Check the paths of actions: a relative path that stays inside the workspace, without deceptive spelling.

Only the spelling is checked, when an action is created, so no action with another path exists. Where symlinks lead is
checked by the code that accesses the disk.
"""

import unicodedata

from rusta.core.errors import RustaError

LONGEST = 400  # characters; no file of a crate needs more
FORBIDDEN = set("\"'`<>|*?")  # characters that other systems refuse in names, and quotes that surround one in an answer
LONGEST_NAME = 255  # bytes of one segment, on every file system in use


class Malformed(RustaError):
    """An invalid action; the message says what is wrong with it and what would be right."""


def normalized_path(path: str) -> str:
    """Return the normalized path: `./src\\lib.rs` becomes `src/lib.rs`. Raises `Malformed`."""
    shown = ascii(path[:60])
    if len(path) > LONGEST:
        raise Malformed(
            f"The path {shown}... has {len(path)} characters. Name a file of this workspace, as src/lib.rs."
        )
    for letter in path:
        # Format characters are invisible: they allow two spellings of one name, or a `.git` that does not look like it.
        if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            raise Malformed(f"The path {shown} holds the character U+{ord(letter):04X}, which no path here may.")
        if letter in FORBIDDEN or (letter.isspace() and letter != " "):
            raise Malformed(f"The path {shown} holds {letter!a}, which no path here may.")
    plain = path.strip().replace("\\", "/")
    if plain.startswith("-") or "  " in plain:
        raise Malformed(
            f"The path {shown} would be read as something else. Name a file of this workspace, as src/lib.rs."
        )
    if plain.startswith(("/", "~")) or ":" in plain:
        raise Malformed(
            f"The path {shown} is absolute, or no path. Paths are relative to the workspace, as src/lib.rs."
        )
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise Malformed(f"The path {shown} leads out with `..`. Only files inside the workspace can be named.")
    if not parts:
        raise Malformed(f"The path {shown} names no file. Name one, as src/lib.rs.")
    for part in parts:
        # Spellings that case-folding or normalizing file systems would resolve to `.git`.
        if unicodedata.normalize("NFKC", part).casefold().rstrip(". ") in (".git", "git~1"):
            raise Malformed(f"The path {shown} is inside .git, which stays as the person left it.")
        if len(part.encode()) > LONGEST_NAME:
            raise Malformed(f"The path {shown} has a name of {len(part)} characters. Name a file of this workspace.")
    return "/".join(parts)
