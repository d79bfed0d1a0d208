"""What every screen of the app shares: where the journals are, the drafts, and the librarians."""

from pathlib import Path
from typing import Any

from textual.app import App
from textual.screen import Screen

from rusta.ui.journal.drafts import Drafts
from rusta.ui.journal.worker import Librarian


class House(App[None]):
    """Three librarians: one finds and reads, one looks for changes on disk, one writes. The app only draws."""

    def __init__(self, root: Path, index: Path | None, drafts: Path) -> None:
        super().__init__()
        self.root, self.drafts = root, Drafts(drafts)
        self.reading, self.watching, self.writing = (
            Librarian(root, index, self._say, lambda: self.is_running) for _ in range(3)
        )

    def on_unmount(self) -> None:
        """Nobody is kept waiting."""
        for librarian in (self.reading, self.watching, self.writing):
            librarian.leave()

    def _say(self, sentence: str) -> None:
        """What the journals have to say that stops nothing. Called from a librarian's thread."""
        self.call_from_thread(self.notify, sentence, severity="warning", timeout=10, markup=False)


def house(screen: Screen[Any]) -> House:
    """The app of a screen."""
    assert isinstance(screen.app, House)
    return screen.app
