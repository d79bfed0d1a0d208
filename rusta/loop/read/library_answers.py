"""Answers from the library: a question that names an error code, a lint, a keyword or an item of std is answered by its page.

The model is not asked: what the page says is quoted, and what the index knows is stated. `answers=free` turns this off.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.library import single_page
from rusta.library.answers import LibraryAnswer, answer
from rusta.library.documentation import Documentation
from rusta.library.index import Library, NotBuilt
from rusta.library.quotes import Quote, of_passage
from rusta.library.routing import RouteKind, routes
from rusta.loop.conversation import Conversation
from rusta.loop.events import Event, Quoted, Said
from rusta.loop.read.turn_memory import Reminder
from rusta.tools.toolchain import Installed

ASKS = re.compile(
    r"\?|\b(?:what|why|how|when|which|where|explain|tell me|does|do|is|are|can|since|meaning|means)\b", re.IGNORECASE
)
LONGEST = 60  # words of a request that is a question and no task


class Answers(StrEnum):
    """Where an answer on Rust comes from."""

    grounded = "grounded"
    free = "free"


@dataclass(frozen=True)
class Grounded:
    """An answer made of quotes, and the pages it was taken from."""

    text: str
    found: tuple[Quote, ...]

    def told(self, conversation: Conversation, request: str, recalled: Sequence[Reminder]) -> Iterator[Event]:
        """Keep the exchange, and yield the pages and the answer; entries that came to mind are named below it."""
        notes = ", ".join(f"`{one.path}` ({one.age})" for one in recalled)
        text = f"{self.text}\n\nIn my journals, on the same: {notes}" if notes else self.text
        conversation.tell(request, text)
        yield from (Quoted(one.title, one.page, one.anchor, one.version) for one in self.found)
        yield Said(text=text)


@dataclass(frozen=True)
class LibraryAnswers:
    """The library of the toolchain that `folder` selects, with its index below `home`."""

    home: Home
    folder: Path

    @cached_property
    def _documentation(self) -> Documentation | None:
        """What is installed; None without it, or without a toolchain. Rustup is asked once."""
        try:
            return Documentation.of(Installed(self.folder).bin)
        except RustaError:
            return None

    def answer(self, request: str) -> Grounded | None:
        """What the pages say that the request names by key; None where it names none, or nothing is known of them."""
        if len(request.split()) > LONGEST or "```" in request or not ASKS.search(request):
            return None
        documentation = self._documentation
        if documentation is None:
            return None
        try:
            with Library.open(self.home, documentation) as library:
                found = answer(library, request)
        except NotBuilt as refusal:
            keys = [one.key for one in routes(request) if one.kind is RouteKind.CODE]
            passages = [single_page.error_code(documentation, one) for one in keys]
            quotes = tuple(of_passage(one, documentation.version) for one in passages if one)
            found = LibraryAnswer(quotes, () if quotes else (str(refusal),))
        if not found:
            return None
        return Grounded("\n\n".join([*(one.text(documentation) for one in found.quotes), *found.said]), found.quotes)
