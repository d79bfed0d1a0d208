"""The interactive conversation in a terminal: input, output, and slash commands."""

import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from rich.markup import escape

from rusta import __version__
from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.core.output import console, many
from rusta.identity.turns import Role
from rusta.loop import session
from rusta.loop.agent import Agent
from rusta.loop.chat_agent import ChatAgent
from rusta.loop.conversation import Conversation
from rusta.loop.crate_agent import CrateAgent
from rusta.loop.events import Changed, Event, Said
from rusta.loop.narration import Narration
from rusta.loop.refine.session_summary import SessionSummary
from rusta.mind.window import TooLong
from rusta.ui.terminal import bare_words, proposal_commands, undo_commands
from rusta.ui.terminal.keyboard import Keyboard
from rusta.ui.terminal.markdown import Appearing
from rusta.ui.terminal.narrator import Narrator
from rusta.ui.terminal.progress_line import ProgressLine
from rusta.ui.terminal.proposal_commands import ProposalCommands
from rusta.ui.terminal.typed_ahead import TypedAhead
from rusta.ui.terminal.undo_commands import TakingBack

COMMANDS = {
    "/help": "what can be said here",
    "/again": "answer the last question anew",
    "/new": "begin another conversation; this one stays saved",
    "/clear": "an empty screen and another conversation",
    "/sessions": "the newest conversations, by the names to resume them by",
    "/more": "all of the page that I quoted last",
    "/why": "why I remembered what came from my journals",
    "/context": "how much of my window is in use",
    "/quit": "leave (Ctrl-D does the same)",
}
KEYS = "Enter sends · Alt-Enter begins a line · Ctrl-C stops me, or clears the line · Ctrl-D leaves"


def spent(seconds: float, tokens: int) -> str:
    """Format what an answer took: seconds without those in which the user was asked something, and generated tokens."""
    return f"{seconds:.1f} s · {many(tokens, 'token')}"


class Repl:
    """An interactive conversation with a loaded model; `work` is the agent that answers, which may edit a crate."""

    def __init__(
        self, conversation: Conversation, home: Home, title: str, work: Agent | None = None,
        narration: Narration = Narration.normal, closing: SessionSummary | None = None, waiting: ProgressLine | None = None,
        ahead: TypedAhead | None = None,
    ) -> None:  # fmt: skip
        self.conversation, self.home, self.title, self.closing = conversation, home, title, closing
        self.work = work or ChatAgent(conversation)
        self.console = console()
        self.waiting = waiting or ProgressLine(self.console)
        self.narrator = Narrator(self.console, narration)
        self.steps: TakingBack | None = None
        self.proposals: ProposalCommands | None = None
        self.commands = dict(COMMANDS)
        if isinstance(work, CrateAgent):
            place = work.place
            self.steps = TakingBack(place.history, self.console, work.memory)
            self.proposals = ProposalCommands(place.proposals, place.history, self.console, self._happened)
            self.commands |= undo_commands.COMMANDS | proposal_commands.COMMANDS
        self.keyboard = Keyboard(home.sessions / ".typed", self.commands, ahead)
        self.seed = conversation.generation.seed

    def run(self) -> None:
        """Run until the user leaves."""
        self.console.print(f"[voice]rusta[/voice] [quiet]{__version__} · {escape(self.title)} · /help[/quiet]\n")
        for turn in self.conversation.session.turns[-4:]:
            self._recall(turn.role, turn.text)
        while True:
            try:
                text = self.keyboard.read()
            except KeyboardInterrupt:
                continue
            except EOFError:
                break
            text = bare_words.as_slash_command(text)
            if text == "/quit":
                break
            if text.startswith("/"):
                self._command(text)
            elif text:
                self._ask(text)
        self._farewell()

    def _ask(self, text: str) -> None:
        self.console.print()
        self.narrator.recalled.clear()
        events = self.waiting.between(self.work.turn(text))
        spoke = changed = False
        began, asked, tokens = time.monotonic(), self.waiting.asked_s, self.conversation.generated
        try:
            for speaks, alike in groupby(events, lambda event: isinstance(event, Said)):
                if speaks:
                    spoke = True
                    self._appear(alike)
                else:
                    for event in alike:
                        changed = changed or isinstance(event, Changed)
                        self.narrator.show(event)
        except KeyboardInterrupt:
            made = "" if self.steps is None or changed else "; nothing of it is in your files"
            self.console.print(f"[quiet](stopped{'; what I had said is kept' if spoke else made})[/quiet]")
        except TooLong as refusal:
            self.console.print(f"[missing]{escape(str(refusal))}[/missing]")
        except RustaError as refusal:
            self.console.print(f"[bad]{escape(str(refusal))}[/bad]")
        if spoke and (cut := self.conversation.cut(self.work.last)):
            self.console.print(f"[quiet]({cut})[/quiet]")
        if self.conversation.left_out:
            self.console.print(f"[quiet]({self.conversation.left_out} older turns are out of my window now)[/quiet]")
        if self.narrator.narration is not Narration.quiet:
            seconds = time.monotonic() - began - (self.waiting.asked_s - asked)
            self.console.print(f"[quiet]({spent(seconds, self.conversation.generated - tokens)})[/quiet]")
        self.console.print()

    def _appear(self, events: Iterable[Event]) -> None:
        """Render the answer while it streams."""
        said = ""
        with Appearing(self.console) as appearing:
            try:
                for event in events:
                    said += event.text if isinstance(event, Said) else ""
                    appearing.show(said)
            finally:
                appearing.show(said, last=True)

    def _command(self, text: str) -> None:
        name, *words = text.split()
        if self.steps and name in undo_commands.COMMANDS:
            self.steps.command(name, words)
        elif self.proposals and name in proposal_commands.COMMANDS:
            self.proposals.command(name, words)
        elif name == "/help":
            for command, what in self.commands.items():
                self.console.print(f"  {command:<11}[quiet]{what}[/quiet]")
            self.console.print(f"\n  [quiet]{KEYS}[/quiet]\n")
        elif name == "/again":
            self._again()
        elif name in undo_commands.COMMANDS | proposal_commands.COMMANDS:
            self.console.print(f"[missing]{name} is about edits, and I make none here: I only talk.[/missing]\n")
        elif name in ("/new", "/clear"):
            if self.closing:
                self.closing.end()
            before = self.conversation.session
            self.conversation.session = session.begin(self.home.sessions, before.workspace)
            if name == "/clear":
                self.console.clear()
            kept = f" The one before is kept: rusta chat resume={before.id}" if before.turns else ""
            self.console.print(f"[quiet]A new page.{kept}[/quiet]\n")
        elif name == "/sessions":
            for known in session.session_names(self.home.sessions)[-8:]:
                try:
                    turns = session.resume(self.home.sessions, known).turns
                    opening = next((turn.text for turn in turns), "").splitlines()[:1]
                except RustaError:
                    opening = ["(not as I wrote it; resuming says which line)"]
                self.console.print(f"  {known}  [quiet]{escape((opening or [''])[0][:60])}[/quiet]")
            self.console.print("\n  [quiet]rusta chat resume=NAME[/quiet]\n")
        elif name == "/more":
            quoted = self.work.library.last if self.work.library else None
            if quoted and quoted.whole:
                with Appearing(self.console) as appearing:
                    appearing.show(quoted.whole, last=True)
                self.console.print()
            else:
                self.console.print("[missing]I quoted no page in the last answer.[/missing]\n")
        elif name == "/why":
            for one in self.narrator.recalled:
                self.console.print(f"  {escape(one.path)}  [quiet]{one.age}, {escape(one.why)}[/quiet]")
            if not self.narrator.recalled:
                self.console.print("[quiet]Nothing came from my journals in the last answer.[/quiet]")
            self.console.print()
        elif name == "/context":
            used, room = self.conversation.used(), self.conversation.mind.context
            bar = "█" * round(30 * min(1, used / room))
            self.console.print(f"  [voice]{bar:░<30}[/voice] {used} of {room} tokens\n")
        else:
            self.console.print(
                f"[missing]I do not know {escape(name)}. There are: {', '.join(self.commands)}[/missing]\n"
            )

    def _happened(self, event: Event) -> None:
        """Show an event that a command caused, and record it in the session."""
        self.conversation.session.note(event.as_line())
        self.narrator.show(event)

    def _again(self) -> None:
        turns = self.conversation.session.turns
        if len(turns) < 2 or turns[-1].role is not Role.RUSTA:
            self.console.print("[missing]There is no answer to give anew yet.[/missing]\n")
            return
        self.seed += 1  # the same seed would give the same answer
        self.conversation.generation = replace(self.conversation.generation, seed=self.seed)
        self._ask(self.conversation.session.take_back().text)

    def _recall(self, role: Role, text: str) -> None:
        mark = "[voice]›[/voice] " if role is Role.PERSON else ""
        first = text.splitlines()[0] if text else ""
        self.console.print(
            f"[quiet]{mark}{escape(first[:100])}{' …' if first != text or len(first) > 100 else ''}[/quiet]"
        )

    def _farewell(self) -> None:
        if self.conversation.session.turns:
            self.console.print(f"[quiet]Kept. Go on with it: rusta chat resume={self.conversation.session.id}[/quiet]")
