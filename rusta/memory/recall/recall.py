"""Recall of journal entries for a situation: a few entries, each with its age, confidence, path and the reason.

Entries named by date or path come first, then habits whose `when` matched, then search results: ranked by text match,
adjusted slightly by tags, importance, use and age. If nothing matches well enough, nothing is returned: an entry that
only shares a word does more harm than none. Superseded and archived entries are not found by search.
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
from rusta.memory.entries.entry import DIGEST, STALE
from rusta.memory.index import terms
from rusta.memory.index.index import Hit, Index, IndexRow
from rusta.memory.index.likeness import alike, content_words
from rusta.memory.index.meaning import NOWHERE, MeaningIndex
from rusta.memory.index.tags import contains_name
from rusta.memory.index.vectors import MiniLM, Vectors, VectorStore
from rusta.memory.recall.excerpt import age_in_words, excerpt
from rusta.memory.recall.habits import HabitSituation, When
from rusta.memory.recall.worth import NEAR

if TYPE_CHECKING:
    from rusta.memory.storage.devlogs import DevLogs

__all__ = ["HabitSituation", "Memory", "Pages", "RecalledEntry", "Trace", "age_in_words", "excerpt"]

DAY_S = 86_400.0
DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
PATH = re.compile(r"\b(?:episodic|semantic|procedural|emotional|didactic|lab)/[\w./-]*\w")
RETOLD = re.compile(rf"{DIGEST}(?:daily|weekly|thematic)/")
AMONG = 50  # full-text matches (and closest vectors) that are ranked against each other
ALIKE = 10  # existing entries that a new one is compared with before it is written
LONGEST = 1_200  # maximum characters of one entry in a prompt
# Measured by scripts/bench_recall.py. SHARE: weight of the share of the query that an entry contains, added to its
# closeness; fitted on our set and on LoCoMo. The other factors were fitted on our set alone.
SHARE = 0.5
RECENT, IMPORTANT, USED, TAGGED = 0.1, 0.1, 0.2, 0.2
STALE_SHARE = 0.6  # what is left of the score of an entry that the documentation contradicts; set, not fitted
# Entries below this share of the best score are left out: this removed a fifth of the irrelevant entries and 1 in
# 300 of the relevant ones (1 in 90 with full-text search alone).
BESIDE = 0.5
NEAR_WORDS = 0.3  # added to the cosine per unit of `held` when deciding whether anything is relevant
YOUNG = 600
STORIES = ("episodic", "emotional", "didactic", "lab")
"""Journals of single events: their entries are left out if they are from another workspace."""


class Pages(StrEnum):
    """What a session writes to the journals: prose by the model, or only the facts."""

    auto = "auto"  # prose if the model is large enough to write something specific
    prose = "prose"
    facts = "facts"


@dataclass(frozen=True)
class RecalledEntry:
    """One recalled entry. `excerpt` fits the token budget; `why` gives the reason; `age_days` counts from its date."""

    path: str
    excerpt: str
    age_days: float
    confidence: str
    why: str
    title: str = ""
    journal: str = ""
    score: float = 0.0
    repo: str = ""
    date: str = ""
    version: str = ""  # of the compiler that it names
    stale: bool = False
    entry: IndexRow | None = None  # all of it

    @property
    def age(self) -> str:
        """The age in words."""
        return age_in_words(self.age_days)


@dataclass(frozen=True)
class Considered:
    """One entry of a recall's trace: its score, the factors, and whether or why not it was recalled."""

    path: str
    score: float
    factors: Mapping[str, float]
    verdict: str


@dataclass(frozen=True)
class Trace:
    """How one recall was computed, for inspection: query terms, entries considered, notes, and seconds taken."""

    asked: tuple[str, ...] = ()
    considered: tuple[Considered, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass
class Memory:
    """Recall from the journals, and writing to them. `half_life_days` is by journal; 0 means no decay by age.

    `floor` is the minimum that some entry must contain of the query for search to return anything, in units of a word
    that occurs in one entry only (two common words count about as much as one rare one); `near_floor` is the minimum of
    cosine and words combined, where semantic search is on. `patience_s` limits the time for computing vectors of new
    entries; entries without a vector yet are found by full-text search.
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
        """The index, opened at first use."""
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
        """Return the relevant entries, best first, possibly none. `trace` then tells how they were chosen."""
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
        """Whether semantic search is on: as configured; with `auto`, if the model is installed."""
        return self.vectors is Vectors.minilm or (self.vectors is Vectors.auto and MiniLM.installed())

    def sure(self, factors: Mapping[str, float]) -> bool:
        """Whether an entry is relevant to the query and does not merely share a word with it."""
        return self.certainty(factors) >= 0

    def _belongs(self, row: IndexRow, factors: Mapping[str, float], now: HabitSituation) -> bool:
        """Whether a search hit may accompany the best: it has query words or is relevant, and fits the workspace."""
        if round(factors["share"], 2) == 0 and not self.sure(factors):
            return False
        elsewhere = row.repo and now.repo and row.repo != now.repo and not contains_name(now.text, row.repo)
        return not (elsewhere and row.journal in STORIES)

    def certainty(self, factors: Mapping[str, float]) -> float:
        """Return an entry's margin above its floor: by cosine and words, or by words alone if it has no vector."""
        if "near" in factors:
            return factors["near"] + NEAR_WORDS * factors["held"] - self.near_floor
        return factors["held"] - self.floor

    def used(self, path: str, helped: bool) -> None:
        """Count that an entry was recalled, and whether it helped."""
        self.index.uses.used(path, helped)

    def alike(self, text: str) -> list[tuple[str, str]]:
        """Return path and full text of the active entries that best match the text's search terms."""
        if not self.home.devlogs.is_dir():
            return []
        self.index.refresh()
        found = self.index.scores(terms.wanted(text), ALIKE)
        return [(hit.row.path, f"{hit.row.title}\n{hit.row.body}") for hit in found]

    def write(self, journal: str, title: str, body: str, **meta: object) -> str | None:
        """Write a new entry through `DevLogs`; return its path, relative to the journals."""
        return self.devlogs.write(journal, title, body, **meta)  # type: ignore[arg-type]

    def ranked(self, now: HabitSituation, limit: int = AMONG) -> tuple[list[Hit], dict[int, dict[str, float]]]:
        """Return search hits, best first, and the factors of each; without habits and entries named by path or date."""
        asked = asks(now)
        hits = self.index.scores(asked, AMONG)
        near = self._meaning.near(now.text, self.patience_s) if self.meaning else NOWHERE
        rows = {hit.row.id: hit.row for hit in hits}
        closest = near.best(AMONG)
        rows |= {row.id: row for row in self.index.by_id(id for id in closest if id not in rows)}
        rows = self._without_digests(rows)
        told = {hit.row.id: hit.score / (hits[0].score or 1.0) for hit in hits}  # BM25 relative to the best, 0 to 1
        nearest = near.of(closest[0]) or 0.0 if closest else 1.0
        weighed = {}
        for id, held in self._held(asked, list(rows)).items():
            cosine = near.of(id)
            meant = {"near": cosine} if cosine is not None else {}
            # Without a vector, an entry gets its relative BM25 score times the best cosine, to be comparable.
            text = (told.get(id, 0.0) * nearest if cosine is None else cosine) + SHARE * held["share"]
            weighed[id] = {**self._factors(rows[id], now), "text": text, **meant, **held}
        ordered = sorted(((_score(of), id) for id, of in weighed.items()), reverse=True)
        return [Hit(rows[id], score) for score, id in ordered[:limit]], weighed

    def _without_digests(self, rows: dict[int, IndexRow]) -> dict[int, IndexRow]:
        """Drop each digest of which a source entry was itself found: the source states its content better."""
        paths = {row.path for row in rows.values()}
        made = self.index.linked(id for id, row in rows.items() if RETOLD.match(row.source))
        return {id: row for id, row in rows.items() if not made.get(id, set()) & paths}

    def _held(self, asked: list[str], ids: list[int]) -> dict[int, dict[str, float]]:
        """Return how much of the query each entry contains: `share`, as a fraction (0 to 1), and `held`, absolute.

        Words are weighted by BM25's inverse document frequency; `held` is in units of a word of one entry only.
        The number of entries is taken as at least `YOUNG`: in a small journal every word would have too little weight.
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
            "stale": float(STALE in about),
        }

    def _recency(self, row: IndexRow) -> float:
        """Return 1 for now, 0.5 after the journal's half-life, 0.5 if it has none. A future date counts as now."""
        half = self.half_life_days.get(row.journal, 0.0)
        return 0.5 ** (self._age_days(row) / half) if half > 0 else 0.5

    def _age_days(self, row: IndexRow) -> float:
        return max(0.0, (self.now() - row.date) / DAY_S)

    def _named(self, now: HabitSituation) -> list[tuple[IndexRow, str]]:
        """Return entries that the text names by path or by date."""
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
        """Return habits that match the situation, at most `habits`, those that helped most often first."""
        if not (now.codes or now.lints or now.crates or now.paths or now.text or now.told):
            return []
        fired = {}
        for pattern, row in self.index.habits():
            if (on := When(pattern).fires(now)) and row.id not in fired:
                fired[row.id] = (row, f"a habit for {on}", self.index.uses.of(row.path))
        order = lambda one: (STALE not in one[0].tags, one[2].worth, one[0].date)  # noqa: E731
        best = sorted(fired.values(), key=order, reverse=True)
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
        """Cut to at most `entries` entries and `tokens` tokens, and leave out duplicates of the same work."""
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
            day = f"{datetime.fromtimestamp(row.date):%Y-%m-%d}"
            out.append(RecalledEntry(
                row.path, text, self._age_days(row), row.confidence, why, row.title, row.journal, score, row.repo, day,
                row.version, STALE in row.tags, row,
            ))  # fmt: skip
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
    """Whether two entries describe the same piece of work: same day, same workspace, same title or similar words."""
    if not one.repo or one.repo != other.repo or one.date // int(DAY_S) != other.date // int(DAY_S):
        return False
    return one.title == other.title or alike(content_words(one.body), content_words(other.body)) >= NEAR


def asks(now: HabitSituation) -> list[str]:
    """Return the search terms: from the text, then from codes, lints and crates."""
    said = " ".join((*now.codes, *now.lints, *now.crates))
    return list(dict.fromkeys((*terms.wanted(now.text), *(terms.wanted(said) if said else ()))))


def _score(of: Mapping[str, float]) -> float:
    moved = RECENT * of["recency"] + IMPORTANT * of["importance"] + USED * of["use"] + TAGGED * of["tags"]
    return of["text"] * (1 + moved) * (STALE_SHARE if of["stale"] else 1.0)


def _helped(why: str, helped: int, times: int) -> str:
    return f"{why}; it helped {helped} of {times} times" if times else why
