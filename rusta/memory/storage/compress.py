"""Compression of the journals: weekly and daily digests, thematic digests, and archiving of old, covered entries.

The tasks are computed deterministically from the journals. A digest links its source entries, supersedes the earlier
digest that it extends, and is signed by the author `dream`. No entry is deleted. Entries covered by a digest stay
fully searchable until they are old: a digest of sentences picked by a rule is no better for recall than the entries
themselves.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import combinations

from rusta.memory.entries.entry import DIGEST, Confidence, Entry, Journal, Status
from rusta.memory.index.likeness import alike, content_words, denies, numbers, sentences, similar_pairs
from rusta.memory.storage.devlogs import DevLogs
from rusta.memory.storage.history import Author, HistoryWaits

MANY = 3
"""Minimum number of entries for a digest of a day or a week."""
THEME = (4, 40)
"""Minimum and maximum number of entries in a theme."""
REPEATED = 0.8
OPPOSED = 0.5
"""Minimum similarity of two sentences that contradict each other: they must differ only in a negation or a number."""
OLD = timedelta(days=180)
KEPT = 8
"""Importance from which an entry is never archived automatically."""
PASSES = {Journal.EPISODIC, Journal.EMOTIONAL, Journal.DIDACTIC, Journal.LAB}
KNOWLEDGE = {Journal.SEMANTIC, Journal.PROCEDURAL, Journal.LAB, Journal.DIDACTIC}


class CompressionKind(StrEnum):
    """The kind of a task, in the order of execution."""

    REPEAT = "repeat"
    CONTRADICTION = "contradiction"
    DAILY = "daily"
    WEEKLY = "weekly"
    THEMATIC = "thematic"
    ARCHIVED = "archived"


@dataclass(frozen=True)
class Candidate:
    """One task: its source entries, oldest first, and the reason. `outgrown` are earlier digests that it replaces."""

    kind: CompressionKind
    key: str
    journal: Journal
    entries: tuple[Entry, ...]
    why: str
    outgrown: tuple[Entry, ...] = ()

    @property
    def source(self) -> str:
        """The `source` key of the digest, by which a later run recognizes it."""
        return f"{DIGEST}{self.kind}/{self.key}"

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the source entries."""
        return tuple(entry.path for entry in self.entries)


@dataclass(frozen=True)
class CompressionStep:
    """A completed task and the path of the entry that now represents it; empty if none was written."""

    candidate: Candidate
    path: str = ""


def candidates(entries: Iterable[Entry], today: date) -> list[Candidate]:
    """Return all tasks in order: only days and weeks that have ended, no superseded or archived entries."""
    ordered = sorted((entry for entry in entries if entry.journal), key=_age)
    told = [entry for entry in ordered if entry.text("source").startswith(f"{DIGEST}")]
    told.sort(key=lambda entry: (entry.status is Status.ACTIVE, len(entry.links)))
    made = {entry.text("source"): entry for entry in told}  # if several share a source, the active one
    own = [entry for entry in ordered if entry.text("source") not in made and entry.status is Status.ACTIVE]
    found = [
        *_alike(own),
        *_by_time(own, made, today),
        *_themes(own),
        *_outlived(own, list(made.values()), today),
    ]
    return [new for one in found if (new := _not_yet(one, made))]


def compress(
    journals: DevLogs,
    today: date,
    *,
    tell: Callable[[Candidate], str] | None = None,
    only: Iterable[CompressionKind] = tuple(CompressionKind),
    dry: bool = False,
) -> list[CompressionStep]:
    """Run one compression pass. `tell` lets a model write the prose; without it or its text, `digest_without_model` is used.

    A weekly digest does not yet supersede daily digests written in the same pass.
    """
    todo = [candidate for candidate in candidates(journals.entries(), today) if candidate.kind in set(only)]
    if dry or not todo:
        return [CompressionStep(candidate) for candidate in todo]
    with suppress(HistoryWaits):  # record the user's own edits first, under their name
        journals.keep()
    steps = [_done(journals, candidate, tell) for candidate in todo]
    with suppress(HistoryWaits):
        journals.tidy()
    return steps


def digest_without_model(candidate: Candidate) -> str:
    """Render a digest without a model: title, confidence, first sentence and path of each entry."""
    lines = [f"{candidate.why}", ""]
    for entry in candidate.entries:
        said = [one for one in sentences(entry.body) if not one.startswith("#")]
        first = f" {_short(said[0])}" if said else ""
        lines.append(f"- **{entry.title}** ({entry.confidence} confidence).{first} `{entry.path}`")
    return "\n".join(lines)


def _done(journals: DevLogs, candidate: Candidate, tell: Callable[[Candidate], str] | None) -> CompressionStep:
    if candidate.kind is CompressionKind.ARCHIVED:
        for path in candidate.paths:
            journals.archive(path, author=Author.DREAM)
        return CompressionStep(candidate)
    if candidate.kind is CompressionKind.REPEAT:
        *older, newest = candidate.paths
        for path in older:
            journals.supersede(path, newest, author=Author.DREAM)
        return CompressionStep(candidate, newest)
    prose = (tell(candidate) if tell else "").strip() or digest_without_model(candidate)
    tags = [tag for tag, _ in Counter(tag for entry in candidate.entries for tag in entry.tags).most_common(6)]
    sure = Confidence.LOW if candidate.kind is CompressionKind.CONTRADICTION else _least(candidate.entries)
    path = journals.write(
        candidate.journal,
        _title(candidate),
        prose,
        tags=[*tags, candidate.kind.value],
        author=Author.DREAM,
        confidence=sure,
        context=candidate.key,
        source=candidate.source,
        links=candidate.paths,
        supersedes=[entry.path for entry in candidate.outgrown],
    )
    return CompressionStep(candidate, path)


def _alike(own: Sequence[Entry]) -> Iterator[Candidate]:
    """Yield near-duplicates within a journal, newest last, and contradicting entries of the knowledge journals."""
    by_path = {entry.path: entry for entry in own}
    opposed = _opposed([entry for entry in own if entry.journal in KNOWLEDGE])
    said = {entry.path: content_words(f"{entry.title}\n{entry.body}") for entry in own if not entry.pinned}
    group: dict[str, set[str]] = {}
    for one, other in similar_pairs(said, REPEATED):
        if by_path[one].journal is by_path[other].journal and (one, other) not in opposed:
            joined = group.get(one, {one}) | group.get(other, {other})
            group |= dict.fromkeys(joined, joined)
    for paths in sorted({tuple(sorted(paths)) for paths in group.values()}):
        entries = tuple(sorted((by_path[path] for path in paths), key=_age))
        yield Candidate(
            CompressionKind.REPEAT, entries[-1].path, _journal(entries[0]), entries, f"Said {len(entries)} times."
        )
    for both, sentences_ in sorted(opposed.items()):
        first, second = sorted((by_path[path] for path in both), key=_age)
        yield Candidate(
            CompressionKind.CONTRADICTION, f"{first.path} {second.path}", Journal.SEMANTIC, (first, second),
            f'Two of my notes disagree. The older: "{_short(sentences_[first.path])}" '
            f'The newer: "{_short(sentences_[second.path])}"',
        )  # fmt: skip


def _opposed(known: Iterable[Entry]) -> dict[tuple[str, str], dict[str, str]]:
    """Return pairs of entries with contradicting sentences: similar, but one is negated or has another number."""
    spoken = {(entry.path, n): said for entry in known for n, said in enumerate(sentences(entry.body))}
    said = {place: found for place, sentence in spoken.items() if len(found := content_words(sentence)) >= 4}
    opposed: dict[tuple[str, str], dict[str, str]] = {}
    for one, other in similar_pairs(said, OPPOSED):
        first, second = spoken[one], spoken[other]
        if one[0] == other[0] or first == second:
            continue
        figures = numbers(first), numbers(second)
        measured_anew = all(figures) and figures[0].isdisjoint(figures[1]) and alike(said[one], said[other]) > REPEATED
        if denies(first) != denies(second) or measured_anew:
            opposed.setdefault((one[0], other[0]), {one[0]: first, other[0]: second})
    return opposed


def _by_time(own: Sequence[Entry], made: dict[str, Entry], today: date) -> Iterator[Candidate]:
    days: dict[str, list[Entry]] = defaultdict(list)
    weeks: dict[tuple[str, Journal], list[Entry]] = defaultdict(list)
    for entry in own:
        day = _day(entry)
        if entry.journal in {Journal.EPISODIC, Journal.EMOTIONAL} and day:
            if entry.journal is Journal.EPISODIC and day < today:
                days[day.isoformat()].append(entry)
            if _week(day) != _week(today) and day < today:
                weeks[_week(day), entry.journal].append(entry)
    for day, entries in sorted(days.items()):
        week_is_told = f"{DIGEST}{CompressionKind.WEEKLY}/{_week(date.fromisoformat(day))}-{Journal.EPISODIC}" in made
        if len(entries) >= MANY and not week_is_told:
            yield Candidate(
                CompressionKind.DAILY, day, Journal.EPISODIC, tuple(entries), f"{day}, in {len(entries)} entries."
            )
    for (week, journal), entries in sorted(weeks.items()):
        told = tuple(
            made[source]
            for source in sorted(made)
            if journal is Journal.EPISODIC
            and made[source].status is Status.ACTIVE
            and source.startswith(f"{DIGEST}{CompressionKind.DAILY}/")
            and _week(date.fromisoformat(source.rpartition("/")[2])) == week
        )  # fmt: skip
        if len(entries) >= MANY:
            why = f"Week {week}, in {len(entries)} entries."
            yield Candidate(CompressionKind.WEEKLY, f"{week}-{journal}", journal, tuple(entries), why, told)


def _themes(own: Sequence[Entry]) -> Iterator[Candidate]:
    """Group knowledge entries that share two tags, else one tag; each entry is in at most one theme."""
    known = [entry for entry in own if entry.journal in KNOWLEDGE]
    filed: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in known:
        tags = sorted(set(entry.tags))[:12]
        for under in [*combinations(tags, 2), *((tag,) for tag in tags)]:
            filed[under].append(entry)
    taken: set[str] = set()
    for under, entries in sorted(filed.items(), key=lambda one: (-len(one[0]), -len(one[1]), one[0])):
        left = [entry for entry in entries if entry.path not in taken]
        if THEME[0] <= len(left) <= THEME[1]:
            taken |= {entry.path for entry in left}
            why = f"What I know of {' and '.join(under)}, from {len(left)} entries."
            yield Candidate(CompressionKind.THEMATIC, "+".join(under), Journal.SEMANTIC, tuple(left), why)


def _outlived(own: Sequence[Entry], made: Sequence[Entry], today: date) -> Iterator[Candidate]:
    """Yield old entries of the `PASSES` journals that an active, not daily, digest covers: to be archived."""
    told = {
        path
        for entry in made
        if entry.status is Status.ACTIVE and f"/{CompressionKind.DAILY}/" not in entry.text("source")
        for path in entry.links
    }
    old = [
        entry for entry in own
        if entry.journal in PASSES and entry.path in told and not entry.pinned and (entry.importance or 0) < KEPT
        and (day := _day(entry)) and today - day > OLD
    ]  # fmt: skip
    if old:
        yield Candidate(
            CompressionKind.ARCHIVED,
            today.isoformat(),
            _journal(old[0]),
            tuple(old),
            f"Older than {OLD.days} days, and told elsewhere.",
        )


def _not_yet(candidate: Candidate, made: dict[str, Entry]) -> Candidate | None:
    """Return None if an earlier digest covers the same entries; if it covers fewer, mark it as outgrown."""
    before = made.get(candidate.source)
    if before is None:
        return candidate
    if set(before.links) >= set(candidate.paths):
        return None
    earlier = [before] if before.status is Status.ACTIVE else []
    outgrown = tuple({entry.path: entry for entry in (*candidate.outgrown, *earlier)}.values())
    return Candidate(candidate.kind, candidate.key, candidate.journal, candidate.entries, candidate.why, outgrown)


def _title(candidate: Candidate) -> str:
    match candidate.kind:
        case CompressionKind.CONTRADICTION:
            return f"Which is it: {candidate.entries[0].title}, or {candidate.entries[1].title}"
        case CompressionKind.THEMATIC:
            return f"What I know of {candidate.key.replace('+', ' and ')}"
        case CompressionKind.WEEKLY:
            return f"The week {candidate.key.removesuffix(f'-{candidate.journal}')}"
        case _:
            return f"The day {candidate.key}"


def _least(entries: Iterable[Entry]) -> Confidence:
    """Return the lowest confidence of the entries."""
    order = list(Confidence)
    return max((entry.confidence for entry in entries), key=order.index)


def _short(said: str, most: int = 200) -> str:
    return said if len(said) <= most else said[:most].rsplit(" ", 1)[0] + " ..."


def _journal(entry: Entry) -> Journal:
    assert entry.journal is not None
    return entry.journal


def _day(entry: Entry) -> date | None:
    return entry.date.date() if entry.date else None


def _age(entry: Entry) -> tuple[str, str]:
    return (entry.date.isoformat() if entry.date else "", entry.path)


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"
