"""Layout of output: a text beside a mark, and a diff in colour.

On a terminal a long text gets a hanging indent. Elsewhere nothing is wrapped: a log line stays one line, and a diff
can be applied.
"""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rusta.tools.sandbox import sanitize

COLOURS = {"+++": "bold", "---": "bold", "@@": "cyan", "+": "green", "-": "red"}  # by prefix; the first match is used


def print_hanging(console: Console, mark: str, text: str, width: int, style: str = "") -> None:
    """Print `mark` (Rich markup), and from column `width` on the text, which is not parsed as markup."""
    said = Text(sanitize(text), style)
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
    """Print a unified diff without terminal escapes; nothing where the text is blank."""
    rows = sanitize(text).rstrip("\n").split("\n") if text.strip() else []
    for row in rows:
        style = next((style for begins, style in COLOURS.items() if row.startswith(begins)), "")
        console.print(Text(row, style), soft_wrap=True)
