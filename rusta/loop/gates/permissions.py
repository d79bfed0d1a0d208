"""Decide what is allowed without asking: `approve=ask|edits|all|none`, and the permissions remembered for a workspace.

Reading and type-checking never ask: they run no workspace code outside the sandbox and leave nothing behind. Running
tests or programs and changing files does. "Always" is remembered for commands that only read, never for edits. The
reason for a refusal is passed to the model.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from rusta.core.errors import ConfigError
from rusta.core.home import write_atomically
from rusta.core.regular_file import read_file


class Approve(StrEnum):
    """How much is approved in advance."""

    ask = "ask"  # edits and runs, each time
    edits = "edits"  # edits are approved; running what the workspace builds is asked for
    all = "all"
    none = "none"  # changes are proposed, never applied


class Deed(StrEnum):
    """The kind of operation that permission is needed for."""

    EDIT = "edit"
    TEST = "test"
    RUN = "run"


REMEMBERED = (Deed.TEST, Deed.RUN)  # neither can change the workspace, since both run in the sandbox


@dataclass(frozen=True)
class PersonAnswer:
    """An answer to a permission question, given by a person or implied by the settings.

    `why` is the person's reason in their own words; `asked` is True if they were asked this time.
    """

    yes: bool
    always: bool = False
    why: str = ""
    asked: bool = False


# Arguments: the deed, a line that describes it, and details to show (a diff). In every front end only input made after
# the question was shown counts as an answer (`typed_ahead`); where nobody can see a question there is no `AskPerson`.
AskPerson = Callable[[Deed, str, str], PersonAnswer]


class Permissions:
    """The permissions of one workspace. `ask` is None where nobody can answer."""

    def __init__(self, approve: Approve | None, workspace: Path, file: Path, ask: AskPerson | None) -> None:
        self.approve = approve or (Approve.ask if ask else Approve.none)
        self.workspace, self.file, self.ask = str(workspace.resolve()), file, ask
        if self.approve is Approve.ask and ask is None:
            raise ConfigError(
                "approve=ask, and nobody is at a terminal to be asked. Say approve=none for a proposal, approve=edits to let me "
                "change files, or approve=all to let me run things, too."
            )

    def may(self, deed: Deed, what: str, details: str = "", doubt: str = "") -> PersonAnswer:
        """Return whether the deed is allowed, with the reason where it is not.

        `doubt` is a reason why approval given in advance does not cover it; then a person is asked, or it is refused.
        """
        settled = self._settled(deed)
        if settled is not None and settled.yes and doubt:
            if self.ask is None:
                return PersonAnswer(False, why=f"{doubt} I propose it, and nobody is here to be asked.")
            settled, what = None, f"{what}? {doubt}"
        if settled is not None:
            return settled
        assert self.ask is not None
        answer = self.ask(deed, what, details)
        if answer.yes and answer.always and deed in REMEMBERED:
            self._remember(deed)
        return replace(answer, asked=True)

    def asks(self, deed: Deed, doubt: str = "") -> bool:
        """Return whether `may` would ask a person about this deed."""
        settled = self._settled(deed)
        return settled is None or bool(settled.yes and doubt and self.ask)

    def _settled(self, deed: Deed) -> PersonAnswer | None:
        """Return the answer that is known without asking; None where a person has to be asked."""
        if self.approve is Approve.all or (self.approve is Approve.edits and deed is Deed.EDIT):
            return PersonAnswer(True)
        if deed in REMEMBERED and deed.value in self._remembered():
            return PersonAnswer(True)
        if self.approve is Approve.none or self.ask is None:
            # Tests and programs run in the scratch copy, inside the sandbox: a change that nobody reviews should be
            # tested all the more.
            held = deed in REMEMBERED
            return PersonAnswer(held, why="" if held else "approve=none: I propose and change nothing.")
        return None

    def _remembered(self) -> list[str]:
        return self._all().get(self.workspace, [])

    def _all(self) -> dict[str, list[str]]:
        try:
            known = json.loads(read_file(self.file))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise ConfigError(
                f"{self.file} says what I may do where, and I cannot read it ({error}). Mend or delete it."
            ) from None
        well_formed = isinstance(known, dict) and all(isinstance(deeds, list) for deeds in known.values())
        if not well_formed:
            raise ConfigError(f"{self.file} is not a table of workspaces. Mend it, or delete it and I ask anew.")
        return known

    def _remember(self, deed: Deed) -> None:
        known = self._all()
        known[self.workspace] = sorted({*known.get(self.workspace, []), deed.value})
        write_atomically(self.file, json.dumps(known, indent=2, ensure_ascii=False) + "\n")
