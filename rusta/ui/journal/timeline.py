"""The list of entries: by day, newest first, or by score. Only visible lines are rendered, however long the list is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from rusta.core.output import visible
from rusta.memory.index.index import Hit, IndexRow
from rusta.ui.journal import formats, themes
from rusta.ui.journal.entry_rows import when
from rusta.ui.journal.excerpt import Excerpt, excerpt

NEAR_END = 60
"""Rows before the last at which more are requested."""


@dataclass(frozen=True)
class TimelineLine:
    """One line of the list: a day, an entry, or (`says`) the excerpt of an entry that matches the search."""

    row: int
    day: str = ""
    count: int = 0
    says: bool = False


class Timeline(ScrollView, can_focus=True):
    """Entries as lines, with a cursor. Posts messages when the cursor moves, an entry is opened, or more are needed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "page up", show=False),
        Binding("pagedown,ctrl+f,space", "page(1)", "page down", show=False),
        Binding("home,g", "first", "newest", show=False),
        Binding("end,G", "last", "oldest", show=False),
        Binding("enter,right", "open", "read", show=False),
    ]
    DEFAULT_CSS = """
    Timeline { background: $background; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """

    class Moved(Message):
        """Posted when the cursor moves to another entry."""

        def __init__(self, row: IndexRow | None) -> None:
            super().__init__()
            self.row = row

    class Opened(Message):
        """Posted when an entry is to be opened."""

        def __init__(self, row: IndexRow) -> None:
            super().__init__()
            self.row = row

    class Wanting(Message):
        """Posted when the cursor nears the end: requests one more page, or (`all`) all remaining entries."""

        def __init__(self, all: bool = False) -> None:
            super().__init__()
            self.all = all

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.hits: list[Hit] = []
        self.lines: list[TimelineLine] = []
        self.tops: list[int] = []  # the line of each entry
        self.cursor = 0
        self.query_said = ""
        self.empty = ""
        self.more = False
        self._excerpts: dict[tuple[str, int], Excerpt] = {}

    @property
    def row(self) -> IndexRow | None:
        """The entry under the cursor."""
        return self.hits[self.cursor].row if self.hits else None

    def show(self, hits: Sequence[Hit], query: str = "", more: bool = False, empty: str = "") -> None:
        """Replace the entries; the cursor stays on its entry if the query is the same and still finds it."""
        before = self.row.path if self.row else None
        at = next((n for n, hit in enumerate(hits) if hit.row.path == before), 0) if query == self.query_said else 0
        self.hits, self.query_said, self.more, self.empty = list(hits), query, more, empty
        self._excerpts.clear()
        self._lay()
        self.cursor = at
        self._reveal()
        self.post_message(self.Moved(self.row))

    def extend(self, hits: Sequence[Hit], more: bool) -> None:
        """Append further entries of the same query."""
        self.hits += hits
        self.more = more
        self._lay()

    def select(self, path: str) -> bool:
        """Put the cursor on an entry; return whether it is in the list."""
        for n, hit in enumerate(self.hits):
            if hit.row.path == path:
                self._go(n)
                return True
        return False

    def _lay(self) -> None:
        lines: list[TimelineLine] = []
        tops: list[int] = []
        day, header = None, -1
        for n, hit in enumerate(self.hits):
            if not self.query_said:
                date = when(hit.row).date()
                if date != day:
                    day, header = date, len(lines)
                    lines.append(TimelineLine(n, formats.day(when(hit.row))))
                lines[header] = TimelineLine(lines[header].row, lines[header].day, lines[header].count + 1)
            tops.append(len(lines))
            lines.append(TimelineLine(n))
            if self.query_said:
                lines.append(TimelineLine(n, says=True))
        self.lines, self.tops = lines, tops
        self.virtual_size = Size(0, len(lines))
        self.refresh()

    # Moving.

    def action_move(self, by: int) -> None:
        """Move the cursor by so many entries."""
        self._go(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self._go(self.cursor + by * max(1, self.size.height // (2 if self.query_said else 1) - 2))

    def action_first(self) -> None:
        """Move to the first entry: the newest, or the best match."""
        self._go(0)

    def action_last(self) -> None:
        """Move to the last entry; this requests all that are not loaded yet."""
        self._go(len(self.hits) - 1)
        if self.more:  # posted after the request for one page that `_go` makes near the end: the later one wins
            self.post_message(self.Wanting(all=True))

    def action_open(self) -> None:
        """Open the entry under the cursor."""
        if self.row:
            self.post_message(self.Opened(self.row))

    def on_click(self, event: Click) -> None:
        """Move the cursor on a click, and open the entry on a second one."""
        at = event.y + round(self.scroll_y)
        if at < len(self.lines):
            same = self.lines[at].row == self.cursor
            self._go(self.lines[at].row)
            if same and event.chain > 1:
                self.action_open()

    def _go(self, to: int) -> None:
        if not self.hits:
            return
        before = self.cursor
        self.cursor = max(0, min(to, len(self.hits) - 1))
        self._reveal()
        if self.more and self.cursor >= len(self.hits) - NEAR_END:
            self.post_message(self.Wanting())
        if self.cursor != before:
            self.post_message(self.Moved(self.row))

    def _reveal(self) -> None:
        if not self.tops:
            return
        top = self.tops[self.cursor]
        headed = top - 1 if top and self.lines[top - 1].day else top
        height = 2 if self.query_said else 1
        self.scroll_to_region(Region(0, headed, 1, top + height - headed), animate=False, x_axis=False)
        self.refresh()

    # Drawing.

    def render_line(self, y: int) -> Strip:
        """Render one line of the screen."""
        width, ground, dark = self.size.width, self.rich_style, self.app.current_theme.dark
        at = y + round(self.scroll_y)
        if not self.hits:
            words = self.empty.splitlines()
            n = y - max(0, (self.size.height - len(words)) // 2)
            text = words[n].center(width) if 0 <= n < len(words) else ""
            return Strip([Segment(text, ground + (themes.quiet(dark) if n else Style()))]).adjust_cell_length(
                width, ground
            )
        if at >= len(self.lines):
            return Strip.blank(width, ground)
        line = self.lines[at]
        if line.day:
            return self._day(line, width, ground, dark)
        here = line.row == self.cursor
        if here:
            ground = ground + themes.ground(dark, self.has_focus)
        hit = self.hits[line.row]
        colour = Style(color=themes.journal(hit.row.journal, dark))
        bar = Segment("▌ " if here else "▎ ", ground + colour)
        body = self._says(hit, width - 2, ground, dark) if line.says else self._entry(hit.row, width - 2, ground, dark)
        return Strip([bar, *body]).adjust_cell_length(width, ground)

    def _day(self, line: TimelineLine, width: int, ground: Style, dark: bool) -> Strip:
        count = f"{line.count} " if line.count > 1 else ""
        day = Segment(f" {line.day}", ground + themes.soft_ink(dark))
        return Strip([*Strip([day]).adjust_cell_length(max(0, width - len(count)), ground),
                      Segment(count, ground + themes.quiet(dark))])  # fmt: skip

    def _entry(self, row: IndexRow, width: int, ground: Style, dark: bool) -> list[Segment]:
        at = f"{formats.brief(when(row)):>6}" if self.query_said else f"{when(row):%H:%M}"
        journal = f" {row.journal[:10]:>10} " if width >= 44 else " "
        mark = "★ " if row.pinned else ""
        room = max(4, width - len(at) - 2 - len(journal) - len(mark))
        struck = themes.quiet(dark) + Style(strike=True) if row.status != "active" else Style(bold=row.pinned)
        return [
            Segment(f"{at}  ", ground + themes.quiet(dark)),
            Segment(mark, ground + themes.ink(dark)),
            *Strip([Segment(_fit(visible(row.title), room), ground + struck)]).adjust_cell_length(room, ground),
            Segment(journal, ground + Style(color=themes.journal(row.journal, dark))),
        ]

    def _says(self, hit: Hit, width: int, ground: Style, dark: bool) -> list[Segment]:
        indent, room = 8, max(10, width - 10)
        key = (hit.row.path, room)
        if key not in self._excerpts:
            found = excerpt(hit.row.body, self.query_said, room)
            self._excerpts[key] = replace(found, text=visible(found.text))
        said = self._excerpts[key]
        parts, at = [Segment(" " * indent, ground)], 0
        for start, end in said.marks:
            parts.append(Segment(said.text[at:start], ground + themes.quiet(dark)))
            parts.append(Segment(said.text[start:end], ground + themes.ink(dark)))
            at = end
        return list(Strip([*parts, Segment(said.text[at:], ground + themes.quiet(dark))]).crop(0, width))


def _fit(text: str, room: int) -> str:
    """Truncate a text to `room` cells, with an ellipsis."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= room else f"{set_cell_size(text, room - 1).rstrip()}…"
