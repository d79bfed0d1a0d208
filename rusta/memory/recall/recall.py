"""What comes to her mind in a situation: few entries, each with its age, its confidence, its path and the reason.

What was named (a date, a path) comes first, then the habits whose `when` happened, then what the words find, ranked
by text and moved a little by tags, importance, use and age. Where nothing fits well enough nothing comes: a note that
only shares a word does more harm than silence. What was superseded or archived does not come by itself.
"""

import math
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from rusta.core.home import Home
from rusta.core.output import aside
from rusta.memory.entries.entry import DIGEST
from rusta.memory.index import terms
from rusta.memory.index.index import Hit, Index, IndexRow
from rusta.memory.index.likeness import alike
from rusta.memory.index.likeness import words as likely
from rusta.memory.index.meaning import NOWHERE, MeaningIndex
from rusta.memory.index.tags import names
from rusta.memory.index.vectors import MiniLM, Vectors, VectorStore
from rusta.memory.recall.excerpt import age, excerpt
from rusta.memory.recall.habits import HabitSituation, When
from rusta.memory.recall.worth import NEAR

if TYPE_CHECKING:
    from rusta.memory.storage.devlogs import DevLogs

__all__ = ["HabitSituation", "Memory", "Pages", "RecalledEntry", "Trace", "age", "excerpt"]

DAY_S = 86_400.0
DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
PATH = re.compile(r"\b(?:episodic|semantic|procedural|emotional|didactic|lab)/[\w./-]*\w")
RETOLD = re.compile(rf"{DIGEST}(?:daily|weekly|thematic)/")
AMONG = 50  # matches of the words (and of the vectors) that are weighed against one another
ALIKE = 10  # entries that a new one is compared with before it is written
LONGEST = 1_200  # characters of one entry that enter a turn
# Measured by scripts/bench_recall.py: on our set and on LoCoMo, what the share of the question that an entry holds counts
# beside how near it is; on ours alone, what factors may add to that.
SHARE = 0.5
RECENT, IMPORTANT, USED, TAGGED = 0.1, 0.1, 0.2, 0.2
# What comes beside the best scores at least this share of it: of the entries that were no answer a fifth stays out, and of
# the answers 1 in 300 (with words alone 1 in 90).
BESIDE = 0.5
NEAR_WORDS = 0.3  # what a word of its own adds to the cosine, where it is judged whether anything fits
YOUNG = 600
STORIES = ("episodic", "emotional", "didactic", "lab")
"""Journals of what happened once: in another workspace it is no answer here."""


class Pages(StrEnum):
    """What a session leaves in the journals: her own words, or the facts of it."""

    auto = "auto"  # her words, where the mind is large enough for them to be about something
    prose = "prose"
    facts = "facts"


@dataclass(frozen=True)
class RecalledEntry:
    """One entry that comes to mind. `excerpt` fits the budget; `why` is a sentence; `age_days` counts from its date."""

    path: str
    excerpt: str
    age_days: float
    confidence: str
    why: str
    title: str = ""
    journal: str = ""
    score: float = 0.0
    repo: str = ""

    @property
    def age(self) -> str:
        """Its age in words."""
        return age(self.age_days)


@dataclass(frozen=True)
class Considered:
    """An entry that was weighed: by which factors, and what became of it."""

    path: str
    score: float
    factors: Mapping[str, float]
    verdict: str


@dataclass(frozen=True)
class Trace:
    """How one recall went."""

    asked: tuple[str, ...] = ()
    considered: tuple[Considered, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass
class Memory:
    """Her journals, recalled and written. `half_life_days` by journal; 0 is a journal that does not age.

    `floor` is what the best entry must hold of a question for anything to come, in words that stand in no other entry
    (two words that stand in many count about as one of them); `near_floor` the same with meaning searched as well.
    `patience_s`: a recall waits so long for vectors of new entries; the others are found by their words until the next.
    """

    home: Home
    vectors: Vectors = Vectors.auto  # auto (by meaning too where rusta[vectors] is installed), minilm (insists) or none
    pages: Pages = Pages.auto  # what a session leaves: prose, facts, or auto: prose where trust in the model bears it
    entries: int = 5  # at most so many entries in a turn
    tokens: int = 1200  # at most so many of them in a turn
    habits: int = 2  # at most so many entries that come up by their `when`
    floor: float = 0.9  # least score of an entry found by words
    near_floor: float = 0.56  # least score of an entry found by meaning alone
    patience_s: float = 1.0  # seconds that new vectors may take while somebody waits
    half_life_days: dict[str, float] = field(
        default_factory=lambda: {
            "episodic": 30.0,
            "emotional": 14.0,
            "semantic": 180.0,
            "didactic": 90.0,
            "lab": 180.0,
            "procedural": 0.0,
        }
    )  # days in which the weight of age halves, by journal

    def __post_init__(self) -> None:
        self.trace = Trace()
        self.now: Callable[[], float] = time.time
        self.count: Callable[[str], int] = lambda text: len(text) // 4 + 1

    @cached_property
    def index(self) -> Index:
        """The index, made at first use."""
        return Index(self.home.devlogs, self.home.index, aside)

    @cached_property
    def devlogs(self) -> "DevLogs":
        """The journals, for writing."""
        from rusta.memory.storage.devlogs import DevLogs

        return DevLogs(self.home.devlogs)

    @cached_property
    def _meaning(self) -> MeaningIndex:
        return MeaningIndex(self.index, VectorStore(self.home.index.with_name("vectors.sqlite"), MiniLM()))

    def recall(self, now: HabitSituation) -> list[RecalledEntry]:
        """What comes to mind, the best first; nothing where nothing fits. `trace` then says how it was chosen."""
        began = time.perf_counter()
        if not self.home.devlogs.is_dir():
            self.trace = Trace(tuple(asks(now)), notes=(f"There are no journals at {self.home.devlogs} yet.",))
            return []
        notes = self.index.refresh().notes
        asked = asks(now)
        named, fired = self._named(now), self._fired(now)
        found, weighed = self.ranked(now)
        sure = any(self.sure(weighed[hit.row.id]) for hit in found[: self.entries])
        fit = [
            hit
            for hit in found
            if sure and hit.score >= BESIDE * found[0].score and self._belongs(hit.row, weighed[hit.row.id], now)
        ]
        chosen: dict[int, tuple[IndexRow, str, float]] = {}
        for row, why in (*named, *fired):
            chosen.setdefault(row.id, (row, why, math.inf))
        for hit in fit:
            chosen.setdefault(hit.row.id, (hit.row, self._because(weighed[hit.row.id]), hit.score))
        recalled = self._within(chosen.values(), asked)
        if self.index.uses.lost:
            notes = (*notes, f"{self.index.uses.file} cannot be written: I lose count of what helped.")
        self.trace = Trace(
            tuple(asked),
            tuple(self._considered(recalled, chosen, found, weighed, sure)),
            notes,
            time.perf_counter() - began,
        )
        return recalled

    @cached_property
    def meaning(self) -> bool:
        """Whether meaning is searched beside words: as asked, and with `auto` where the model is installed."""
        return self.vectors is Vectors.minilm or (self.vectors is Vectors.auto and MiniLM.installed())

    def sure(self, factors: Mapping[str, float]) -> bool:
        """Whether an entry is about what was asked, or only shares a word with it."""
        return self.certainty(factors) >= 0

    def _belongs(self, row: IndexRow, factors: Mapping[str, float], now: HabitSituation) -> bool:
        """Whether an entry may come beside the best: it holds some of what was asked, and is no other workspace's story."""
        if round(factors["share"], 2) == 0 and not self.sure(factors):
            return False
        elsewhere = row.repo and now.repo and row.repo != now.repo and not names(now.text, row.repo)
        return not (elsewhere and row.journal in STORIES)

    def certainty(self, factors: Mapping[str, float]) -> float:
        """How far above its floor an entry is, by what it holds of what was asked: in meaning and words, or in words alone."""
        if "near" in factors:
            return factors["near"] + NEAR_WORDS * factors["held"] - self.near_floor
        return factors["held"] - self.floor

    def used(self, path: str, helped: bool) -> None:
        """Count that an entry was brought up, and whether it helped."""
        self.index.uses.used(path, helped)

    def alike(self, text: str) -> list[tuple[str, str]]:
        """Path and whole text of the active entries that share the most telling words with a text."""
        if not self.home.devlogs.is_dir():
            return []
        self.index.refresh()
        found = self.index.scores(terms.wanted(text), ALIKE)
        return [(hit.row.path, f"{hit.row.title}\n{hit.row.body}") for hit in found]

    def write(self, journal: str, title: str, body: str, **meta: object) -> str | None:
        """A new entry through the journals' own path; its path below them."""
        return self.devlogs.write(journal, title, body, **meta)  # type: ignore[arg-type]

    def ranked(self, now: HabitSituation, limit: int = AMONG) -> tuple[list[Hit], dict[int, dict[str, float]]]:
        """Entries by how well they fit, and the factors of each. Habits and what was named are not in it."""
        asked = asks(now)
        hits = self.index.scores(asked, AMONG)
        near = self._meaning.near(now.text, self.patience_s) if self.meaning else NOWHERE
        rows = {hit.row.id: hit.row for hit in hits}
        closest = near.best(AMONG)
        rows |= {row.id: row for row in self.index.by_id(id for id in closest if id not in rows)}
        rows = self._without_digests(rows)
        told = {hit.row.id: hit.score / (hits[0].score or 1.0) for hit in hits}  # of the best, 0 to 1
        nearest = near.of(closest[0]) or 0.0 if closest else 1.0
        weighed = {}
        for id, held in self._held(asked, list(rows)).items():
            cosine = near.of(id)
            meant = {"near": cosine} if cosine is not None else {}
            # Without a vector of its own an entry is as near as its words are good: those that have one are no better for it.
            text = (told.get(id, 0.0) * nearest if cosine is None else cosine) + SHARE * held["share"]
            weighed[id] = {**self._factors(rows[id], now), "text": text, **meant, **held}
        ordered = sorted(((_score(of), id) for id, of in weighed.items()), reverse=True)
        return [Hit(rows[id], score) for score, id in ordered[:limit]], weighed

    def _without_digests(self, rows: dict[int, IndexRow]) -> dict[int, IndexRow]:
        """Digests are found by what their pages say, and say it worse: where one of those was found, it speaks for itself."""
        paths = {row.path for row in rows.values()}
        made = self.index.linked(id for id, row in rows.items() if RETOLD.match(row.source))
        return {id: row for id, row in rows.items() if not made.get(id, set()) & paths}

    def _held(self, asked: list[str], ids: list[int]) -> dict[int, dict[str, float]]:
        """What each entry holds of what is asked: `share` of all it could (0 to 1), and `held` in words of their own.

        A word that stands in one entry tells most, by BM25's measure. A young journal is taken for one of `YOUNG`
        entries: otherwise no word could tell anything in it.
        """
        total, sizes = self.index.frequency(asked)
        total = max(total, YOUNG)
        tells = {word: math.log(1 + (total - size + 0.5) / (size + 0.5)) for word, size in sizes.items()}
        whole, most = sum(tells.values()) or 1.0, math.log(1 + (total - 0.5) / 1.5)
        holding = self.index.holding(asked, ids)
        sums = {id: sum(tells[word] for word in asked if id in holding[word]) for id in ids}
        return {id: {"share": told / whole, "held": told / most} for id, told in sums.items()}

    def _factors(self, row: IndexRow, now: HabitSituation) -> dict[str, float]:
        about = {tag.lower() for tag in row.tags}
        said = {word.lower() for word in (*now.codes, *now.lints, *now.crates, *terms.wanted(now.text))}
        uses = self.index.uses.of(row.path)
        return {
            "recency": self._recency(row),
            "importance": 1.0 if row.pinned else row.importance / 10,
            "use": 2 * uses.worth - 1,
            "tags": len(about & said) / len(about) if about else 0.0,
        }

    def _recency(self, row: IndexRow) -> float:
        """1 for now, 0.5 after the journal's half-life. A date in the future is now: clocks go backwards, too."""
        half = self.half_life_days.get(row.journal, 0.0)
        return 0.5 ** (self._age_days(row) / half) if half > 0 else 0.5

    def _age_days(self, row: IndexRow) -> float:
        return max(0.0, (self.now() - row.date) / DAY_S)

    def _named(self, now: HabitSituation) -> list[tuple[IndexRow, str]]:
        """Entries that were called by path or by date."""
        found = [(row, "you named its path") for said in PATH.findall(now.text) if (row := self.index.entry(said))]
        for said in dict.fromkeys(DATE.findall(now.text)):
            try:
                day = int(datetime.fromisoformat(said).replace(tzinfo=UTC).timestamp())
            except ValueError:
                continue
            within = {"since": day, "until": day + int(DAY_S) - 1, "limit": self.entries}
            rest = DATE.sub(" ", now.text)
            hits = self.index.search(rest, **within) or self.index.search("", **within)
            found += [(hit.row, f"you named {said}") for hit in hits]
        return found

    def _fired(self, now: HabitSituation) -> list[tuple[IndexRow, str]]:
        """Habits whose event happened; of many, those that helped."""
        if not (now.codes or now.lints or now.crates or now.paths):
            return []
        fired = {}
        for pattern, row in self.index.habits():
            if (on := When(pattern).fires(now)) and row.id not in fired:
                fired[row.id] = (row, f"a habit for {on}", self.index.uses.of(row.path))
        best = sorted(fired.values(), key=lambda one: (one[2].worth, one[0].date), reverse=True)
        return [(row, _helped(why, uses.helped, uses.times)) for row, why, uses in best[: self.habits]]

    def _because(self, factors: Mapping[str, float]) -> str:
        reasons = (
            [f"it holds {factors['share']:.0%} of what was asked"] if factors["share"] else ["it means much the same"]
        )
        if factors["tags"]:
            reasons.append("its tags were named")
        if factors["use"] > 0:
            reasons.append("it helped before")
        if factors["importance"] >= 0.7:
            reasons.append("it matters")
        if factors["recency"] > 0.7:
            reasons.append("it is recent")
        return ", ".join(reasons)

    def _within(self, chosen: Iterable[tuple[IndexRow, str, float]], asked: list[str]) -> list[RecalledEntry]:
        """At most `entries`, and no more than `tokens` of them."""
        left, out = self.tokens, []
        told: list[IndexRow] = []
        for row, why, score in chosen:
            if len(out) == self.entries:
                break
            if score < math.inf and any(_same_case(row, other) for other in told):
                continue
            text = excerpt(row.body, asked, min(LONGEST, left * 4))
            cost = self.count(text)
            while cost > left and len(text) > 80:
                text = excerpt(row.body, asked, int(len(text) * 0.8))
                cost = self.count(text)
            if cost > left or not text:
                continue
            left -= cost
            told.append(row)
            out.append(
                RecalledEntry(
                    row.path, text, self._age_days(row), row.confidence, why, row.title, row.journal, score, row.repo
                )
            )
        return out

    def _considered(
        self,
        recalled: list[RecalledEntry],
        chosen: Mapping[int, tuple[IndexRow, str, float]],
        found: list[Hit],
        weighed: Mapping[int, Mapping[str, float]],
        sure: bool,
    ) -> Iterable[Considered]:
        why = {one.path: one.why for one in recalled}
        full = f", {self.entries} came before it" if len(recalled) == self.entries else f" in {self.tokens} tokens"
        for row, _, score in chosen.values():
            yield Considered(row.path, score, weighed.get(row.id, {}), why.get(row.path, f"left out: no room{full}"))
        for hit in found[: 2 * self.entries]:
            if hit.row.id not in chosen:
                verdict = "left out: others fit far better" if sure else "left out: nothing fits well enough"
                yield Considered(hit.row.path, hit.score, weighed[hit.row.id], verdict)


def _same_case(one: IndexRow, other: IndexRow) -> bool:
    """Whether two entries tell of the same piece of work: on one day, in one workspace, in much the same words."""
    if not one.repo or one.repo != other.repo or one.date // int(DAY_S) != other.date // int(DAY_S):
        return False
    return one.title == other.title or alike(likely(one.body), likely(other.body)) >= NEAR


def asks(now: HabitSituation) -> list[str]:
    """The words to look for: those said, and those the tools said."""
    said = " ".join((*now.codes, *now.lints, *now.crates))
    return list(dict.fromkeys((*terms.wanted(now.text), *(terms.wanted(said) if said else ()))))


def _score(of: Mapping[str, float]) -> float:
    moved = RECENT * of["recency"] + IMPORTANT * of["importance"] + USED * of["use"] + TAGGED * of["tags"]
    return of["text"] * (1 + moved)


def _helped(why: str, helped: int, times: int) -> str:
    return f"{why}; it helped {helped} of {times} times" if times else why
