"""The help page: every key of the app."""

from typing import ClassVar

from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from rusta.ui.journal import themes

Groups = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
LEFT: Groups = (
    ("Read", (("↑ ↓  j k", "the entry above, below"), ("Enter", "read it"), ("Esc", "back"), ("Tab", "its links; Enter follows"),
              ("Bksp", "back along links"), ("g  G", "newest, oldest"), ("h", "its history"))),
    ("Else", (("d", "dark or light"), ("?", "this page"), ("q", "leave; drafts stay"))),
)  # fmt: skip
RIGHT: Groups = (
    ("Find", (("/", "search as you type"), ("1 … 6", "one journal; 0 all"), ("#  r", "by tag, by repository"),
              ("c  w", "by confidence, by time"), ("v", "superseded, archived too"), ("x", "everything again"))),
    ("Write", (("n", "a new entry, or a draft"), ("s", "one in place of this"), ("e", "this, in your editor"), ("t  l", "tags, a link"),
               ("p", "pin, or let go"), ("a", "archive, or take back"))),
)  # fmt: skip
TYPED = "In the search: tag:borrow journal:lab repo:burn confidence:high since:2026-01 until:7d status:all"


class Help(ModalScreen[None]):
    """A modal page with all keys; any of its own keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss(None)", "close", show=False)
    ]
    DEFAULT_CSS = """
    Help { align: center middle; background: $background 60%; }
    Help VerticalScroll {
        width: 78; max-width: 98%; height: auto; max-height: 96%; background: $surface; border: round $primary 60%;
        padding: 0 1; scrollbar-size-vertical: 1;
    }
    """

    def compose(self) -> ComposeResult:
        """Lay out two columns of keys."""
        ink, quiet = themes.ink(self.app.current_theme.dark), themes.quiet(self.app.current_theme.dark)
        sides = Table.grid(padding=(0, 2))
        sides.add_row(*(_keys(side, ink, quiet) for side in (LEFT, RIGHT)))
        with VerticalScroll():
            yield Static(sides)
            yield Static(Text(f"\n{TYPED}", quiet))


def _keys(groups: Groups, ink: Style, quiet: Style) -> Table:
    table = Table.grid(padding=(0, 1))
    for n, (name, keys) in enumerate(groups):
        if n:
            table.add_row("", "")
        table.add_row(Text(name, ink), "")
        for key, what in keys:
            table.add_row(Text(key, "bold"), Text(what, quiet))
    return table
