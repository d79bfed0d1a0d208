"""What may name a file of the workspace: a relative path that stays inside it, spelled without tricks.

The check is of the spelling alone and happens where an action is made, so no action with another path exists. Where
symlinks lead is the business of whoever touches the disk.
"""

import unicodedata

from rusta.core.errors import RustaError

LONGEST = 400  # characters; no file of a crate needs more
FORBIDDEN = set("\"'`<>|*?")  # what other systems refuse in a name, and what quotes one in an answer
LONGEST_NAME = 255  # bytes of one segment, on every file system in use


class Malformed(RustaError):
    """An action that cannot be: its words say what is wrong with it and what would be right."""


def checked(path: str) -> str:
    """The path in its one spelling: `./src\\lib.rs` is `src/lib.rs`. Raises `Malformed`."""
    shown = ascii(path[:60])
    if len(path) > LONGEST:
        raise Malformed(
            f"The path {shown}... has {len(path)} characters. Name a file of this workspace, as src/lib.rs."
        )
    for letter in path:
        # Format characters are invisible: two spellings of one name, or a `.git` that does not look like one.
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
        # File systems that fold case or widths would take these for `.git` too.
        if unicodedata.normalize("NFKC", part).casefold().rstrip(". ") in (".git", "git~1"):
            raise Malformed(f"The path {shown} is inside .git, which stays as the person left it.")
        if len(part.encode()) > LONGEST_NAME:
            raise Malformed(f"The path {shown} has a name of {len(part)} characters. Name a file of this workspace.")
    return "/".join(parts)
