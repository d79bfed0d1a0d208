"""The first screen: a line to search with, the entries, and the one under the cursor."""

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

from rusta.diary import looks, palette
from rusta.diary.asked import Asked, as_typed, from_typed
from rusta.diary.deeds import Deeds
from rusta.diary.help import Help
from rusta.diary.librarian import Room
from rusta.diary.past import History
from rusta.diary.pick import Pick
from rusta.diary.reader import Page, Reader, led
from rusta.diary.shelf import Overview
from rusta.diary.timeline import Timeline
from rusta.errors import RustaError
from rusta.memory.entry import Confidence, Journal, Status
from rusta.memory.index import Row

PAGE = 200
"""Rows that are asked for at once."""
WIDE = 110
"""Columns from which on list and entry stand side by side."""
LOOK_S = 1.0
"""Seconds between two looks at the disk; longer where a look takes long, so that it stays a tenth of the time."""
EVERYTHING = 10_000_000

TIMES = (
    ("", "any time"), ("today", "today"), ("7d", "the last week"), ("1m", "the last month"),
    ("3m", "three months"), ("1y", "the last year"),
)  # fmt: skip


class Chip(Static):
    """A filter, to be clicked or called by its key."""

    DEFAULT_CSS = "Chip { width: auto; height: 1; padding: 0 1; } Chip:hover { background: $foreground 8%; }"

    def __init__(self, id: str, action: str) -> None:
        super().__init__(id=id)
        self.action = action

    async def on_click(self) -> None:
        """The same as its key."""
        await self.screen.run_action(self.action)


class Journals(Deeds):
    """Finds, shows, and hands on to the screens that write."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "seek", "search"),
        Binding("escape", "back", "back"),
        Binding("backspace", "trail", "back along links"),
        Binding("tab", "other", "list or entry", show=False),
        Binding("0", "journal('')", "all"),
        *(Binding(str(n), f"journal('{name.value}')", name.value) for n, name in enumerate(Journal, 1)),
        Binding("number_sign", "pick_tag", "tag"),
        Binding("r", "pick_repo", "repo"),
        Binding("c", "pick_confidence", "confidence"),
        Binding("w", "pick_time", "time"),
        Binding("v", "everything", "superseded too"),
        Binding("x", "clear", "clear"),
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
    Journals #counts { width: 1fr; text-align: right; text-wrap: nowrap; text-overflow: ellipsis; }
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
        self.asked = Asked(limit=PAGE)
        self.overview = Overview()
        self.trail: list[str] = []
        self.looked = False

    def compose(self) -> ComposeResult:
        """From top to bottom."""
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
        """Show what the index knows, and look at the disk meanwhile."""
        self._fold()
        self.timeline.focus()
        self.find()
        self._watch()

    def on_resize(self) -> None:
        """Side by side where there is room."""
        self._fold()

    def _fold(self) -> None:
        self.set_class(self.size.width < WIDE, "narrow")
        self._told()

    @property
    def timeline(self) -> Timeline:
        """The entries."""
        return self.query_one(Timeline)

    @property
    def reader(self) -> Reader:
        """The one."""
        return self.query_one(Reader)

    @property
    def narrow(self) -> bool:
        """Whether list and entry take turns."""
        return self.has_class("narrow")

    @property
    def current(self) -> str | None:
        """The entry that a key is about: the one that is read, else the one under the cursor."""
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
        """Ask for what stands in the line. What was asked before and has not begun is never begun."""
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
        """Look at the disk, again and again; show what changed."""
        while True:
            began = time.monotonic()
            await self.look()
            await asyncio.sleep(max(LOOK_S, 10 * (time.monotonic() - began)))

    async def look(self) -> None:
        """Look at the disk once."""
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
        """Look at the disk now, and put the cursor on what was changed."""
        await self.look()
        await self.find().wait()
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

    def open(self, row: Row) -> None:
        """Read this one."""
        self.add_class("reading")
        self._read(row.path, focus=True)
        self._told()

    @work(exclusive=True, group="read")
    async def _read(
        self, path: str | None, pause: float = 0.0, *, focus: bool = False, keep_place: bool = False
    ) -> None:
        await asyncio.sleep(pause)  # a cursor that runs down the list reads nothing on its way
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
        """Back to the entry that led here."""
        if self.trail:
            self._read(self.trail.pop(), focus=True)
            self._told()
        else:
            self.action_back()

    def action_back(self) -> None:
        """One step out: of the search line, of the entry, of the search."""
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
        """From the list to the entry, along its links, and to the list again."""
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
        """Type what to look for."""
        self.remove_class("reading")
        line = self.query_one("#seek", Input)
        line.focus()
        line.cursor_position = len(line.value)

    # Narrowing.

    def narrow_to(self, asked: Asked) -> None:
        """Ask for this: it is written into the line, where everybody can see it and change it."""
        self.query_one("#seek", Input).value = as_typed(asked)

    def action_journal(self, name: str) -> None:
        """One journal, or all; the same key again lets go."""
        journal = Journal(name) if name else None
        self.narrow_to(replace(self.asked, journal=None if journal == self.asked.journal else journal))

    def action_everything(self) -> None:
        """What was superseded or archived too, or only what holds."""
        active = self.asked.status == Status.ACTIVE
        self.narrow_to(replace(self.asked, status="all" if active else Status.ACTIVE.value))

    def action_clear(self) -> None:
        """Everything again."""
        self.query_one("#seek", Input).value = ""

    def action_pick_tag(self) -> None:
        """Narrow to a tag."""
        answers = [("", "any tag"), *((tag, _counted(f"#{tag}", n)) for tag, n in self.overview.tags.items())]
        self.app.push_screen(Pick("Which tag?", answers), self._tagged)

    def action_pick_repo(self) -> None:
        """Narrow to a repository."""
        answers = [("", "any repository"), *((repo, _counted(repo, n)) for repo, n in self.overview.repos.items())]
        self.app.push_screen(Pick("Which repository?", answers), self._in_repo)

    def action_pick_confidence(self) -> None:
        """Narrow to a confidence."""
        answers = [("", "any confidence"), *((one.value, one.value) for one in Confidence)]
        self.app.push_screen(Pick("How sure?", answers), self._sure)

    def _sure(self, said: str | None) -> None:
        if said is not None:
            self.narrow_to(replace(self.asked, confidence=Confidence(said) if said else None))

    def action_pick_time(self) -> None:
        """Narrow to a time."""
        self.app.push_screen(Pick("Since when? Or type 2026-01, 10d.", TIMES, free=True), self._since)

    def _since(self, said: str | None) -> None:
        if said is not None:
            bare = as_typed(replace(self.asked, since=None, until=None))
            self.query_one("#seek", Input).value = f"since:{said} {bare}".strip() if said else bare

    def _tagged(self, tag: str | None) -> None:
        if tag is not None:
            self.narrow_to(replace(self.asked, tag=tag))

    def _in_repo(self, repo: str | None) -> None:
        if repo is not None:
            self.narrow_to(replace(self.asked, repo=repo))

    # Telling.

    def _told(self) -> None:
        """Bring the lines around the list up to date."""
        if not self.is_mounted:
            return
        dark, asked, seen = self.app.current_theme.dark, self.asked, self.overview
        quiet, ink = palette.quiet(dark), palette.ink(dark)
        if self.looked:
            pinned = f" · {seen.pinned} pinned" if seen.pinned else ""
            where = looks.homely(self.house.root)
            self.query_one("#counts", Static).update(Text(f"{seen.entries:,} entries{pinned} · {where}", quiet))
        self.query_one("#name", Static).update(Text("DevLogs", ink))
        self.query_one("#all", Chip).update(
            Text.assemble(("0 ", quiet), ("all", "bold" if not asked.journal else quiet))
        )
        for n, name in enumerate(Journal, 1):
            colour = palette.journal(name, dark)
            style = f"bold reverse {colour}" if asked.journal == name else colour
            count = f" {seen.journals.get(name, 0):,}" if self.size.width >= WIDE else ""
            self.query_one(f"#j-{name}", Chip).update(
                Text.assemble((f"{n} ", quiet), (name.value, style), (count, quiet))
            )
        since = (
            f"since {asked.since:%Y-%m-%d}" if asked.since else f"until {asked.until:%Y-%m-%d}" if asked.until else ""
        )
        shown = "all" if asked.status == "all" else asked.status if asked.status != Status.ACTIVE else ""
        for key, letter, said, idle in (
            ("tag", "#", asked.tag, "any tag"), ("repo", "r", asked.repo, "any repo"),
            ("confidence", "c", asked.confidence or "", "any confidence"), ("time", "w", since, "any time"),
            ("status", "v", shown, "what holds"),
        ):  # fmt: skip
            words = Text.assemble(
                (f"{letter} ", quiet), (said, f"bold {ink.color.name if ink.color else ''}") if said else (idle, quiet)
            )
            self.query_one(f"#f-{key}", Chip).update(words)
        self.query_one("#keys", Static).update(self._keys())

    def _keys(self) -> Text:
        quiet = palette.quiet(self.app.current_theme.dark)
        reading = [("Esc", "list"), ("Tab", "links"), ("h", "history"), ("s", "supersede"), ("e", "edit"), ("?", "help"),
                   ("p", "pin"), ("t", "tag"), ("l", "link"), ("a", "archive"), ("q", "leave")]  # fmt: skip
        listing = [("Enter", "read"), ("/", "search"), ("n", "write"), ("s", "supersede"), ("?", "help"), ("q", "leave"),
                   ("h", "history"), ("p", "pin"), ("t", "tag"), ("l", "link"), ("e", "edit"), ("a", "archive")]  # fmt: skip
        keys = reading if self.has_class("reading") else listing
        return Text("   ").join(Text.assemble((key, "bold"), (f" {what}", quiet)) for key, what in keys)

    def action_help(self) -> None:
        """Every key."""
        self.app.push_screen(Help())

    def action_history(self) -> None:
        """How this entry came to be what it is."""
        if self.current:
            self.app.push_screen(History(self.current, self.house.writing))


def _look(room: Room) -> tuple[bool, Overview | None]:
    """Whether anything changed, and then the counts anew."""
    changed = room.shelf.refresh()
    first, room.looked = not room.looked, True
    return changed, room.shelf.overview() if changed or first else None


def _page(room: Room, path: str) -> Page:
    entry = room.shelf.entry(path)
    around = room.shelf.around(entry)
    titles = {to: room.shelf.title(to) for _, to in led(around)}
    return Page(entry, around, titles)


def _near(room: Room, said: str, folder: str) -> str:
    """What a link says: from the journals' root, beside the entry, or by name."""
    for tried in (said, f"{folder}/{said}"):
        try:
            return room.shelf.named(tried)
        except RustaError as refusal:
            last = refusal
    raise last


def _counted(what: str, count: int) -> Text:
    return Text.assemble(what, (f"  {count:,}", "dim"))
