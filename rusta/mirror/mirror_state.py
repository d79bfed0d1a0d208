"""What is kept of each mirror beside its repository: a note of its last update, and the address that a person gave.

The note can be made anew (from the repository, or by the next update); a damaged one is set aside. The address cannot: a
damaged record is refused by name.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from rusta.core.derived_files import recalled
from rusta.core.errors import ConfigError, RustaError
from rusta.core.field_types import fits
from rusta.core.home import keep_derived, write_atomically
from rusta.core.regular_file import read_file
from rusta.mirror.upstream import NAME, Upstream

LARGEST = 1 << 20  # bytes of a record that are read
SCHEMA = 1


@dataclass(frozen=True)
class MirrorRecord:
    """What the last update of a mirror left: hashes of commits, times in UTC, sizes in bytes."""

    newest: str = ""
    reflected: str = ""  # kept here as well, so that a mirror that is made anew compares with it again
    followed: str = ""  # the ref that `newest` is of
    asked: str = ""  # when the upstream was asked last
    brought: str = ""  # when something new came last
    size: int = 0
    depth: int = 0  # commits that are held after trimming; 0: as many as its option says
    tags: str = ""  # a digest of the tags that the upstream had
    layout: str = ""  # a digest of what is laid out as files


class DamagedRecord(RustaError):
    """The record of a mirror that a person added cannot be read."""


@dataclass(frozen=True)
class MirrorRecords:
    """The notes and added upstreams in one folder."""

    folder: Path

    def note(self, name: str) -> MirrorRecord:
        """Return the note of a mirror, an empty one where there is none or it was damaged."""
        return recalled(self.folder / f"{name}.note.json", _note, LARGEST) or MirrorRecord()

    def keep(self, name: str, note: MirrorRecord) -> None:
        """Write the note of a mirror."""
        keep_derived(self.folder / f"{name}.note.json", json.dumps({"schema": SCHEMA, **asdict(note)}))

    def added(self) -> list[str]:
        """Return the names of the mirrors that a person added."""
        names = (file.name.removesuffix(".upstream.json") for file in self.folder.glob("*.upstream.json"))
        return sorted(name for name in names if NAME.fullmatch(name))

    def upstream(self, name: str, base: Upstream | None) -> Upstream | None:
        """Return what a person added under a name, on top of the option of that name; None where there is nothing.

        Raises `DamagedRecord`.
        """
        file = self._file(name)
        try:
            said = json.loads(read_file(file, LARGEST))
            kinds = {of.name: of.type for of in fields(Upstream)}
            given = {key: value for key, value in said.items() if key in kinds}
            if not isinstance(given.get("address"), str) or not all(
                fits(value, kinds[key]) for key, value in given.items()
            ):
                raise ValueError("it holds no address, or another kind of value")
            return replace(base, **given) if base else Upstream(**given)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, AttributeError, RecursionError, ConfigError) as error:
            raise DamagedRecord(
                f"{file} is damaged ({error}): I do not know what {name} is a mirror of. Say it again: "
                f"rusta mirror remove {name}, then rusta mirror add URL|PATH name={name}"
            ) from None

    def add(self, name: str, said: dict[str, Any]) -> None:
        """Record what a person added: the fields of `Upstream` that differ from its option, or from the defaults."""
        write_atomically(self._file(name), json.dumps({"schema": SCHEMA, **said}))

    def drop(self, name: str) -> None:
        """Remove all that is kept of a mirror."""
        for file in self._of(name):
            file.unlink(missing_ok=True)

    def _of(self, name: str) -> Iterator[Path]:
        yield from (self._file(name), self.folder / f"{name}.note.json")

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.upstream.json"


def _note(raw: bytes) -> MirrorRecord:
    said = json.loads(raw)
    kinds = {of.name: of.type for of in fields(MirrorRecord)}
    if said["schema"] != SCHEMA or said.keys() - {"schema"} != kinds.keys():
        raise ValueError("it is of another version")
    if not all(fits(said[key], kind) for key, kind in kinds.items()):
        raise ValueError("a value is of another kind")
    return MirrorRecord(**{key: said[key] for key in kinds})
