"""What llama.cpp has read of an identity, kept on disk as it wrote it, and beside it the hash of its bytes.

llama.cpp believes such a file: where lengths in it do not fit, it aborts the whole process, in C. So it is handed none
but with the bytes that it wrote here. Hashing one takes a hundredth of the time that reading the identity anew does.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rusta.core.derived_files import make_way, set_aside
from rusta.core.home import keep_derived
from rusta.core.regular_file import read_file

KEPT = "identity.kv"
MOST = 4  # identities whose caches are kept; each takes about 12 kB a token on the 0.5B
PIECE = 1 << 20


@dataclass(frozen=True)
class PromptCache:
    """Files of llama.cpp's state in a folder of their own."""

    folder: Path

    def made(self) -> Path:
        """The folder, which is there now. Raises `OSError` where the home takes no writing."""
        if self.folder.exists() and not self.folder.is_dir():
            set_aside(self.folder, "no folder")
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder

    def file(self, digest: str) -> Path:
        """Where the cache of what has this digest lies, or would."""
        return self.folder / f"{digest[:16]}.{KEPT}"

    def sound(self, file: Path) -> bool:
        """Whether the file is there with every byte that was written; one that is not is set aside."""
        make_way(file)
        if not file.is_file():
            return False
        try:
            if read_file(_beside(file), 128) == _hash(file):
                return True
            why = "its bytes are not those that were written"
        except OSError as error:
            why = f"{error.filename}: {error.strerror}"
        set_aside(file, why)
        return False

    def keep(self, written: Path, file: Path) -> None:
        """Put a file that was just written in its place, with its hash; without one nobody would believe it."""
        with suppress(OSError):
            make_way(file)
            if keep_derived(_beside(file), _hash(written).decode()):
                written.replace(file)

    def drop(self, file: Path) -> None:
        """It is of no use: another llama.cpp wrote it."""
        for one in (file, _beside(file)):
            one.unlink(missing_ok=True)

    def make_room(self) -> None:
        """Leave room for one more: the oldest go."""
        there = (path for path in self.folder.glob(f"*.{KEPT}") if path.is_file())
        for oldest in sorted(there, key=lambda path: path.stat().st_mtime)[: -MOST + 1]:
            self.drop(oldest)
        for older in sorted(self.folder.glob(f"*.{KEPT}.damaged"), key=lambda path: path.lstat().st_mtime)[:-1]:
            with suppress(OSError):  # a folder, which is not ours
                older.unlink()


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.sha256")


def _hash(file: Path) -> bytes:
    """In hexadecimal, as it is kept."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            digest.update(piece)
    return digest.hexdigest().encode()
