"""`rusta devlog` without a command: the journals as an app in the terminal."""

import os
import select
import sys
from pathlib import Path

from rusta.ui.journal import themes
from rusta.ui.journal.base_screen import House
from rusta.ui.journal.list_screen import Journals

LOOKS_S = 2.0  # between checks that the terminal still exists


class JournalApp(House):
    """Starts with the list screen. `theme` is dark, light, or auto."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "DevLogs"
    CSS = """
    * {
        scrollbar-background: $background; scrollbar-background-hover: $background; scrollbar-background-active: $background;
        scrollbar-color: $foreground 18%; scrollbar-color-hover: $foreground 30%; scrollbar-color-active: $primary;
    }
    OptionList > .option-list--option-highlighted { background: $primary 22%; color: $foreground; text-style: none; }
    OptionList:focus > .option-list--option-highlighted { background: $primary 22%; color: $foreground; text-style: none; }
    """

    def __init__(self, root: Path, index: Path | None, drafts: Path, theme: str = "auto") -> None:
        super().__init__(root, index, drafts)
        self._first = themes.theme_named(theme)

    def on_mount(self) -> None:
        """Register the themes and show the first screen."""
        for theme in themes.THEMES.values():
            self.register_theme(theme)
        self.theme = self._first.name
        self.push_screen(Journals())
        if not self.is_headless:
            self.set_interval(LOOKS_S, self._leave_with_the_terminal)

    def _leave_with_the_terminal(self) -> None:
        """Exit when the terminal was closed: a process that the terminal does not control gets no signal.

        Exits at once, since Textual would then spin, or wait forever to write its last output. Unsaved text is on disk
        as a draft.
        """
        poll = select.poll()
        poll.register(sys.__stdin__ or 0, select.POLLHUP)
        if any(event & (select.POLLHUP | select.POLLNVAL) for _, event in poll.poll(0)):
            os._exit(129)

    def action_shade(self) -> None:
        """Switch between the dark and the light theme."""
        self.theme = themes.LIGHT.name if self.current_theme.dark else themes.DARK.name
