"""/proposals and /apply: list, show and apply edits that were proposed and not made."""

from collections.abc import Callable

from rich.console import Console
from rich.markup import escape

from rusta.core.errors import RustaError
from rusta.loop.attempt.proposals import Proposal, Proposals, apply_proposal
from rusta.loop.attempt.workspace_writer import changes
from rusta.loop.events import Event
from rusta.tools.patch import EditHistory, Stale
from rusta.ui.terminal import layout

COMMANDS = {
    "/proposals": "edits that I proposed and did not make; /proposals 3 shows one",
    "/apply": "make the newest of them; /apply 3 for that one",
}
INDENT = 8


class ProposalCommands:
    """The commands for the proposals of one workspace. `tell` shows an event and records it in the session."""

    def __init__(
        self, proposals: Proposals, history: EditHistory, console: Console, tell: Callable[[Event], None]
    ) -> None:
        self.proposals, self.history, self.console, self.tell = proposals, history, console, tell

    def command(self, name: str, words: list[str]) -> None:
        """Run one of `COMMANDS`. A refusal is printed, and nothing is changed."""
        word = words[0].removeprefix("#") if words else ""
        if word and not word.isdecimal():
            self.console.print(f"[missing]{escape(word)}: the number of a proposal. /proposals lists them.[/missing]\n")
            return
        number = int(word) if word else None
        try:
            if name == "/apply":
                self._apply(self.proposals.get(number))
            elif number is not None:
                self._show(self.proposals.get(number))
            else:
                self._list()
        except RustaError as refusal:
            self.console.print(f"[missing]{escape(str(refusal))}[/missing]\n")

    def _apply(self, proposal: Proposal) -> None:
        try:
            made = apply_proposal(self.history, proposal.parts)
        except Stale:
            self.console.print(
                f"[missing]{escape(', '.join(proposal.paths))} changed since I proposed {proposal.number}, and I judged it on what "
                f"stood there then. Nothing was touched. Ask me anew; /proposals {proposal.number} shows the diff.[/missing]\n"
            )
            return
        self.proposals.drop(proposal.number)
        for event in changes(made, proposal.parts):
            self.tell(event)

    def _show(self, proposal: Proposal) -> None:
        layout.diff(self.console, proposal.diff)
        self._about(proposal)
        self.console.print()

    def _list(self) -> None:
        waiting = self.proposals.all()
        for one in waiting:
            self._about(one)
        if not waiting:
            self.console.print("[quiet]No proposal of mine waits here.[/quiet]")
        self.console.print()

    def _about(self, one: Proposal) -> None:
        layout.print_hanging(
            self.console,
            f"  [missing]○[/missing] {one.number:>2}",
            f"{', '.join(one.paths)} · /apply {one.number}",
            INDENT,
        )
        layout.print_hanging(self.console, "", f"why: {one.reason}", INDENT)
        layout.print_hanging(self.console, "", f"price: {one.trade_off}", INDENT, "quiet")
