"""The actions of the list screen on entries: write, supersede, edit, tag, link, pin, archive."""

import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rich.text import Text
from textual import work
from textual.screen import Screen

from rusta.core.errors import RustaError
from rusta.memory.entries.entry import Entry, Journal, Status
from rusta.memory.storage.history import Author
from rusta.ui.journal import formats, themes
from rusta.ui.journal.base_screen import House, house
from rusta.ui.journal.drafts import Draft, tags
from rusta.ui.journal.entry_editor import Desk
from rusta.ui.journal.entry_rows import Overview, when
from rusta.ui.journal.external_editor import NoEditor, edit
from rusta.ui.journal.picker import Pick, PickerChoice
from rusta.ui.journal.query import EntryQuery
from rusta.ui.journal.worker import WorkerRoom

PERSON = Author.PERSON
T = TypeVar("T")


class Deeds(Screen[None]):
    """Actions of a screen that shows entries. The writing worker does each, and its result is shown at once."""

    overview: Overview

    @property
    def house(self) -> House:
        """The app, with its workers."""
        return house(self)

    @property
    def current(self) -> str | None:
        """The path of the entry that actions apply to."""
        raise NotImplementedError

    async def seen(self, path: str) -> None:
        """Show an entry after an action has changed it."""
        raise NotImplementedError

    def action_new(self) -> None:
        """Ask for the journal of a new entry, or a draft to continue, and open the editor."""
        dark = self.app.current_theme.dark
        drafts = self.house.drafts.waiting()
        answers: list[PickerChoice] = [
            (
                str(draft.file),
                Text.assemble(
                    ("go on  ", themes.ink(dark)),
                    draft.title or " ".join(draft.body.split()[:8]) or "without a title",
                    (f"  {draft.journal}, {formats.time_ago(_written(draft.file))}", themes.quiet(dark)),
                ),
            )
            for draft in drafts
            if draft.file
        ]
        answers += [
            (
                name.value,
                Text.assemble(
                    (f"{n} ", themes.quiet(dark)),
                    (f"{name.value:<12}", themes.journal(name, dark)),
                    (formats.MEANS[name], themes.quiet(dark)),
                ),
            )
            for n, name in enumerate(Journal, 1)
        ]
        waiting = {str(draft.file): draft for draft in drafts}

        def begin(said: str | None) -> None:
            if said is not None:
                self._write(waiting.get(said) or Draft(Journal(said)))

        self.app.push_screen(Pick("Write what?", answers), begin)

    def _write(self, draft: Draft) -> None:
        desk = Desk(draft, self.house.drafts, self.house.writing, self.overview.tags)

        def done(path: str | None) -> None:
            if path:
                self.notify(path, title="Written", timeout=4, markup=False)
                self._shown(path)

        self.app.push_screen(desk, done)

    @work(group="supersede")
    async def action_supersede(self) -> None:
        """Write a new entry that supersedes this one, which stays and is marked."""
        entry = await self._entry()
        if entry is None:
            return
        body = entry.body.strip()
        if body.startswith("# "):
            body = body.partition("\n")[2].strip()
        draft = Draft(
            entry.journal or Journal.SEMANTIC, entry.title, body, " ".join(entry.tags), entry.confidence.value,
            entry.text("context"), ", ".join(entry.when), entry.text("repo"), entry.text("version"),
            str(entry.importance or ""), "true" if entry.pinned else "", (entry.path,),
        )  # fmt: skip
        self._write(draft)

    def action_tag(self) -> None:
        """Add tags to the entry."""
        path = self.current
        if path:
            answers = [(tag, f"#{tag}") for tag in self.overview.tags]

            def more(said: str | None) -> None:
                if said:
                    self._do(path, lambda room: room.logs.tag(path, *tags(said), author=PERSON))

            self.app.push_screen(Pick("Which tag? Several with spaces.", answers, free=True, hint="type a tag"), more)

    def action_link(self) -> None:
        """Link the entry to another."""
        path, dark = self.current, self.app.current_theme.dark
        if not path:
            return

        async def seek(typed: str) -> Sequence[PickerChoice]:
            hits = await self.house.reading.ask(
                lambda room: room.shelf.find(EntryQuery(typed, status="all", limit=30), typing=True)
            )
            return [
                (hit.row.path, Text.assemble((f"{formats.brief(when(hit.row)):>6}  ", themes.quiet(dark)), f"{hit.row.title}  ",
                                             (hit.row.journal, themes.journal(hit.row.journal, dark))))
                for hit in hits
                if hit.row.path != path
            ]  # fmt: skip

        def point(to: str | None) -> None:
            if to:
                self._do(path, lambda room: room.logs.link(path, to, author=PERSON))

        self.app.push_screen(Pick("Link to which entry?", seek=seek, hint="type to search"), point)

    @work(group="pin")
    async def action_pin(self) -> None:
        """Pin the entry, or unpin it."""
        entry = await self._entry()
        if entry:
            self._do(entry.path, lambda room: room.logs.pin(entry.path, not entry.pinned, author=PERSON))

    @work(group="archive")
    async def action_archive(self) -> None:
        """Archive the entry, or take it back, after a confirmation."""
        entry = await self._entry()
        if entry is None:
            return
        path, there = entry.path, entry.status is Status.ARCHIVED

        def away(said: str | None) -> None:
            if said == "yes":
                self._do(path, lambda room: room.logs.archive(path, not there, author=PERSON))

        question = f"Archive {path}? It stays where it is and is no longer brought up."
        if there:
            question = f"Take {path} out of the archive? It is brought up again."
        answers = [("yes", "Take it back" if there else "Archive it"), ("no", "Leave it")]
        self.app.push_screen(Pick(question, answers), away)

    @work(group="edit")
    async def action_edit(self) -> None:
        """Open a copy of the entry in the user's own editor; changes made meanwhile are not overwritten."""
        path = self.current
        if not path:
            return
        seen = await self._there(lambda room: room.logs.raw(path))
        if seen is None:
            return
        with tempfile.NamedTemporaryFile(prefix="devlog-", suffix=".md", delete=False) as out:
            out.write(seen)
        copy = Path(out.name)
        try:
            with self.app.suspend():
                edit(copy)
        except NoEditor as none:
            copy.unlink()
            self.notify(str(none), severity="warning", markup=False)
            return
        now = copy.read_bytes() if copy.exists() else seen
        if now == seen:
            copy.unlink(missing_ok=True)
        else:
            self._do(path, lambda room: room.logs.rewrite(path, now, seen=seen), f" Your text is kept in {copy}")

    async def _entry(self) -> Entry | None:
        """Return the current entry as its file is now, or None."""
        path = self.current
        return await self._there(lambda room: room.shelf.entry(path)) if path else None

    async def _there(self, what: Callable[[WorkerRoom], T]) -> T | None:
        """Return the result of `what`; None, with a notification, where the entry was removed since it was listed."""
        try:
            return await self.house.reading.ask(what)
        except RustaError as gone:
            self.notify(str(gone), severity="warning", markup=False)
            return None

    @work(group="do")
    async def _do(self, path: str, do: Callable[[WorkerRoom], object], otherwise: str = "") -> None:
        try:
            await self.house.writing.ask(do)
        except RustaError as refusal:
            self.notify(f"{refusal}{otherwise}", severity="error", timeout=12, markup=False)
            return
        self._shown(path)

    @work(group="shown")
    async def _shown(self, path: str) -> None:
        await self.seen(path)


def _written(file: Path | None) -> datetime | None:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC) if file else None
