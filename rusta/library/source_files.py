"""The files of one state of a source tree, whether that is a folder or a commit of a repository.

Paths are relative to the tree and separated by `/`. What is read is a stranger's: regular files only, of bounded length.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path, PurePosixPath
from typing import Protocol

from rusta.core.regular_file import read_file

MOST_FILES = 200_000  # of a folder that are listed
SKIPPED = frozenset((".git", "target", "node_modules"))


class SourceFiles(Protocol):
    """Files of one state. A commit of a repository has an implementation of its own, in the room of mirrors."""

    def paths(self) -> Mapping[str, str]:
        """Return every regular file with a mark that is another one whenever its content is."""
        ...

    def read(self, path: str, most: int) -> bytes | None:
        """Return a file's content; None where there is no such regular file, or it is longer than `most` bytes."""
        ...

    def below(self, folder: str) -> "SourceFiles":
        """Return the files below a folder of this state ("" is the state itself)."""
        ...


@dataclass(frozen=True)
class FolderFiles:
    """The files of a folder as they are now. Links that lead out of it are not followed."""

    root: Path

    def paths(self) -> Mapping[str, str]:
        """Return the files; the mark is made of length and time of change. Git's folder and build output are left out."""
        found = dict[str, str]()
        for at, folders, names in os.walk(self.root):
            folders[:] = sorted(one for one in folders if one not in SKIPPED)
            for name in sorted(names):
                file = Path(at, name)
                if len(found) < MOST_FILES and file.is_file() and not file.is_symlink():
                    known = file.stat()
                    found[file.relative_to(self.root).as_posix()] = f"{known.st_size}-{known.st_mtime_ns}"
        return found

    def read(self, path: str, most: int) -> bytes | None:
        """Return a file's content as it is now."""
        if "\0" in path or PurePosixPath(path).is_absolute():
            return None
        try:
            return read_file(self.root / path, most, self.root)
        except OSError:
            return None

    def below(self, folder: str) -> "FolderFiles":
        """Return the files of a folder in this one."""
        return FolderFiles(self.root / folder)


@dataclass(frozen=True)
class HeldFiles:
    """Files whose content is held in memory."""

    contents: Mapping[str, bytes]

    def paths(self) -> Mapping[str, str]:
        """Return the files, each marked by a digest of its content."""
        return {path: sha1(content, usedforsecurity=False).hexdigest() for path, content in self.contents.items()}

    def read(self, path: str, most: int) -> bytes | None:
        """Return a file's content."""
        content = self.contents.get(path)
        return content if content is not None and len(content) <= most else None

    def below(self, folder: str) -> "HeldFiles":
        """Return the files of a folder in this one."""
        start = f"{folder}/" if folder else ""
        return HeldFiles({path[len(start) :]: said for path, said in self.contents.items() if path.startswith(start)})
