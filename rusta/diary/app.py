"""`rusta devlog`: her journals in the terminal."""

from pathlib import Path

from rusta.diary import palette
from rusta.diary.house import House
from rusta.diary.journals import Journals


class Diary(House):
    """Opens with the journals. `theme` is dark, light, or auto."""

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
        self._first = palette.chosen(theme)

    def on_mount(self) -> None:
        """Colours, and the first screen."""
        for theme in palette.THEMES.values():
            self.register_theme(theme)
        self.theme = self._first.name
        self.push_screen(Journals())

    def action_shade(self) -> None:
        """Dark or light."""
        self.theme = palette.LIGHT.name if self.current_theme.dark else palette.DARK.name
