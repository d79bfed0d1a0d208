"""mode=chat: a conversation in the terminal, or one answer for a script."""

import os
import select
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import Output, as_json, aside, console, event, plain
from rusta.evaluation.trust.figures import Trust
from rusta.identity.identity import Identity
from rusta.loop import session
from rusta.loop.chat_agent import ChatAgent
from rusta.loop.conversation import Conversation
from rusta.loop.gates.permissions import Approve
from rusta.loop.narration import Narration
from rusta.loop.read.journal_memory import JournalMemory
from rusta.loop.refine.session_summary import SessionSummary
from rusta.loop.refine.turn_summary import TurnSummary
from rusta.loop.workplace import crate_root
from rusta.memory.recall.ephemeral import Ephemeral
from rusta.memory.recall.recall import Memory, Pages
from rusta.mind.bodies import Body
from rusta.mind.mind import Generation, Mind, Piece
from rusta.mind.model import Model
from rusta.registry import lineage
from rusta.registry.lineage import Phase
from rusta.tools.sandbox import Confinement
from rusta.tools.toolchain import NoToolchain, Toolchain
from rusta.ui.terminal.progress_line import ProgressLine
from rusta.ui.terminal.typed_ahead import TypedAhead

if TYPE_CHECKING:
    from rusta.loop.crate_agent import CrateAgent
    from rusta.loop.events import Event

SILENT_PIPE_S = 2.0  # how long a pipe may stay silent when a prompt was given as well


@dataclass
class Chat:
    """`rusta chat`, `rusta ask "..."`, `something | rusta ask "..."`."""

    mind: Mind
    identity: Identity
    generation: Generation
    body: Body
    home: Home
    network: Network
    phase: Phase | None = None
    sandbox: Confinement = field(default_factory=Confinement)
    toolchain: Toolchain | NoToolchain = field(default_factory=Toolchain)
    memory: Memory | Ephemeral = field(default_factory=Ephemeral)
    trust: Trust = field(default_factory=Trust)
    model: Model | None = None
    workspace: str | None = None
    approve: Approve | None = None
    narration: Narration = Narration.normal
    output: Output = Output.text
    prompt: str | None = None
    resume: str | None = None

    def run(self) -> None:
        """Talk until the person leaves, or answer once."""
        self.network.settle()
        piped = _piped(self.prompt)
        question = "\n\n".join(part for part in (self.prompt, piped) if part)
        alone = self.prompt is not None or not sys.stdin.isatty()
        _must_be_text(question)
        if alone and not question.strip():
            raise ConfigError('There is nothing to answer: the prompt is empty. Say something: rusta ask "..."')
        if not alone and self.output is not Output.text:
            raise ConfigError(f'output={self.output} is for one answer: add prompt="...", or pipe the question in.')
        ahead = TypedAhead.of(sys.stdin)
        with ahead.held():
            self._converse(question if alone else None, piped if self.prompt else "", ahead)

    def _converse(self, question: str | None, shown: str, ahead: TypedAhead) -> None:
        """One answer to `question`, or, where it is None, a conversation. `shown` is what of it came through a pipe."""
        folder = self.home.sessions
        place = str(crate_root(Path(self.workspace or ".").expanduser()) or "")
        said = session.resume(folder, self.resume, place) if self.resume else session.begin(folder, place)
        adapter = lineage.grown(self.home, self.phase.name) if self.phase else None
        self.mind.wake(adapter)
        conversation = Conversation(self.mind, self.identity.turn(), said, self.generation)
        diary = None if isinstance(self.memory, Ephemeral) else JournalMemory(self.memory, ask=self._yes())
        waiting = ProgressLine(console(stderr=True))
        ending = SessionSummary(conversation, diary, self.narration, shown, waiting.moving, *self._writes(adapter))
        with ending, self._living(conversation, diary, waiting, question) as work:
            if question is not None:
                self._answer(conversation, question, adapter, work, waiting)
            else:
                from rusta.ui.terminal.repl import Repl

                title = self._title(adapter)
                Repl(conversation, self.home, title, work, self.narration, ending, waiting, ahead).run()

    @contextmanager
    def _living(
        self, conversation: Conversation, diary: JournalMemory | None, waiting: ProgressLine, question: str | None
    ) -> Iterator["CrateAgent | ChatAgent"]:
        """What a turn is: in a crate, named or the one she was started in, a turn of work; elsewhere she only speaks.

        `question` is the only one that comes, or None where a person sits down to talk.
        """
        folder = Path(os.path.expanduser(self.workspace or "."))  # noqa: PTH111  never raises
        nowhere = self.workspace is None and crate_root(folder) is None
        if nowhere or isinstance(self.toolchain, NoToolchain):
            if not isinstance(self.toolchain, NoToolchain) and _wants_hands(question):
                self._say(
                    f"crate: none (no Cargo.toml in {folder.resolve()} or above it), so I only talk. Name one: workspace=PATH"
                )
            yield ChatAgent(conversation, diary)
        else:
            with self._hands(conversation, folder, diary, waiting) as work:
                yield work

    @contextmanager
    def _hands(
        self, conversation: Conversation, folder: Path, diary: JournalMemory | None, waiting: ProgressLine
    ) -> Iterator["CrateAgent"]:
        from rusta.loop.crate_agent import CrateAgent
        from rusta.loop.workplace import Workplace
        from rusta.ui.terminal.questions import TerminalQuestions

        # A question that goes into a file is not seen, and nobody is asked what they do not see.
        asked = sys.stdin.isatty() and sys.stderr.isatty() and self.output is Output.text
        asking = TerminalQuestions(console(stderr=True), waiting) if asked else None
        place = Workplace.open(
            folder, Path(self.home.root), self.sandbox.choose(asking.yes if asking else None), self.sandbox.limits,
            self.approve, asking.permission if asking else None, conversation.session.id, self.network.online,
        )  # fmt: skip
        held = place.trial.sandbox.name
        self._say(f"crate: {place.root} (builds {'without a sandbox' if held == 'none' else f'in {held}'})")
        if place.history.recovered:
            aside(place.history.recovered)
        if diary:
            diary.workspace = place.root
        with place.history, closing(CrateAgent(conversation, place, diary)) as work:
            yield work

    def _writes(self, adapter: Path | None) -> tuple[bool, bool]:
        """Whether the mind's own words go into her journals, and whether they are looked at more strictly."""
        if isinstance(self.memory, Ephemeral):
            return False, True
        trusted = self.trust.bears_pages(self.model, adapter, self.home)
        return self.memory.pages is Pages.prose or (self.memory.pages is Pages.auto and trusted), not trusted

    def _yes(self) -> Callable[[str], bool] | None:
        """Puts a yes-or-no question, where somebody sits at a terminal."""
        from rusta.ui.terminal.questions import TerminalQuestions

        asked = sys.stdin.isatty() and sys.stderr.isatty() and self.output is Output.text
        return TerminalQuestions(console(stderr=True), ProgressLine(console(stderr=True))).yes if asked else None

    def _say(self, what: str) -> None:
        if self.narration is not Narration.quiet:
            aside(what)

    def _title(self, adapter: Path | None) -> str:
        parts = [
            self.mind.name,
            f"raised: {self.phase.name}" if adapter and self.phase else "",
            f"body {self.body.name}",
        ]
        return " · ".join(part for part in parts if part)

    def _answer(
        self,
        conversation: Conversation,
        question: str,
        adapter: Path | None,
        work: "CrateAgent | ChatAgent",
        waiting: ProgressLine,
    ) -> None:
        """One answer. Text streams to stdout as it is made; JSON comes whole at the end; what she does goes to stderr."""
        said, last, did, began = "", Piece("", 0), TurnSummary(), time.monotonic()
        try:
            for one in self._pieces(waiting.between(work.turn(question)), work, did):
                said, last = said + one.text, one
                if self.output is Output.text:
                    plain(one.text, end="")
                elif self.output is Output.jsonl and one.text:
                    event("piece", text=one.text)
        except KeyboardInterrupt:
            aside(f"\nStopped. What I had said is kept: rusta chat resume={conversation.session.id}")
            raise
        facts = {
            "text": said.strip(),
            "tokens": last.tokens,
            "seconds": round(time.monotonic() - began - waiting.asked_s, 2),
            "first_token_s": round(last.first_token_s, 3),
            "tokens_per_s": round(last.tokens_per_s, 2),
            "finish": last.finish,
            "model": self.mind.name,
            "adapter": str(adapter) if adapter else None,
            "session": conversation.session.id,
            **(did.spoken() if isinstance(work, ChatAgent) else did.facts()),
        }
        if self.output is Output.json:
            as_json(facts)
        elif self.output is Output.jsonl:
            event("answer", **facts)
        else:
            plain()
            if self.narration is Narration.full:
                aside(f"({facts['seconds']} s · {conversation.generated} tokens)")
        if cut := conversation.cut(last):
            aside(f"({cut})")
        if conversation.left_out:
            aside(f"({conversation.left_out} older turns no longer fit in my window of {self.mind.context} tokens.)")

    def _pieces(self, events: Iterable["Event"], work: "CrateAgent | ChatAgent", did: TurnSummary) -> Iterator[Piece]:
        """What she says, a piece at a time; what else happens is narrated, or is a line of JSONL, and is counted."""
        from rusta.loop.events import Said
        from rusta.ui.terminal.narrator import Narrator

        narrator = Narrator(console(stderr=True), self.narration)
        for one in events:
            if isinstance(one, Said):
                yield replace(work.last, text=one.text)
                continue
            did.see(one)
            if self.output is Output.jsonl:
                line = one.as_line()
                event(line.pop("type"), **line)
            else:
                narrator.show(one)


def _piped(prompt: str | None) -> str:
    """What is on stdin, if somebody put something there. A pipe that stays silent beside a prompt is left alone."""
    mode = 0 if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty() else _mode()
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
        return ""
    if prompt is not None and stat.S_ISFIFO(mode) and not select.select([sys.stdin], [], [], SILENT_PIPE_S)[0]:
        aside("stdin is open and silent; I go on without it.")
        return ""
    return sys.stdin.buffer.read().decode(errors="surrogateescape").strip()


def _wants_hands(question: str | None) -> bool:
    """Whether it matters that there is no crate: to who talks here, and to who asks for something to be mended."""
    from rusta.loop.crate_agent import MEND

    return question is None or bool(MEND.search(question))


def _must_be_text(question: str) -> None:
    try:
        question.encode()
    except UnicodeEncodeError as error:
        raise ConfigError(
            f"What you sent is not text: after {error.start} characters comes a byte that is not UTF-8. Send text, or the "
            "part of the file that is."
        ) from None


def _mode() -> int:
    try:
        return os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return 0
