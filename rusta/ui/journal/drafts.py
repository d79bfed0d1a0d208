"""Drafts of entries, saved at every keystroke: a crash, a closed terminal or the Escape key loses nothing.

A draft is a Markdown file with frontmatter in a folder of its own, beside the journals and not in them; it can be read
and recovered with any editor. Not covered: a machine that loses power within a second of a keystroke.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from rusta.core.regular_file import read_file
from rusta.memory.entries import frontmatter
from rusta.memory.entries.entry import Journal, parse_leniently
from rusta.ui.journal.arguments import split_list


@dataclass(frozen=True)
class Draft:
    """An entry that is not in a journal yet. `body` is stored verbatim; `file` is its path once it is on disk."""

    journal: Journal
    title: str = ""
    body: str = ""
    tags: str = ""
    confidence: str = "medium"
    context: str = ""
    when: str = ""
    repo: str = ""
    version: str = ""
    importance: str = ""
    pinned: str = ""
    supersedes: tuple[str, ...] = ()
    file: Path | None = None

    @property
    def blank(self) -> bool:
        """Whether title and body are empty."""
        return not (self.title.strip() or self.body.strip())


KEYS = ("title", "tags", "confidence", "context", "when", "repo", "version", "importance", "pinned")


class Drafts:
    """The drafts in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, draft: Draft) -> Draft:
        """Write a draft to disk in one step and return it with its `file`. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = draft.file or self._name(draft.journal)
        said: dict[str, frontmatter.Settable] = {"journal": draft.journal.value}
        said |= {key: value for key in KEYS if (value := getattr(draft, key))}
        if draft.supersedes:
            said["supersedes"] = list(draft.supersedes)
        making = file.with_name(f".{file.name}.{os.getpid()}")
        making.write_text(f"{frontmatter.render_frontmatter(said)}\n{draft.body}", encoding="utf-8", newline="")
        making.replace(file)
        return replace(draft, file=file)

    def drop(self, draft: Draft) -> None:
        """Delete a draft that became an entry, or is not wanted any more."""
        if draft.file:
            draft.file.unlink(missing_ok=True)

    def discard(self, draft: Draft) -> None:
        """Discard a draft; its file is kept as `.discarded.md` until the next discard, in case it was a mistake."""
        if draft.file:
            with suppress(OSError):
                draft.file.replace(self.folder / ".discarded.md")

    def waiting(self) -> list[Draft]:
        """Return the drafts on disk, latest first."""
        return sorted(self._read(), key=lambda draft: draft.file.stat().st_mtime if draft.file else 0.0, reverse=True)

    def _read(self) -> Iterator[Draft]:
        for file in self.folder.glob("[!.]*.md") if self.folder.is_dir() else ():
            with suppress(OSError):
                entry = parse_leniently(read_file(file))
                said = entry.text("journal")
                journal = Journal(said) if said in set(Journal) else Journal.EPISODIC
                keys = {key: entry.text(key) or ", ".join(entry.words(key)) for key in KEYS if key in entry.meta}
                yield Draft(journal, **keys, body=entry.body, supersedes=entry.supersedes, file=file)

    def _name(self, journal: Journal) -> Path:
        stamp = datetime.now(UTC).strftime("%Y-%m-%d_%H-%M-%S")
        number = 1
        while (file := self.folder / f"{stamp}_{journal}{f'-{number}' if number > 1 else ''}.md").exists():
            number += 1
        return file


def tags(said: str) -> tuple[str, ...]:
    """Split tags as they are typed: separated by commas or spaces, with or without a #."""
    return split_list(said.replace(" ", ",")) if "," not in said else split_list(said)
