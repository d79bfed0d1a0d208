"""Skills on the disk: a file that was written by `rusta mirror export skill` and is as it was written may be replaced, any other not.

Each file ends with a digest of itself, so that one which a person has edited is told from one which nobody touched.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rusta.core.home import persons_umask, write_atomically
from rusta.core.regular_file import read_file
from rusta.mirror.skill_text import CrateSkill

SIGNED = re.compile(r"<!-- rusta mirror export skill: ([0-9a-f]{16}) -->\n\Z")
LARGEST_KEPT = 1 << 20  # bytes of a file that is looked at


@dataclass
class WrittenSkills:
    """Paths of what was written, of what was so already, of what is of another and stays, and of what is no longer needed."""

    written: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def write_skills(folder: Path, skills: list[CrateSkill], may_replace: Callable[[Path], bool]) -> WrittenSkills:
    """Write skills into a folder, one folder each. `may_replace` is asked about a file that is not ours, or was edited."""
    done = WrittenSkills()
    for skill in skills:
        for path, text in skill.files.items():
            file, text = folder / skill.name / path, _signed(text)
            there = _there(file)
            if there == text.encode():
                done.same.append(str(file))
            elif there is not None and not _is_own(there) and not may_replace(file):
                done.kept.append(str(file))
            else:
                write_atomically(file, text)
                file.chmod(0o666 & ~persons_umask())
                done.written.append(str(file))
        for file in sorted((folder / skill.name / "references").glob("changes-*.md")):
            if f"references/{file.name}" not in skill.files and _is_own(_there(file) or b""):
                file.unlink()
                done.gone.append(str(file))
    return done


def _signed(text: str) -> str:
    text = text if text.endswith("\n") else f"{text}\n"
    return f"{text}<!-- rusta mirror export skill: {_digest_of(text)} -->\n"


def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_own(content: bytes) -> bool:
    text = content.decode("utf-8", "replace")
    found = SIGNED.search(text)
    return found is not None and found[1] == _digest_of(text[: found.start()])


def _there(file: Path) -> bytes | None:
    """What is at a path: None for nothing, no bytes for what is no file that can be read."""
    if file.is_symlink():
        return b""
    try:
        return read_file(file, LARGEST_KEPT)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return b""
