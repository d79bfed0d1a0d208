"""llama.cpp's key-value cache of an identity prompt, saved on disk with a hash of its bytes.

llama.cpp trusts such a file: inconsistent lengths in it abort the whole process, in C. Therefore it is only given files
with the very bytes that it wrote here. Hashing one takes a hundredth of the time of evaluating the identity prompt
again.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rusta.core.derived_files import make_way, set_aside
from rusta.core.home import keep_derived
from rusta.core.regular_file import read_file

KEPT = "identity.kv"
MOST = 4  # identities whose caches are kept; each takes about 12 kB per token on the 0.5B
PIECE = 1 << 20


@dataclass(frozen=True)
class PromptCache:
    """Saved llama.cpp states, as files in a folder of their own."""

    folder: Path

    def made(self) -> Path:
        """Create the folder if needed and return it. Raises `OSError` where the home is not writable."""
        if self.folder.exists() and not self.folder.is_dir():
            set_aside(self.folder, "no folder")
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder

    def file(self, digest: str) -> Path:
        """Return the path of the cache for the prompt with this digest, whether or not it exists."""
        return self.folder / f"{digest[:16]}.{KEPT}"

    def sound(self, file: Path) -> bool:
        """Whether the file is there with the bytes that were written. A damaged one is moved aside."""
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
        """Move a newly written file into place, with its hash, without which `sound` would reject it."""
        with suppress(OSError):
            make_way(file)
            if keep_derived(_beside(file), _hash(written).decode()):
                written.replace(file)

    def drop(self, file: Path) -> None:
        """Delete an unusable file, for example one written by another version of llama.cpp."""
        for one in (file, _beside(file)):
            one.unlink(missing_ok=True)

    def make_room(self) -> None:
        """Delete the oldest files, so that there is room for one more."""
        there = (path for path in self.folder.glob(f"*.{KEPT}") if path.is_file())
        for oldest in sorted(there, key=lambda path: path.stat().st_mtime)[: -MOST + 1]:
            self.drop(oldest)
        for older in sorted(self.folder.glob(f"*.{KEPT}.damaged"), key=lambda path: path.lstat().st_mtime)[:-1]:
            with suppress(OSError):  # a folder, which this program did not create
                older.unlink()


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.sha256")


def _hash(file: Path) -> bytes:
    """Return the file's sha256 in hexadecimal, as it is stored."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            digest.update(piece)
    return digest.hexdigest().encode()
