"""How her lines stand on a screen: a text beside its mark, a diff in colour.

In a terminal a long text hangs under its own beginning. Elsewhere nothing is wrapped: a line of a log stays a line, and a
diff applies.
"""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rusta.tools.sandbox import plain

COLOURS = {"+++": "bold", "---": "bold", "@@": "cyan", "+": "green", "-": "red"}  # the first that fits


def beside(console: Console, mark: str, text: str, width: int, style: str = "") -> None:
    """`mark` (markup), and from column `width` on the text, which is nobody's markup."""
    said = Text(plain(text), style)
    if not console.is_terminal:
        console.print(
            Text.from_markup(mark.ljust(width + len(mark) - Text.from_markup(mark).cell_len)) + said, soft_wrap=True
        )
        return
    grid = Table.grid(padding=0)
    grid.add_column(width=width, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text.from_markup(mark), said)
    console.print(grid)


def diff(console: Console, text: str) -> None:
    """A unified diff, without what could drive the terminal; nothing where there is none."""
    rows = plain(text).rstrip("\n").split("\n") if text.strip() else []
    for row in rows:
        style = next((style for begins, style in COLOURS.items() if row.startswith(begins)), "")
        console.print(Text(row, style), soft_wrap=True)
