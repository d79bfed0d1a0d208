"""A thread with journals of its own, so that the app never waits: not for a search, not for a lock, not for git."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from rusta.memory.storage.devlogs import DevLogs
from rusta.ui.journal.entry_rows import Shelf

T = TypeVar("T")


@dataclass
class WorkerRoom:
    """What a librarian has at hand: the shelf to read from, the journals to write into."""

    shelf: Shelf
    logs: DevLogs
    looked: bool = False


class Librarian:
    """Does one thing after the other. What nobody waits for any more is not begun.

    The thread is a daemon: somebody who leaves the app in the middle of a first index of a hundred thousand entries
    need not wait for it, and the index is begun anew the next time.
    """

    def __init__(
        self, root: Path, index: Path | None, say: Callable[[str], None], open_: Callable[[], bool] = lambda: True
    ) -> None:
        self._open = open_
        self._make = lambda: WorkerRoom(Shelf(root, index, say), DevLogs(root, say=say))
        self._todo: SimpleQueue[tuple[Callable[[WorkerRoom], Any], asyncio.Future[Any]] | None] = SimpleQueue()
        threading.Thread(target=self._work, daemon=True, name="librarian").start()

    async def ask(self, do: Callable[[WorkerRoom], T]) -> T:
        """Have it done, and wait without keeping anybody else waiting. Raises what it raises."""
        future = asyncio.get_running_loop().create_future()
        self._todo.put((do, future))
        result = await future
        if not self._open():  # whoever asked has nowhere left to show it
            raise asyncio.CancelledError
        return result

    def leave(self) -> None:
        """No more is coming."""
        self._todo.put(None)

    def _work(self) -> None:
        room = self._make()
        while job := self._todo.get():
            do, future = job
            if future.cancelled():
                continue
            try:
                result, error = do(room), None
            except Exception as raised:  # it belongs to whoever asked, and is raised there
                result, error = None, raised
            with suppress(RuntimeError):  # the app has left
                future.get_loop().call_soon_threadsafe(_answer, future, result, error)
        room.shelf.close()


def _answer(future: "asyncio.Future[Any]", result: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error:
        future.set_exception(error)
    else:
        future.set_result(result)
