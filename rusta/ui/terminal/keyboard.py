"""The input line: history, several lines, and completion of command names."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.history import FileHistory
from prompt_toolkit.input.typeahead import get_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from rusta.core.derived_files import make_way
from rusta.memory.forgetting.secret_masking import masked
from rusta.ui.terminal.typed_ahead import TypedAhead

PROMPT = ANSI("\x1b[1;38;5;173m›\x1b[0m ")


class Commands(Completer):
    """Completes slash commands at the start of the line."""

    def __init__(self, commands: Mapping[str, str]) -> None:
        self.commands = commands

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield every command that starts with what is typed, with its description."""
        typed = document.text_before_cursor
        if typed.startswith("/") and " " not in typed:
            for name, what in self.commands.items():
                if name.startswith(typed):
                    yield Completion(name, start_position=-len(typed), display_meta=what)


class MaskedHistory(FileHistory):
    """The history of typed lines, for the arrow keys; in the file the secrets in them are masked."""

    def store_string(self, string: str) -> None:
        """Append a line to the file, with secrets masked."""
        super().store_string(masked(string))


class Keyboard:
    """Reads the user's input. Enter sends, Alt-Enter (or Esc, Enter) begins a new line, pasted text keeps its lines.

    At a terminal (`ahead`), text typed before the prompt appeared is put into the line, to be sent or edited;
    only a first line that was typed while the program started is sent as it is.
    """

    def __init__(self, history: Path, commands: Mapping[str, str], ahead: TypedAhead | None = None) -> None:
        history.parent.mkdir(parents=True, exist_ok=True)
        make_way(history)
        self.ahead = ahead
        self.begun = False
        keys = KeyBindings()

        @keys.add("escape", "enter")
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text("\n")

        @keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            if event.current_buffer.complete_state and event.current_buffer.complete_state.current_completion:
                event.current_buffer.complete_state = None
            else:
                event.current_buffer.validate_and_handle()

        self.session: PromptSession[str] = PromptSession(
            PROMPT,
            history=MaskedHistory(str(history)),
            completer=Commands(commands),
            complete_while_typing=True,
            key_bindings=keys,
            multiline=True,
            prompt_continuation="  ",
            reserve_space_for_menu=6,
        )

    def read(self) -> str:
        """Return the input, stripped. Raises `EOFError` on Ctrl-D and `KeyboardInterrupt` on Ctrl-C."""
        if self.ahead is None:
            return self.session.prompt().strip()
        self.ahead.gather(quiet_s=0)  # once: what comes later is the prompt's, with its Enter
        first, self.begun = "" if self.begun else self.ahead.take_line(), True
        try:
            return self.session.prompt(default=first or self.ahead.take(), accept_default=bool(first)).strip()
        finally:  # keys read together with the last Enter, which prompt_toolkit would replay at its next prompt
            self.ahead.add("".join(key.data for key in get_typeahead(self.session.input)))
