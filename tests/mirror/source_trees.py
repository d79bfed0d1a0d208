"""Small states of source trees, held in memory, for the tests of the mirror."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class TreeInMemory:
    """A state of a tree."""

    files: Mapping[str, str]

    def paths(self) -> Mapping[str, str]:
        return {path: hashlib.sha256(text.encode()).hexdigest() for path, text in self.files.items()}

    def read(self, path: str, most: int) -> bytes | None:
        text = self.files.get(path)
        return None if text is None or len(text.encode()) > most else text.encode("utf-8", "surrogatepass")

    def below(self, folder: str) -> "TreeInMemory":
        inside = f"{folder}/" if folder else ""
        return TreeInMemory(
            {path.removeprefix(inside): text for path, text in self.files.items() if path.startswith(inside)}
        )


def package(name: str, version: str = "1.0.0", rest: str = "") -> str:
    """A manifest."""
    return f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n{rest}'


def tree(**files: str) -> TreeInMemory:
    """A tree of these files: `__` in a name is a slash, `_md`, `_rs` and `_toml` at its end are endings."""
    named = dict[str, str]()
    for name, text in files.items():
        path = name.replace("__", "/")
        for ending in ("md", "rs", "toml", "yml"):
            path = path.removesuffix(f"_{ending}") + f".{ending}" if path.endswith(f"_{ending}") else path
        named[path] = text
    return TreeInMemory(named)
