"""The history screen of an entry: each change, its author, and its diff."""

import difflib
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from rusta.core.errors import RustaError
from rusta.core.output import visible
from rusta.memory.storage.history import Past
from rusta.ui.journal import formats, themes
from rusta.ui.journal.worker import Librarian, WorkerRoom

LONGEST = 4_000
"""Lines of a diff that are shown."""


class EntryHistory(Screen[None]):
    """Changes on the left, the latest first; the diff of the selected one on the right."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,h,backspace", "dismiss(None)", "back", show=False),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
    ]
    DEFAULT_CSS = """
    EntryHistory { background: $background; layout: horizontal; }
    EntryHistory #name { dock: top; height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    EntryHistory #keys { dock: bottom; height: 1; background: $panel; padding: 0 1; }
    EntryHistory OptionList, EntryHistory OptionList:focus { width: 44; height: 1fr; border: none; background: $background; padding: 0; }
    EntryHistory VerticalScroll { width: 1fr; height: 1fr; background: $surface; padding: 1 2; scrollbar-size-vertical: 1; }
    EntryHistory.narrow { layout: vertical; }
    EntryHistory.narrow OptionList, EntryHistory.narrow OptionList:focus { width: 1fr; height: 8; }
    """

    def __init__(self, path: str, librarian: Librarian) -> None:
        super().__init__()
        self.path, self.librarian = path, librarian
        self.changes: list[Past] = []

    def compose(self) -> ComposeResult:
        """Lay out the name, two columns, and the keys."""
        yield Static(f"History of {self.path}", id="name", markup=False)
        yield OptionList()
        with VerticalScroll():
            yield Static(id="diff")
        yield Static("↑ ↓ a change   Tab its text   Esc back", id="keys")

    def on_mount(self) -> None:
        """Load the history from git."""
        self.set_class(self.size.width < 100, "narrow")
        self._load()

    def on_resize(self) -> None:
        """Put the columns side by side where there is room."""
        self.set_class(self.size.width < 100, "narrow")

    def action_move(self, by: int) -> None:
        """Select the change above or below."""
        changes = self.query_one(OptionList)
        (changes.action_cursor_down if by > 0 else changes.action_cursor_up)()

    @work(exclusive=True, group="load")
    async def _load(self) -> None:
        quiet = themes.quiet(self.app.current_theme.dark)
        try:
            self.changes = await self.librarian.ask(lambda room: room.logs.history(self.path))
        except RustaError as why:
            self.query_one("#diff", Static).update(Text(str(why)))
            return
        if not self.changes:
            self.query_one("#diff", Static).update(Text("Nothing was recorded of it yet.", quiet))
            return
        self.query_one(OptionList).add_options(
            Option(
                Text.assemble(
                    f" {visible(one.summary)}\n",
                    (f" {formats.time_ago(one.when)} · {one.author} · {one.commit[:9]}", quiet),
                )
            )
            for one in self.changes
        )
        self.query_one(OptionList).highlighted = 0
        self.query_one(OptionList).focus()

    @on(OptionList.OptionHighlighted)
    def _chosen(self, event: OptionList.OptionHighlighted) -> None:
        self._show(event.option_index)

    @work(exclusive=True, group="show")
    async def _show(self, at: int) -> None:
        now = self.changes[at]
        before = self.changes[at + 1] if at + 1 < len(self.changes) else None
        texts = await self.librarian.ask(lambda room: (_then(room, before), _then(room, now)))
        self.query_one("#diff", Static).update(styled_diff(*texts, dark=self.app.current_theme.dark))
        self.query_one(VerticalScroll).scroll_home(animate=False)


def _then(room: WorkerRoom, past: Past | None) -> str:
    """Return the entry's text after a change; empty where the entry did not exist."""
    if past is None:
        return ""
    try:
        return room.logs.version(past).decode("utf-8", "replace")
    except RustaError:
        return ""


def styled_diff(before: str, after: str, *, dark: bool) -> Text:
    """Return the unified diff of two texts as styled text, with three lines of context."""
    theme, quiet = themes.DARK if dark else themes.LIGHT, themes.quiet(dark)
    said = Text()
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    for n, line in enumerate(lines):
        if n < 2:
            continue
        if n > LONGEST:
            said.append("…", quiet)
            break
        if line.startswith("@@"):
            said.append("\n" if n > 2 else "")
            continue
        style = {"+": theme.success, "-": theme.error}.get(line[0], quiet)
        said.append(f"{line[0]} {visible(line[1:])}\n", style or "")
    return said if said.plain.strip() else Text("The text is the same.", quiet)
