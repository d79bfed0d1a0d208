"""The base class of the app: where the journals and drafts are, and the worker threads."""

from pathlib import Path
from typing import Any

from textual.app import App
from textual.screen import Screen

from rusta.ui.journal.drafts import Drafts
from rusta.ui.journal.worker import Librarian


class House(App[None]):
    """The app with its three workers: one searches and reads, one watches the disk, one writes. The app only draws."""

    def __init__(self, root: Path, index: Path | None, drafts: Path) -> None:
        super().__init__()
        self.root, self.drafts = root, Drafts(drafts)
        self.reading, self.watching, self.writing = (
            Librarian(root, index, self._say, lambda: self.is_running) for _ in range(3)
        )

    def on_unmount(self) -> None:
        """Stop the workers."""
        for librarian in (self.reading, self.watching, self.writing):
            librarian.leave()

    def _say(self, sentence: str) -> None:
        """Show a warning from the journals. Called from a worker's thread."""
        self.call_from_thread(self.notify, sentence, severity="warning", timeout=10, markup=False)


def house(screen: Screen[Any]) -> House:
    """Return the app of a screen."""
    assert isinstance(screen.app, House)
    return screen.app
