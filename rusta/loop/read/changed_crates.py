"""Questions of a chat that the mirrors answer: what changed in a crate, since when, what took the place of something, how it is now."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.library.crate_sources import locked_crates
from rusta.library.topics import about_here
from rusta.mirror.mirror_answers import MirrorAnswer, MirrorAnswers


@dataclass
class ChangedCrates:
    """Asks the mirrors before the library. `root` is the workspace, None outside a crate."""

    mirrors: MirrorAnswers
    root: Path | None = None

    def answer(self, request: str, known: Callable[[str], bool]) -> MirrorAnswer | None:
        """Return what the mirrors answer; None where a question is not about them. `known`: names of std and of the workspace."""
        with suppress(RustaError):
            found = self.mirrors.in_chat(request, known, lambda crate: crate in self._locked)
            own = self.root is not None and about_here(request)  # then the workspace may answer what no mirror does
            return None if found is None or (own and not found.enough) else found
        return None

    @cached_property
    def _locked(self) -> frozenset[str]:
        """The crates that the workspace depends on by its manifests."""
        with suppress(RustaError):
            return frozenset(one.name for one in locked_crates(self.root) if one.direct) if self.root else frozenset()
        return frozenset()
