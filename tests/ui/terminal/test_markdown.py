"""An answer that appears bit by bit ends up on the screen as if it had been printed at once, and no line twice."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.markdown import Markdown

from rusta.ui.terminal.markdown import Appearing

WIDTH = 40
LONG = "\n\n".join(f"Paragraph {n} with `code{n}` and some more words that wrap around." for n in range(12))
MIXED = f"""# A heading

Why it moves:

```rust
let a = String::new();
let b = a; // moved
```

{chr(10).join(f"- point {n}, which is long enough to wrap around once" for n in range(8))}

1. first
2. second

> quoted

{LONG}
"""


def screen(written: str) -> list[str]:
    """What a terminal of endless height shows: of all control codes Rich's Live writes, the ones that move or erase."""
    lines, row, column = [""], 0, 0
    for code, what, text in re.findall(r"(\x1b\[([0-9;?]*[A-Za-z]))|(\r|\n|[^\x1b\r\n]+)", written):
        if text == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif text == "\r":
            column = 0
        elif text:
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column += len(text)
        elif what.endswith("A"):
            row -= int(what[:-1] or 1)
            assert row >= 0
        elif what == "2K":
            lines[row] = ""
        else:
            assert what[-1] in "mhl", f"Live learned to write {code!r}"
    return [line.rstrip() for line in lines]


def at_once(text: str) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=WIDTH, force_terminal=True, color_system=None).print(Markdown(text))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def stripped(lines: list[str]) -> list[str]:
    """Without empty lines at the end."""
    return "\n".join(lines).rstrip().split("\n")


def appear(text: str, cuts: list[int], terminal: bool = True) -> str:
    """What is written when `text` arrives in pieces that end at `cuts`, each drawn."""
    out = io.StringIO()
    console = Console(file=out, width=WIDTH, height=24, force_terminal=terminal, color_system=None)
    with Appearing(console) as appearing:
        for cut in cuts:
            appearing.drawn = 0.0  # however fast this machine is, draw
            appearing.show(text[:cut])
        appearing.show(text, last=True)
    return out.getvalue()


@pytest.mark.parametrize(
    "text", [LONG, MIXED, "One line.", "```rust\nfn unclosed() {"], ids=["long", "mixed", "line", "open"]
)
@pytest.mark.parametrize("step", [5, 31, 10_000])
def test_what_appeared_is_what_would_have_been_printed_at_once(text: str, step: int) -> None:
    assert stripped(screen(appear(text, list(range(0, len(text), step))))) == stripped(at_once(text))


@given(
    words=st.lists(st.sampled_from(["\n\n", "\n", " ", "- ", "word", "`code`", "**", "1. "]), max_size=60),
    data=st.data(),
)
def test_in_whatever_pieces_it_comes_no_word_is_lost_or_said_twice(words: list[str], data: st.DataObject) -> None:
    text = "".join(word if not word.isalpha() else f"word{n}" for n, word in enumerate(words))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    shown = re.findall(r"word\d+", " ".join(screen(appear(text, cuts))))
    assert shown == re.findall(r"word\d+", " ".join(at_once(text)))


def test_lines_that_settled_are_never_drawn_again() -> None:
    written = appear(LONG, list(range(0, len(LONG), 5)))
    late = written[written.index("Paragraph 11 ") :]
    assert "Paragraph 10 " in late  # still loose, and redrawn
    assert not [n for n in range(8) if f"Paragraph {n} " in late]


def test_where_there_is_no_terminal_each_line_is_written_once() -> None:
    written = appear(MIXED, list(range(0, len(MIXED), 9)), terminal=False)
    assert "\x1b" not in written
    assert stripped([line.rstrip() for line in written.split("\n")]) == stripped(at_once(MIXED))


def test_what_comes_too_soon_after_a_draw_waits_for_the_next_and_the_last_never_waits() -> None:
    out = io.StringIO()
    with Appearing(Console(file=out, width=WIDTH, force_terminal=True, color_system=None)) as appearing:
        appearing.drawn = float("inf")  # as if a draw were always just over
        appearing.show("too soon")
        assert "too soon" not in out.getvalue()
        appearing.show("the last word", last=True)
    assert "the last word" in out.getvalue()
