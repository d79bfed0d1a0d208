"""Write journal entries when a session ends: what happened, and the model's own words, if it is worth it.

What happened is read back from the session's log, so that the model is prompted with facts and does not depend on a
context window that may have lost its beginning. The gate (`memory.recall.worth`) is applied first: a session without
difficulties costs no generation.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any

from rusta.core.output import aside
from rusta.identity.turns import Role, Turn
from rusta.loop.conversation import Conversation
from rusta.loop.narration import Narration
from rusta.loop.read.journal_memory import JournalMemory
from rusta.loop.read.turn_memory import Lesson
from rusta.loop.session import Session
from rusta.memory.entries.entry import Journal
from rusta.memory.recall.worth import Effort, refers_to

MOST_FACTS = 24  # of a longer session the first and last half of these are kept
LONGEST = 240  # characters of a fact
TITLE = 8  # words
ASKED_ME = "I was asked"
LOG = "From the session's log:"  # follows the model's own words, which may be wrong
ASKED = {
    Journal.EPISODIC: (
        "Write the page for your episodic journal: what happened, in order, with the names of files and error codes, as I "
        "and in the past tense. At most four sentences. No code, no list, no heading, no greeting.",
        180,
    ),
    Journal.EMOTIONAL: (
        "And for your emotional journal, to yourself: one or two sentences on how that was for you, about something "
        "particular in it. No code, no list, no heading.",
        80,
    ),
}
"""For each journal, the prompt and the maximum number of tokens."""
# Text that is not prose: code, headings, lists, and lines that announce a list or repeat the prompt.
NO_PROSE = re.compile(
    r"```[\s\S]*?(?:```|\Z)|^(?:#+ .*|[ \t]*(?:[-*+]|\d+[.)])(?: .*)?|(?:(?![.!?…] ).)*:[ \t]*)$", re.MULTILINE
)


@dataclass
class SessionFacts:
    """What the log says about a session since it was begun or resumed, as far as the journals need it."""

    facts: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    attempts: int = 0
    diagnostics: int = 0
    mended: bool | None = None  # None: there was nothing to repair

    def see(self, line: Mapping[str, Any]) -> None:
        """Take in one line of the session's log."""
        match line["type"]:
            case "turn" if line["role"] == Role.PERSON.value:
                self._fact(ASKED_ME, line["text"])
            case "looked" if line["errors"]:
                self.diagnostics += len(line["errors"])
                self._fact("rustc said", "; ".join(line["errors"][:3]))
                self.codes += re.findall(r"\bE\d{4}\b", " ".join(line["errors"]))
                self.mended = bool(self.mended)
            case "tried":
                self.attempts += 1
            case "changed":
                self.mended = True
                self.paths += line["paths"]
                self._fact(f"I changed {', '.join(line['paths'])}", f"{line['reason']}; its price: {line['trade_off']}")
            case "proposed":
                self._fact("I proposed, and did not make", line["reason"])
            case "declined":
                self._fact("I declined", line["why"])
            case "ended" if line["why"] == "open":
                self._fact("I left it open", f"after {line['steps']} tries")

    def _fact(self, what: str, text: str) -> None:
        said = " ".join(text.split())
        self.facts.append(f"- {what}: {said[:LONGEST]}{' …' if len(said) > LONGEST else ''}")

    def told(self, asked: bool = True) -> str:
        """Return the facts in order, as a list for a prompt or an entry.

        Without `asked`, the person's own requests are left out, since they are not for an entry to keep.
        """
        half = MOST_FACTS // 2
        facts = self.facts if asked else [one for one in self.facts if not one.startswith(f"- {ASKED_ME}: ")]
        between = [] if len(facts) <= MOST_FACTS else [f"- … {len(facts) - 2 * half} more things …"]
        shown = [*facts[:half], *between, *facts[-half:]] if between else facts
        tries = [f"- It took {self.attempts} tries."] if self.attempts > 1 else []
        return "\n".join([*shown, *tries])


def sitting(session: Session) -> SessionFacts:
    """Return what the log says happened since the session was begun or resumed."""
    seen = SessionFacts()
    if session.path.exists():
        # Not splitlines(): pasted text may contain other line separators, and only "\n" ends a JSON line.
        for line in session.path.read_bytes()[session.start :].decode("utf-8", "replace").split("\n")[:-1]:
            seen.see(json.loads(line))
    return seen


class SessionSummary:
    """Ends the sessions of a conversation: keeps what the person stated, in their words, and writes entries.

    As a context manager it ends the last session; if that was interrupted by an exception, only what needs no model is
    written. A guest's conversation has no journals (`diary` is None) and leaves nothing. `shown` is text that came
    through a pipe beside a question, which does not count as stated by the person. `moving` returns a context manager
    that shows progress: what is being done, and what Ctrl-C does to it. Without `prose` an entry holds the facts alone
    and needs no generation; with `strict`, the model's text is kept only if it names something that happened.
    """

    def __init__(
        self,
        conversation: Conversation,
        diary: JournalMemory | None,
        narration: Narration = Narration.normal,
        shown: str = "",
        moving: Callable[[str, str], AbstractContextManager[object]] | None = None,
        prose: bool = True,
        strict: bool = False,
    ) -> None:
        self.prose, self.strict = prose, strict
        self.conversation, self.diary, self.narration, self.shown = conversation, diary, narration, shown
        self.moving = moving
        self.began = time.monotonic()

    def __enter__(self) -> "SessionSummary":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(broken_off=kind is not None)

    def end(self, broken_off: bool = False) -> None:
        """Write the entries of this session and restart the clock. Ctrl-C leaves the model's entries unwritten."""
        if self.diary is None:
            return
        self._told(self.diary)
        if not broken_off:
            try:
                with self._moving():
                    written = self._pages(self.diary)
                if written:
                    aside(f"Written down: {', '.join(written)}")
            except KeyboardInterrupt:
                aside("Stopped. Of this session I write no page.")
        for why in self.diary.declined if self.narration is Narration.full else ():
            aside(f"Not written down: {why}")
        self.diary.declined.clear()
        self.began = time.monotonic()

    def _moving(self) -> AbstractContextManager[object]:
        words = "writing this session down", "leaves it unwritten"
        return self.moving(*words) if self.moving else nullcontext()

    def _told(self, diary: JournalMemory) -> None:
        session = self.conversation.session
        turns = session.turns[session.resumed :]
        said = [replace(turn, text=turn.text.removesuffix(self.shown)) for turn in turns]
        if kept := diary.told(said, session.id):
            aside(f"Kept of what you told me: {kept}. To have it forgotten: rusta devlog forget {kept}")

    def _pages(self, diary: JournalMemory) -> list[str]:
        seen = sitting(self.conversation.session)
        minutes = (time.monotonic() - self.began) / 60
        effort = Effort(seen.attempts, seen.diagnostics, len(set(seen.paths)), minutes)
        if effort.trivial or not seen.facts:
            diary.declined.append("this session: it went at once, with nothing in the way to learn from")
            return []
        if not self.prose:
            return self._facts(diary, seen, effort)
        written: list[str] = []
        talk = [
            self.conversation.identity,
            Turn(Role.PERSON, f"The session is over. This is what happened:\n\n{seen.told()}"),
        ]
        for journal, (wish, most) in ASKED.items():
            talk[-1] = Turn(Role.PERSON, f"{talk[-1].text}\n\n{wish}")
            said = self._said(talk, most)
            if said and self.strict and not refers_to(said, seen.told(asked=False)):
                diary.declined.append(f"{said[:60]} …: it names nothing of what happened")
                said = ""
            talk += [Turn(Role.RUSTA, said), Turn(Role.PERSON, "")]
            body = f"{said}\n\n{LOG}\n\n{seen.told(asked=False)}".strip() if journal is Journal.EPISODIC else said
            about = self._about(self._title(journal, seen, said), body, seen, diary)
            path = diary.page(journal, about, effort, self.conversation.session.id)
            written += [path] if path else []
        return written

    def _facts(self, diary: JournalMemory, seen: SessionFacts, effort: Effort) -> list[str]:
        """Write an entry with the log's facts only, if there are error codes or changed files; return the paths."""
        what = list(dict.fromkeys(seen.codes))[:3] or list(dict.fromkeys(seen.paths))[:2]
        if not what:
            diary.declined.append("this session: nothing was compiled or changed in it")
            return []
        title = f"{', '.join(what)}, {'left open' if seen.mended is False else 'mended' if seen.codes else 'changed'}"
        about = self._about(title, f"{LOG}\n\n{seen.told(asked=False)}", seen, diary)
        path = diary.page(Journal.EPISODIC, about, effort, self.conversation.session.id)
        return [path] if path else []

    @staticmethod
    def _about(title: str, body: str, seen: SessionFacts, diary: JournalMemory) -> Lesson:
        crates = (diary.crate,) if diary.crate else ()
        return Lesson(title, body, tuple(dict.fromkeys(seen.codes)), crates, tuple(dict.fromkeys(seen.paths)))

    def _said(self, talk: list[Turn], most: int) -> str:
        """Return the model's answer as prose only, up to the end of its last complete sentence."""
        generation = replace(self.conversation.generation, max_tokens=most)
        text = "".join(piece.text for piece in self.conversation.mind.stream(talk, generation))
        prose = re.sub(r"\s+", lambda space: "\n\n" if space[0].count("\n") > 1 else space[0], NO_PROSE.sub(" ", text))
        whole = re.match(r".*[.!?…][\"'”’`*)]*(?=\s|\Z)", prose.strip(), re.DOTALL)
        return whole[0].strip() if whole else ""

    @staticmethod
    def _title(journal: Journal, seen: SessionFacts, said: str) -> str:
        if journal is Journal.EPISODIC and seen.codes:
            codes = ", ".join(dict.fromkeys(seen.codes[:3]))
            return f"{codes}, {'mended' if seen.mended else 'left open'}"
        return " ".join(said.split()[:TITLE]).rstrip(".,;:")
