"""One answer for a script: text streams to stdout, JSON comes whole at the end; narration goes to stderr."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from rusta.core.output import Output, as_json, aside, console, event, print_plain
from rusta.loop.agent import Agent
from rusta.loop.chat_agent import ChatAgent
from rusta.loop.events import Event, Said
from rusta.loop.narration import Narration
from rusta.loop.refine.turn_summary import TurnSummary
from rusta.mind.mind import Piece
from rusta.ui.terminal.narrator import Narrator
from rusta.ui.terminal.progress_line import ProgressLine


class OneShot:
    """Answers one question. `facts` are added to the JSON of the answer."""

    def __init__(
        self, agent: Agent, output: Output, narration: Narration, waiting: ProgressLine, facts: dict[str, Any]
    ) -> None:
        self.agent, self.output, self.narration, self.waiting, self.facts = agent, output, narration, waiting, facts

    def answer(self, question: str) -> None:
        """Run the turn, print its output as it comes, and then the figures of the answer."""
        talk = self.agent.conversation
        said, last, did, began = "", Piece("", 0), TurnSummary(), time.monotonic()
        try:
            for one in self._pieces(self.waiting.between(self.agent.turn(question)), did):
                said, last = said + one.text, one
                if self.output is Output.text:
                    print_plain(one.text, end="")
                elif self.output is Output.jsonl and one.text:
                    event("piece", text=one.text)
        except KeyboardInterrupt:
            aside(f"\nStopped. What I had said is kept: rusta chat resume={talk.session.id}")
            raise
        facts = {
            "text": said.strip(),
            "tokens": last.tokens,
            "seconds": round(time.monotonic() - began - self.waiting.asked_s, 2),
            "first_token_s": round(last.first_token_s, 3),
            "tokens_per_s": round(last.tokens_per_s, 2),
            "finish": last.finish,
            **self.facts,
            "session": talk.session.id,
            **(did.spoken() if isinstance(self.agent, ChatAgent) else did.facts()),
        }
        if self.output is Output.json:
            as_json(facts)
        elif self.output is Output.jsonl:
            event("answer", **facts)
        else:
            print_plain()
            if self.narration is Narration.full:
                aside(f"({facts['seconds']} s · {talk.generated} tokens)")
        if cut := talk.cut(last):
            aside(f"({cut})")
        if talk.left_out:
            aside(f"({talk.left_out} older turns no longer fit in my window of {talk.mind.context} tokens.)")

    def _pieces(self, events: Iterable[Event], did: TurnSummary) -> Iterator[Piece]:
        """Yield the answer's pieces; other events are counted, and narrated or printed as JSONL."""
        narrator = Narrator(console(stderr=True), self.narration)
        for one in events:
            if isinstance(one, Said):
                yield replace(self.agent.last, text=one.text)
                continue
            did.see(one)
            if self.output is Output.jsonl:
                line = one.as_line()
                event(line.pop("type"), **line)
            else:
                narrator.show(one)
