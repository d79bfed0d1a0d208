"""The first screen: the search line, the entries, and the one under the cursor."""

import asyncio
import time
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from rusta.core.errors import RustaError
from rusta.memory.entries.entry import Journal
from rusta.memory.index.index import IndexRow
from rusta.ui.journal.entry_history import EntryHistory
from rusta.ui.journal.entry_reader import EntryPage, Reader, led
from rusta.ui.journal.entry_rows import Overview
from rusta.ui.journal.filters import PAGE, WIDE, Chip, Narrowing
from rusta.ui.journal.key_help import Help
from rusta.ui.journal.query import from_typed
from rusta.ui.journal.timeline import Timeline
from rusta.ui.journal.worker import WorkerRoom

LOOK_S = 1.0
"""Seconds between two checks of the disk; longer where a check takes long, to spend at most a tenth of the time."""
EVERYTHING = 10_000_000


class Journals(Narrowing):
    """Finds and shows entries, and opens the screens that write."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "seek", "search"),
        Binding("escape", "back", "back"),
        Binding("backspace", "trail", "back along links"),
        Binding("tab", "other", "list or entry", show=False),
        Binding("n", "new", "write"),
        Binding("s", "supersede", "supersede"),
        Binding("e", "edit", "edit"),
        Binding("t", "tag", "tag"),
        Binding("l", "link", "link"),
        Binding("p", "pin", "pin"),
        Binding("a", "archive", "archive"),
        Binding("h", "history", "history"),
        Binding("d", "app.shade", "dark or light"),
        Binding("question_mark", "help", "help"),
        Binding("q", "app.quit", "leave"),
    ]
    DEFAULT_CSS = """
    Journals { background: $background; }
    Journals #top { height: 1; background: $panel; padding: 0 1; }
    Journals #name { width: auto; }
    Journals #counts { width: 1fr; padding: 0 0 0 2; text-align: right; text-wrap: nowrap; text-overflow: ellipsis; }
    Journals #line { height: 1; background: $surface; }
    Journals #glass { width: 3; padding: 0 1; color: $primary; }
    Journals #seek { background: $surface; border: none; height: 1; padding: 0; width: 1fr; }
    Journals #wrong { height: auto; padding: 0 3; color: $warning; display: none; }
    Journals .chips { height: 1; }
    Journals #both { height: 1fr; margin: 1 0 0 0; }
    Journals Timeline { width: 5fr; height: 1fr; }
    Journals Reader { width: 6fr; height: 1fr; }
    Journals #keys { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Journals.narrow Reader { display: none; width: 1fr; }
    Journals.narrow.reading Reader { display: block; }
    Journals.narrow.reading Timeline, Journals.narrow.reading .chips, Journals.narrow.reading #line { display: none; }
    Journals.narrow.reading #both { margin: 0; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.trail: list[str] = []

    def compose(self) -> ComposeResult:
        """Lay out the screen from top to bottom."""
        with Horizontal(id="top"):
            yield Static("DevLogs", id="name")
            yield Static(id="counts")
        with Horizontal(id="line"):
            yield Static("/", id="glass")
            yield Input(placeholder="search; tag:borrow since:2026-01 narrow it", id="seek", select_on_focus=False)
        yield Static(id="wrong", markup=False)
        with Horizontal(classes="chips"):
            yield Chip("all", "journal('')")
            for name in Journal:
                yield Chip(f"j-{name}", f"journal('{name}')")
        with Horizontal(classes="chips"):
            for key in ("tag", "repo", "confidence", "time"):
                yield Chip(f"f-{key}", f"pick_{key}")
            yield Chip("f-status", "everything")
        with Horizontal(id="both"):
            yield Timeline(id="timeline")
            yield Reader(id="reader")
        yield Static(id="keys")

    def on_mount(self) -> None:
        """Show what the index knows, and check the disk meanwhile."""
        self._fold()
        self.timeline.focus()
        self.find()
        self._watch()

    def on_resize(self) -> None:
        """Show list and entry side by side where there is room."""
        self._fold()

    def _fold(self) -> None:
        self.set_class(self.size.width < WIDE, "narrow")
        self._told()

    @property
    def timeline(self) -> Timeline:
        """The list of entries."""
        return self.query_one(Timeline)

    @property
    def reader(self) -> Reader:
        """The entry being shown."""
        return self.query_one(Reader)

    @property
    def narrow(self) -> bool:
        """Whether list and entry are shown one at a time, not side by side."""
        return self.has_class("narrow")

    @property
    def current(self) -> str | None:
        """The path of the entry that actions apply to: the one being read, else the one under the cursor."""
        page = self.reader.page
        if page and (self.has_class("reading") or self.reader.has_focus_within or self.trail):
            return page.entry.path
        row = self.timeline.row
        return row.path if row else None

    # Finding.

    @on(Input.Changed, "#seek")
    def _typed(self) -> None:
        self.find(0.05)

    @on(Input.Submitted, "#seek")
    def _submitted(self) -> None:
        self.timeline.focus()

    @work(exclusive=True, group="find")
    async def find(self, pause: float = 0.0) -> None:
        """Run the query in the search line. An earlier one that has not begun is cancelled."""
        await self._find(pause)

    async def _find(self, pause: float = 0.0) -> None:
        asked, wrong = from_typed(self.query_one("#seek", Input).value)
        self.asked = asked = replace(asked, limit=PAGE)
        warning = self.query_one("#wrong", Static)
        warning.update(wrong)
        warning.display = bool(wrong)
        self._told()
        await asyncio.sleep(pause)
        try:
            hits = await self.house.reading.ask(lambda room: room.shelf.find(asked, typing=True))
        except RustaError as refusal:
            self.timeline.show([], asked.query, empty=str(refusal))
            return
        if self.asked != asked:  # the query has changed meanwhile, and its own result comes or is shown already
            return
        self.timeline.show(hits, asked.query, more=not asked.query and len(hits) == PAGE, empty=self._nothing())
        self._told()

    @on(Timeline.Wanting)
    def _wanting(self, event: Timeline.Wanting) -> None:
        self._more(event.all)

    @work(exclusive=True, group="more")
    async def _more(self, all: bool) -> None:
        timeline, asked = self.timeline, self.asked
        if not timeline.hits:
            return
        before, limit = timeline.hits[-1].row.id, EVERYTHING if all else PAGE
        found = await self.house.reading.ask(lambda room: room.shelf.find(replace(asked, limit=limit), before=before))
        if self.asked == asked and timeline.hits and timeline.hits[-1].row.id == before:
            timeline.extend(found, more=len(found) == limit)
            if all:
                timeline.action_last()

    @work(exclusive=True, group="watch")
    async def _watch(self) -> None:
        """Check the disk repeatedly, and show what changed."""
        while True:
            began = time.monotonic()
            await self.look()
            await asyncio.sleep(max(LOOK_S, 10 * (time.monotonic() - began)))

    async def look(self) -> None:
        """Check the disk once, and show what changed."""
        if not self.looked:
            self.query_one("#counts", Static).update("looking at the files …")
        try:
            changed, overview = await self.house.watching.ask(_look)
        except RustaError as refusal:
            self.query_one("#counts", Static).update(Text(str(refusal)))
            return
        first, self.looked = not self.looked, True
        if overview is not None:
            self.overview = overview
        self._told()
        if changed:
            self.find()
            self._read_again()
        elif first and not self.timeline.hits:
            self.timeline.show([], self.asked.query, empty=self._nothing())

    async def seen(self, path: str) -> None:
        """Check the disk now, and put the cursor on the entry that was changed."""
        await self.look()
        await self._find()
        if self.timeline.select(path) or self.has_class("reading"):
            self._read(path, keep_place=True)

    def _nothing(self) -> str:
        if self.asked.query or self.asked.filters:
            return "Nothing fits.\nx clears the search, v also shows what was superseded or archived."
        if not self.looked:
            return "Looking at the files …"
        return "Nothing is written here yet.\nn writes the first entry.\n? shows every key."

    # Reading.

    @on(Timeline.Moved)
    def _moved(self, event: Timeline.Moved) -> None:
        self.trail.clear()
        if not self.narrow or self.has_class("reading"):
            self._read(event.row.path if event.row else None, 0.04)

    @on(Timeline.Opened)
    def _opened(self, event: Timeline.Opened) -> None:
        self.open(event.row)

    def open(self, row: IndexRow) -> None:
        """Open an entry for reading."""
        self.add_class("reading")
        self._read(row.path, focus=True)
        self._told()

    @work(exclusive=True, group="read")
    async def _read(
        self, path: str | None, pause: float = 0.0, *, focus: bool = False, keep_place: bool = False
    ) -> None:
        await asyncio.sleep(pause)  # debounce: a cursor that moves down the list loads none of the entries on its way
        if path is None:
            await self.reader.show(None)
            return
        try:
            page = await self.house.reading.ask(lambda room: _page(room, path))
        except RustaError as gone:
            await self.reader.show(None)
            self.notify(str(gone), severity="warning", markup=False)
            return
        await self.reader.show(page, keep_place)
        if focus:
            self.reader.focus()

    def _read_again(self) -> None:
        page = self.reader.page
        if page:
            self._read(page.entry.path, keep_place=True)

    @on(Reader.Follow)
    def _follow(self, event: Reader.Follow) -> None:
        self._go(event.said)

    @work(exclusive=True, group="follow")
    async def _go(self, said: str) -> None:
        page = self.reader.page
        near = page.entry.path.rpartition("/")[0] if page else ""
        try:
            path = await self.house.reading.ask(lambda room: _near(room, said, near))
        except RustaError as refusal:
            self.notify(str(refusal), severity="warning", markup=False)
            return
        if page:
            self.trail.append(page.entry.path)
        self._read(path, focus=True)
        self._told()

    def action_trail(self) -> None:
        """Go back to the entry whose link was followed."""
        if self.trail:
            self._read(self.trail.pop(), focus=True)
            self._told()
        else:
            self.action_back()

    def action_back(self) -> None:
        """Leave the search line, else the entry, else clear the search."""
        line = self.query_one("#seek", Input)
        if line.has_focus:
            self.timeline.focus()
        elif self.reader.has_focus_within or self.reader.has_focus:
            self.remove_class("reading")
            if self.trail:
                self.trail.clear()
                self._read(self.timeline.row.path if self.timeline.row else None)
            self.timeline.focus()
            self._told()
        elif line.value:
            line.value = ""

    def action_other(self) -> None:
        """Move the focus from the list to the entry, along its links, and back to the list."""
        focused = self.focused
        if focused is self.timeline and self.reader.page:
            if self.narrow:
                self.add_class("reading")
                self._read(self.timeline.row.path if self.timeline.row else None, focus=True)
            else:
                self.reader.focus()
            return
        links = list(self.reader.query(".link"))
        chain = [self.reader, *links]
        if focused in chain and chain.index(focused) + 1 < len(chain):
            chain[chain.index(focused) + 1].focus()
        elif focused in chain and self.narrow:
            self.reader.focus()
        else:
            self.timeline.focus()

    def action_seek(self) -> None:
        """Focus the search line."""
        self.remove_class("reading")
        line = self.query_one("#seek", Input)
        line.focus()
        line.cursor_position = len(line.value)

    def action_help(self) -> None:
        """Show the help page."""
        self.app.push_screen(Help())

    def action_history(self) -> None:
        """Show the history of the entry."""
        if self.current:
            self.app.push_screen(EntryHistory(self.current, self.house.writing))


def _look(room: WorkerRoom) -> tuple[bool, Overview | None]:
    """Return whether anything changed, and the new counts if so, or at the first check."""
    changed = room.shelf.refresh()
    first, room.looked = not room.looked, True
    return changed, room.shelf.overview() if changed or first else None


def _page(room: WorkerRoom, path: str) -> EntryPage:
    entry = room.shelf.entry(path)
    around = room.shelf.around(entry)
    titles = {to: room.shelf.title(to) for _, to in led(around)}
    return EntryPage(entry, around, titles)


def _near(room: WorkerRoom, said: str, folder: str) -> str:
    """Resolve a link: relative to the journals' root, beside the entry, or by name. Raises `RustaError` otherwise."""
    for tried in (said, f"{folder}/{said}"):
        try:
            return room.shelf.named(tried)
        except RustaError as refusal:
            last = refusal
    raise last
