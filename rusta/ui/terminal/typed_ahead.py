"""Type-ahead: keys pressed while nothing reads them become a draft of the next input, never an answer to a question.

While a `TypedAhead` is held, the terminal neither echoes keys (they would overwrite the progress line) nor delivers
them as lines; Ctrl-C and Ctrl-Z work as usual. Before a question is shown, `gather` removes the pending keys, so that
only keys pressed after it can answer. Where the stream is no terminal, nothing happens.

Not covered: keys pressed in the moment between `gather` and the first character of the question; pastes larger than
the kernel's terminal buffer (4 KiB on Linux), whose rest the terminal holds back until the next `gather`.
"""

import os
import re
import select
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, TextIO
from weakref import WeakKeyDictionary

termios: ModuleType | None
try:
    import termios
except ImportError:  # Windows
    termios = None

QUIET_S = 0.1  # a question waits until the user has stopped typing: keys this close together are one draft
CHUNK = 1 << 16
ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^\r\n])?")  # arrows, function keys, bracketed-paste marks


class TypedAhead:
    """The type-ahead draft of one terminal."""

    def __init__(self, descriptor: int | None = None) -> None:
        self.descriptor = descriptor if termios else None
        self.draft = ""
        self.asked = False  # whether a question was shown: then an Enter pressed earlier does not count
        self._before: list[Any] | None = None  # the terminal's original settings while it is held

    @classmethod
    def of(cls, stream: TextIO | None) -> "TypedAhead":
        """Return the instance for a stream, usually stdin, if that is a terminal: all callers share one per stream."""
        if stream is None or stream.closed or not stream.isatty():
            return cls()
        if stream not in _known:
            _known[stream] = cls(stream.fileno())
        return _known[stream]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Turn off echo and line mode within the block; keys not gathered by its end are left for the next reader.

        Within another `held` it does nothing.
        """
        if self._before is not None or self.descriptor is None or termios is None or not self._foreground():
            yield
            return
        self._before = termios.tcgetattr(self.descriptor)
        self._set(_silent(self._before))
        try:
            yield
        finally:
            before, self._before = self._before, None
            self._set(before)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Restore the terminal's original settings while the answer to a question is read."""
        self.asked = True
        if self._before is None:
            yield
            return
        self._set(self._before)
        try:
            yield
        finally:
            self._set(_silent(self._before))

    def gather(self, quiet_s: float = QUIET_S) -> None:
        """Move pending keys into the draft, until none has come for `quiet_s` seconds."""
        if self._before is None or self.descriptor is None:
            return
        keys = b""
        while select.select([self.descriptor], [], [], quiet_s)[0]:
            if not (more := os.read(self.descriptor, CHUNK)):
                break
            keys += more
        self.add(keys.decode("utf-8", "replace"))

    def add(self, keys: str) -> None:
        """Apply keys, as sent by a terminal, to the draft: Enter begins a line; Backspace, Ctrl-U, Ctrl-W delete."""
        typed = list(self.draft)  # a list, since a paste may have a megabyte
        for key in ESCAPE.sub("", keys.replace("\x1b\r", "\n").replace("\r\n", "\n").replace("\r", "\n")):
            if key in "\x7f\b":
                del typed[-1:]
            elif key == "\x15":  # Ctrl-U
                while typed and typed[-1] != "\n":
                    typed.pop()
            elif key == "\x17":  # Ctrl-W
                while typed and typed[-1].isspace():
                    typed.pop()
                while typed and not typed[-1].isspace():
                    typed.pop()
            elif key.isprintable() or key in "\n\t":
                typed.append(key)
        self.draft = "".join(typed)

    def take(self) -> str:
        """Return the draft and clear it; pending keys that were not gathered stay for the next reader."""
        draft, self.draft = self.draft.strip(), ""
        return draft

    def take_line(self) -> str:
        """Return the draft's first line, if Enter was pressed after it and no question was shown yet; keep the rest.

        For the first line of a conversation: a user who types while the program starts has nothing to read first.
        """
        if self.asked or "\n" not in self.draft.lstrip():
            return ""
        line, _, self.draft = self.draft.lstrip().partition("\n")
        return line.strip()

    def _foreground(self) -> bool:
        """Return whether this process may change the terminal: in the background it would be stopped for trying."""
        assert self.descriptor is not None
        try:
            return os.tcgetpgrp(self.descriptor) == os.getpgrp()
        except OSError:  # not this process's controlling terminal: then nothing stops it
            return True

    def _set(self, settings: list[Any]) -> None:
        if termios is not None and self.descriptor is not None and self._foreground():
            termios.tcsetattr(self.descriptor, termios.TCSADRAIN, settings)


_known: WeakKeyDictionary[TextIO, TypedAhead] = WeakKeyDictionary()


def _silent(settings: list[Any]) -> list[Any]:
    """Return the settings without echo and line mode, so that keys can be read before Enter is pressed."""
    assert termios is not None
    quiet, characters = list(settings), list(settings[6])
    quiet[3] &= ~(termios.ICANON | termios.ECHO)
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    quiet[6] = characters
    return quiet
