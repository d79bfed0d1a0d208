"""Filters of the list, which are written into the search line, and the lines of the screen that show them."""

from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from rusta.memory.entries.entry import Confidence, Journal, Status
from rusta.ui.journal import formats, themes
from rusta.ui.journal.entry_actions import Deeds
from rusta.ui.journal.entry_rows import Overview
from rusta.ui.journal.picker import Pick
from rusta.ui.journal.query import EntryQuery, as_typed

PAGE = 200
"""Rows that are fetched at once."""
WIDE = 110
"""Terminal columns from which on list and entry stand side by side."""
TIMES = (
    ("", "any time"), ("today", "today"), ("7d", "the last week"), ("1m", "the last month"),
    ("3m", "three months"), ("1y", "the last year"),
)  # fmt: skip


class Chip(Static):
    """A filter label, which can be clicked or activated by its key."""

    DEFAULT_CSS = "Chip { width: auto; height: 1; padding: 0 1; } Chip:hover { background: $foreground 8%; }"

    def __init__(self, id: str, action: str) -> None:
        super().__init__(id=id)
        self.action = action

    async def on_click(self) -> None:
        """Run the same action as its key."""
        await self.screen.run_action(self.action)


class Narrowing(Deeds):
    """A screen with a search line whose text alone defines the query: a filter key only edits the text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("0", "journal('')", "all"),
        *(Binding(str(n), f"journal('{name.value}')", name.value) for n, name in enumerate(Journal, 1)),
        Binding("number_sign", "pick_tag", "tag"),
        Binding("r", "pick_repo", "repo"),
        Binding("c", "pick_confidence", "confidence"),
        Binding("w", "pick_time", "time"),
        Binding("v", "everything", "superseded too"),
        Binding("x", "clear", "clear"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.asked = EntryQuery(limit=PAGE)
        self.overview = Overview()
        self.looked = False

    def narrow_to(self, asked: EntryQuery) -> None:
        """Set the query by writing it into the search line, where the user can see and change it."""
        self.query_one("#seek", Input).value = as_typed(asked)

    def action_journal(self, name: str) -> None:
        """Filter by one journal, or by none; the same key again removes the filter."""
        journal = Journal(name) if name else None
        self.narrow_to(replace(self.asked, journal=None if journal == self.asked.journal else journal))

    def action_everything(self) -> None:
        """Include superseded and archived entries, or only show active ones."""
        active = self.asked.status == Status.ACTIVE
        self.narrow_to(replace(self.asked, status="all" if active else Status.ACTIVE.value))

    def action_clear(self) -> None:
        """Clear the search line."""
        self.query_one("#seek", Input).value = ""

    def action_pick_tag(self) -> None:
        """Filter by tag."""
        answers = [("", "any tag"), *((tag, _counted(f"#{tag}", n)) for tag, n in self.overview.tags.items())]
        self.app.push_screen(Pick("Which tag?", answers), self._tagged)

    def action_pick_repo(self) -> None:
        """Filter by repository."""
        answers = [("", "any repository"), *((repo, _counted(repo, n)) for repo, n in self.overview.repos.items())]
        self.app.push_screen(Pick("Which repository?", answers), self._in_repo)

    def action_pick_confidence(self) -> None:
        """Filter by confidence."""
        answers = [("", "any confidence"), *((one.value, one.value) for one in Confidence)]
        self.app.push_screen(Pick("How sure?", answers), self._sure)

    def _sure(self, said: str | None) -> None:
        if said is not None:
            self.narrow_to(replace(self.asked, confidence=Confidence(said) if said else None))

    def action_pick_time(self) -> None:
        """Filter by time."""
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

    def _told(self) -> None:
        """Update the lines around the list: counts, filters, keys."""
        if not self.is_mounted:
            return
        dark, asked, seen = self.app.current_theme.dark, self.asked, self.overview
        quiet, ink = themes.quiet(dark), themes.ink(dark)
        if self.looked:
            pinned = f" · {seen.pinned} pinned" if seen.pinned else ""
            where = formats.homely(self.house.root)
            self.query_one("#counts", Static).update(Text(f"{seen.entries:,} entries{pinned} · {where}", quiet))
        self.query_one("#name", Static).update(Text("DevLogs", ink))
        self.query_one("#all", Chip).update(
            Text.assemble(("0 ", quiet), ("all", "bold" if not asked.journal else quiet))
        )
        for n, name in enumerate(Journal, 1):
            colour = themes.journal(name, dark)
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
        quiet = themes.quiet(self.app.current_theme.dark)
        reading = [("Esc", "list"), ("Tab", "links"), ("h", "history"), ("s", "supersede"), ("e", "edit"), ("?", "help"),
                   ("p", "pin"), ("t", "tag"), ("l", "link"), ("a", "archive"), ("q", "leave")]  # fmt: skip
        listing = [("Enter", "read"), ("/", "search"), ("n", "write"), ("s", "supersede"), ("?", "help"), ("q", "leave"),
                   ("h", "history"), ("p", "pin"), ("t", "tag"), ("l", "link"), ("e", "edit"), ("a", "archive")]  # fmt: skip
        keys = reading if self.has_class("reading") else listing
        return Text("   ").join(Text.assemble((key, "bold"), (f" {what}", quiet)) for key, what in keys)


def _counted(what: str, count: int) -> Text:
    return Text.assemble(what, (f"  {count:,}", "dim"))
