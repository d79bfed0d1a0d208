"""The journals as the loop's memory: recall entries before an answer, write entries when something was learnt.

A lesson of the Refine step becomes a semantic entry, anchored to the place where it was learnt, and also a procedural
one (`when: E0502`) if it took more than one try. What a person stated, and how a session went, is written when it ends.
Every entry passes the gate (`memory.recall.worth`), which says why it is or is not worth keeping, and the one write path of
`memory.storage.devlogs`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from rusta.core import git_runner
from rusta.identity.turns import Role, Turn
from rusta.library.routing import routes
from rusta.library.topics import about_rust
from rusta.loop.read.turn_memory import Lesson, Reminder, TurnSituation
from rusta.loop.refine.told_statements import holds_question, statements
from rusta.memory.entries.entry import Journal
from rusta.memory.entries.frontmatter import Settable
from rusta.memory.entries.stale import mark_stale
from rusta.memory.entries.undone import mark_undone
from rusta.memory.forgetting.secret_masking import masked
from rusta.memory.index import tags
from rusta.memory.recall import worth
from rusta.memory.recall.recall import HabitSituation as Now
from rusta.memory.recall.recall import Memory, RecalledEntry
from rusta.memory.storage.store import NoSuchEntry
from rusta.tools import manifest

TOLD = 5  # content words of an entry with what a person stated, those that introduce it included
MOST_TOLD = 8  # statements kept per session
OURS = re.compile(r"\b(?:we|our|us|i['’]m|i (?:am|use|work|prefer|only|always))\b", re.IGNORECASE)
SECRET = "May I write this down as it is? It may hold a secret: {}"


class JournalMemory:
    """Implements `TurnMemory` over the journals. `ask` puts a yes-or-no question to a person, if one is there."""

    def __init__(self, memory: Memory, workspace: Path | None = None, ask: Callable[[str], bool] | None = None) -> None:
        self.memory, self.workspace, self.ask = memory, workspace, ask
        self.declined: list[str] = []  # why the gate rejected entries, to be shown on request

    @property
    def crate(self) -> str:
        """The name of the crate being worked on, or ""."""
        return self.workspace.name if self.workspace else ""

    def remind(self, situation: TurnSituation) -> list[Reminder]:
        """Return the entries that match the situation, the best first."""
        lints = tuple(code for code in situation.codes if not re.fullmatch(r"E\d{4}", code))
        codes = tuple(code for code in situation.codes if code not in lints)
        built = manifest.crate_names(self.workspace) if self.workspace else manifest.Crates()
        crates = self._crates(situation, built)
        found = self.memory.recall(
            Now(situation.text, codes, lints, crates, situation.paths, self.crate, situation.told, built.needed)
        )
        return [self._reminder(one) for one in found]

    def _reminder(self, one: RecalledEntry) -> Reminder:
        elsewhere = self._elsewhere(one.repo)
        return Reminder(
            one.path,
            one.excerpt,
            one.age,
            one.confidence,
            one.why,
            elsewhere,
            one.date,
            one.version,
            one.stale,
            one.entry,
        )

    def _elsewhere(self, repo: str) -> str:
        return repo if repo and self.crate and repo != self.crate else ""

    def _crates(self, now: TurnSituation, built: manifest.Crates) -> tuple[str, ...]:
        """Return the crates that recall should match.

        These are the situation's crates, the workspace's own if it has only one, and those of its members and
        dependencies that the request or the diagnostics name.
        """
        here = built.own if len(built.own) == 1 else ()
        named = (one for one in (*built.own, *built.needed) if tags.contains_name(f"{now.text}\n{now.told}", one))
        return tuple(dict.fromkeys((*now.crates, *here, *named)))

    def outdated(self, path: str, why: str) -> None:
        """Mark an entry that the documentation contradicts; its words stay."""
        mark_stale(self.memory.devlogs, path, why)

    def helped(self, path: str, yes: bool) -> None:
        """Count whether an entry was of use."""
        self.memory.used(path, yes)

    def keep(self, lesson: Lesson) -> str | None:
        """Write a lesson as a semantic entry, and as a procedural one (a habit) if the first try did not succeed."""
        path = self._write(Journal.SEMANTIC, lesson, self._anchor(lesson))
        if path and lesson.tries > 1 and lesson.way and lesson.codes:
            codes = ", ".join(lesson.codes)
            habit = f"When {codes} comes up, I first try this: {lesson.way}. It took me {lesson.tries} tries to see it."
            once = replace(lesson, title=f"On {lesson.codes[0]}", text=habit)
            self._write(Journal.PROCEDURAL, once, {"when": list(lesson.codes)}, links=(path,))
        return path

    def taken_back(self, path: str, yes: bool) -> list[str]:
        """Mark a lesson and the habits made from it as undone, or remove the mark; skip entries that are gone."""
        marked = []
        for one in (path, *self._habits_of(path)):
            with suppress(NoSuchEntry):
                if mark_undone(self.memory.devlogs, one, yes):
                    marked.append(one)
        return marked

    def _habits_of(self, path: str) -> list[str]:
        """Return the paths of the procedural entries that link to a lesson."""
        self.memory.index.refresh()
        habits = {id: name for id, name in self.memory.index.everything() if name.startswith(f"{Journal.PROCEDURAL}/")}
        linked = self.memory.index.linked(habits)
        return [name for id, name in habits.items() if path in linked[id]]

    def page(self, journal: Journal, about: Lesson, effort: worth.Effort, session: str) -> str | None:
        """Write an entry about a session to the given journal; return its path, or None if the gate rejected it."""
        anchor = {key: value for key, value in self._anchor(about).items() if key != "source"}
        return self._write(journal, about, {**anchor, "source": f"session {session}"}, effort)

    def told(self, turns: Sequence[Turn], session: str) -> str | None:
        """Write what the person stated in a session as a semantic entry: quoted, and attributed to the person.

        Requests, code and secrets are left out (`refine.told_statements`), and of a question about Rust whatever is not
        said of "us": it describes what is asked. A doubtful secret is kept only if the person agrees.
        """
        said = [turn.text.strip() for turn in turns if turn.role is Role.PERSON]
        stated = (one for text in said for one in statements(text) if OURS.search(one.text) or not _asks_of_rust(text))
        found = list(dict.fromkeys(stated))[:MOST_TOLD]
        facts = [
            one.doubtful if one.doubtful and self.ask and self.ask(SECRET.format(one.doubtful)) else one.text
            for one in found
        ]
        if not facts:
            return None
        body = "Told by the person I work with, in their words:\n\n" + "\n".join(f"> {one}" for one in facts)
        title = " ".join(facts[0].split()[:8])
        return self._write(Journal.SEMANTIC, Lesson(title, body), {"source": f"session {session}"}, looked=True)

    def _write(
        self,
        journal: Journal,
        about: Lesson,
        meta: Mapping[str, Settable],
        effort: worth.Effort | None = None,
        links: Sequence[str] = (),
        looked: bool = False,
    ) -> str | None:
        """Write an entry if the gate accepts it, with secrets masked unless a person typed it and it was checked (`looked`)."""
        if not looked:
            about = replace(about, title=masked(about.title), text=masked(about.text))
        verdict = worth.judge_worth(
            journal, about.title, about.text, meta, similar=self.memory.alike, effort=effort, fewest=TOLD if looked else None,
        )  # fmt: skip
        if not verdict.worth:
            self.declined.append(f"{about.title}: {verdict.why}")
            return None
        lints = [code for code in about.codes if "::" in code]
        codes = [code for code in about.codes if "::" not in code]
        items = (about.item,) if about.item else ()
        known = self.memory.index.tags()
        words = tags.suggested(about.text, codes=codes, lints=lints, crates=about.crates, items=items, known=known)
        meta = {**meta, "links": list(dict.fromkeys((*links, *verdict.near)))}
        return self.memory.write(journal, about.title, about.text, tags=words, context=about.title, **meta)

    def _anchor(self, about: Lesson) -> dict[str, str]:
        """Return where a lesson holds: repository, commit, file and item, and the compiler's version."""
        if self.workspace is None:
            return {}
        commit = ""
        with suppress(git_runner.GitError):  # no git here: the entry names no commit
            asked = git_runner.run("rev-parse", "HEAD", folder=self.workspace)
            commit = asked.stdout.decode("ascii", "replace").strip() if asked.returncode == 0 else ""
        repo = self.workspace.name
        place = "::".join(part for part in (*about.paths[:1], about.item) if part)
        source = f"{repo}{f'@{commit[:12]}' if commit else ''}:{place}"
        known = {"repo": repo, "source": source, "commit": commit, "version": about.version}
        return {key: value for key, value in known.items() if value}


def _asks_of_rust(text: str) -> bool:
    return holds_question(text) and (about_rust(text) or bool(routes(text)))
