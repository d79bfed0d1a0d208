"""Where std is kept as a mirror, and whether it is followed; apart from what compares it, which takes longer to import."""

from pathlib import Path

from rusta.core.home import Home
from rusta.mirror.upstream import STD


def std_folder(home: Home) -> Path:
    """Return where the record and the digests lie."""
    return home.mirrors / ".rusta" / STD


def std_record_file(home: Home) -> Path:
    """Return where it is recorded which toolchain was understood last."""
    return std_folder(home) / "record.json"


def is_std_followed(home: Home) -> bool:
    """Return whether std is a mirror here."""
    return std_record_file(home).is_file()


def std_size(home: Home) -> int:
    """Return what is kept of std, in bytes."""
    return sum(one.stat().st_size for one in std_folder(home).glob("*.items"))
