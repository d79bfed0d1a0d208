"""A worker thread with its own access to the journals, so that the app never waits for a search, a lock, or git."""

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
    """What a worker uses: `shelf` to read from, `logs` to write into."""

    shelf: Shelf
    logs: DevLogs
    looked: bool = False


class Librarian:
    """A worker that runs jobs one after the other. A job whose caller was cancelled is not begun.

    The thread is a daemon: a user who leaves the app during a first index of a hundred thousand entries need not wait
    for it, and the index is begun anew the next time.
    """

    def __init__(
        self, root: Path, index: Path | None, say: Callable[[str], None], open_: Callable[[], bool] = lambda: True
    ) -> None:
        self._open = open_
        self._make = lambda: WorkerRoom(Shelf(root, index, say), DevLogs(root, say=say))
        self._todo: SimpleQueue[tuple[Callable[[WorkerRoom], Any], asyncio.Future[Any]] | None] = SimpleQueue()
        threading.Thread(target=self._work, daemon=True, name="librarian").start()

    async def ask(self, do: Callable[[WorkerRoom], T]) -> T:
        """Run `do` in the worker and await its result without blocking the app. Raises what `do` raises.

        Raises `asyncio.CancelledError` where the app has closed meanwhile.
        """
        future = asyncio.get_running_loop().create_future()
        self._todo.put((do, future))
        result = await future
        if not self._open():  # the app has closed: the result cannot be shown
            raise asyncio.CancelledError
        return result

    def leave(self) -> None:
        """End the thread after the queued jobs."""
        self._todo.put(None)

    def _work(self) -> None:
        room = self._make()
        while job := self._todo.get():
            do, future = job
            if future.cancelled():
                continue
            try:
                result, error = do(room), None
            except Exception as raised:  # re-raised in the caller
                result, error = None, raised
            with suppress(RuntimeError):  # the app's event loop is closed
                future.get_loop().call_soon_threadsafe(_answer, future, result, error)
        room.shelf.close()


def _answer(future: "asyncio.Future[Any]", result: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error:
        future.set_exception(error)
    else:
        future.set_result(result)
