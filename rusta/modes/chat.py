"""mode=chat: a conversation in the terminal, or one answer for a script."""

from dataclasses import dataclass, field
from pathlib import Path

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import Output, aside
from rusta.evaluation.trust.figures import Trust
from rusta.identity.identity import Identity
from rusta.loop.agent import Person, begin_conversation, build_agent
from rusta.loop.gates.permissions import Approve
from rusta.loop.narration import Narration
from rusta.loop.read.journal_memory import JournalMemory
from rusta.loop.read.library_answers import Answers
from rusta.loop.refine.session_summary import SessionSummary
from rusta.memory.recall.ephemeral import Ephemeral
from rusta.memory.recall.recall import Memory, Pages
from rusta.mind.bodies import Body
from rusta.mind.mind import Generation, Mind
from rusta.mind.model import Model
from rusta.registry import lineage
from rusta.registry.lineage import Phase
from rusta.tools.sandbox import Confinement
from rusta.tools.toolchain import NoToolchain, Toolchain
from rusta.ui.terminal import questions, standard_input
from rusta.ui.terminal.one_shot import OneShot
from rusta.ui.terminal.progress_line import ProgressLine
from rusta.ui.terminal.typed_ahead import TypedAhead


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
    answers: Answers = Answers.grounded
    output: Output = Output.text
    prompt: str | None = None
    resume: str | None = None

    def run(self) -> None:
        """Hold a conversation until the user leaves, or answer once."""
        self.network.settle()
        piped = standard_input.piped(beside_a_prompt=self.prompt is not None)
        question = "\n\n".join(part for part in (self.prompt, piped) if part)
        alone = self.prompt is not None or not standard_input.is_terminal()
        standard_input.must_be_text(question)
        if alone and not question.strip():
            raise ConfigError('There is nothing to answer: the prompt is empty. Say something: rusta ask "..."')
        if not alone and self.output is not Output.text:
            raise ConfigError(f'output={self.output} is for one answer: add prompt="...", or pipe the question in.')
        ahead = standard_input.typed_ahead()
        with ahead.held():
            self._converse(question if alone else None, piped if self.prompt else "", ahead)

    def _converse(self, question: str | None, shown: str, ahead: TypedAhead) -> None:
        """Answer `question`, or hold a conversation where it is None. `shown` is the part of it that was piped in."""
        adapter = lineage.grown(self.home, self.phase.name) if self.phase else None
        talk = begin_conversation(
            self.mind, self.identity, self.generation, self.home, self.workspace, self.resume, adapter
        )
        waiting = ProgressLine.on_stderr()
        asking = questions.at_a_terminal(waiting) if self.output is Output.text else None
        person = Person(self._say, asking.permission if asking else None, asking.yes if asking else None)
        memory = None if isinstance(self.memory, Ephemeral) else JournalMemory(self.memory, ask=person.yes)
        ending = SessionSummary(talk, memory, self.narration, shown, waiting.moving, *self._writes(adapter))
        built = build_agent(
            talk, self.home, person, self.workspace, self.approve, memory, self.sandbox, self.toolchain,
            self.network.online, question, self.answers, self.trust.bears_words(self.model, adapter, self.home),
        )  # fmt: skip
        with ending, built as agent:
            if question is not None:
                facts = {"model": self.mind.name, "adapter": str(adapter) if adapter else None}
                OneShot(agent, self.output, self.narration, waiting, facts).answer(question)
            else:
                from rusta.ui.terminal.repl import Repl

                Repl(talk, self.home, self._title(adapter), agent, self.narration, ending, waiting, ahead).run()

    def _writes(self, adapter: Path | None) -> tuple[bool, bool]:
        """Return whether the model's own words go into the journals, and whether they are checked more strictly."""
        if isinstance(self.memory, Ephemeral):
            return False, True
        trusted = self.trust.bears_pages(self.model, adapter, self.home)
        return self.memory.pages is Pages.prose or (self.memory.pages is Pages.auto and trusted), not trusted

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
