"""A modal question with a list of answers: type to filter it, Enter takes one, Escape takes none."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from rusta.core.output import visible

PickerChoice = tuple[str, Text | str]


class Pick(ModalScreen[str | None]):
    """Dismissed with the value of an answer, with the typed text where `free`, or with None.

    With `seek` the answers are looked up while typing.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "leave it", show=False),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    Pick { align: center middle; background: $background 60%; }
    Pick Vertical {
        width: 76; max-width: 94%; height: auto; max-height: 80%; background: $surface; border: round $primary 60%;
        padding: 0 1;
    }
    Pick Static { color: $text; padding: 0 1; }
    Pick Input, Pick Input:focus { background: $panel; border: none; height: 1; padding: 0 1; margin: 1 0; }
    Pick OptionList, Pick OptionList:focus { background: $surface; border: none; height: auto; max-height: 16; padding: 0; }
    """

    def __init__(
        self,
        question: str,
        answers: Sequence[PickerChoice] = (),
        *,
        free: bool = False,
        seek: Callable[[str], Awaitable[Sequence[PickerChoice]]] | None = None,
        hint: str = "type to narrow",
    ) -> None:
        super().__init__()
        self.question, self.answers, self.free, self.seek, self.hint = question, list(answers), free, seek, hint

    def compose(self) -> ComposeResult:
        """Lay out question, input line and answers."""
        with Vertical():
            yield Static(self.question, markup=False)
            yield Input(placeholder=self.hint, select_on_focus=False, compact=True)
            yield OptionList()

    def on_mount(self) -> None:
        """Show all answers at first."""
        self._narrow("")
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._narrow(event.value)

    def _narrow(self, typed: str) -> None:
        if self.seek:
            self._look_up(self.seek, typed)
        else:
            words = typed.lower().split()
            fit = [one for one in self.answers if all(word in str(one[1]).lower() for word in words)]
            fit.sort(key=lambda one: not str(one[1]).lower().lstrip("#").startswith(typed.lower()))
            self._offer(fit, typed)

    @work(exclusive=True)
    async def _look_up(self, seek: Callable[[str], Awaitable[Sequence[PickerChoice]]], typed: str) -> None:
        await asyncio.sleep(0.06 if typed else 0)
        self._offer(list(await seek(typed)), typed)

    def _offer(self, found: list[PickerChoice], typed: str) -> None:
        if self.free and typed.strip() and typed.strip() not in {value for value, _ in found}:
            found.append((typed.strip(), Text.assemble(("as typed: ", "dim"), typed.strip())))
        answers = self.query_one(OptionList)
        answers.clear_options()
        self._values = [value for value, _ in found]
        answers.add_options([Option(_told(label)) for _, label in found] or [Option("Nothing fits.", disabled=True)])
        if found:
            answers.highlighted = 0

    def action_move(self, by: int) -> None:
        """Select the answer above or below."""
        answers = self.query_one(OptionList)
        (answers.action_cursor_down if by > 0 else answers.action_cursor_up)()

    @on(Input.Submitted)
    def _taken(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is not None and at < len(self._values):
            self.dismiss(self._values[at])

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._values[event.option_index])


def _told(label: Text | str) -> Text:
    """Return the label without markup and with control characters visible: a tag may be `[/x]` or hold an escape."""
    said = Text(label) if isinstance(label, str) else label.copy()
    said.plain = visible(said.plain)
    return said
