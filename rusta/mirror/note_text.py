"""The note of a slice of changes, composed by code under the four questions of a reflection: each fact with its anchor.

What changed and why; how it affects what is known; what is new; what is to be written otherwise. No model writes a fact here. What
the project says (changelogs, commits, documentation) stands as a quote with its place, each once. A question to which a
slice has no answer is left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rusta.core.output import visible
from rusta.mirror.api_changes import ApiChange
from rusta.mirror.change_words import (
    COMING,
    LONGEST_NOTE,
    asked_of_callers,
    change_entry,
    counted_changes,
    named_item,
    said_of,
    short_item,
    signatures_beside,
)
from rusta.mirror.commits import MirrorCommit
from rusta.mirror.example_marks import UNMARKED, ExampleMarks, example_lines
from rusta.mirror.fact import ChangeFact, UsedAt, short
from rusta.mirror.revision_changes import RevisionChanges
from rusta.mirror.slices import BY_LINES, ChangeSlice

LONGEST_QUOTE = 1_500  # characters of one quote
LONGEST_TITLE = 90
MOST_COMMITS = 3  # that name an item of a slice
MOST_SITES = 3
HABIT = ("removed", "signature", "deprecated", "moved")
"""Changes that ask whoever writes code for something else than before."""
WHAT, KNOWN, NEW, UPDATE = (
    "## What changed, and why", "## How this affects what I know", "## What is new", "## What I do from now on",
)  # fmt: skip
"""The four questions, as headings."""
PLACES = {"docs": KNOWN, "example": NEW, "migration": UPDATE}
"""Under which question a fact stands; all others are of what changed."""
TITLES = {
    "migration": "how to migrate", "msrv": "another version of Rust", "edition": "another edition", "changelog": "its changelog",
    "feature": "features", "dependency": "dependencies", "example": "changed examples", "docs": "documented anew",
}  # fmt: skip
PLAIN = ("package", "msrv", "edition", "feature", "dependency")  # facts whose sentence is this program's own
BEGINNINGS = """
    add allow avoid build change check clean cleanup disable drop enable extend fix handle implement improve join make move rename
    remove replace reset return revert send set split support test update use
"""
VERBS = frozenset(BEGINNINGS.split())  # with which a subject begins that does not speak of an item of that name
NAME = re.compile(r"[A-Za-z_]\w*")
REQUEST = re.compile(r"#(\d{2,7})\b")
MARKS = re.compile(r"^[\s>*-]+|\(?\[?#\d+\]?\)?|[^\w`:]+")


@dataclass(frozen=True)
class MirrorNote:
    """What is written into the journals of one slice."""

    title: str
    body: str
    tags: tuple[str, ...]
    version: str
    habit: str = ""  # the text of a procedural entry; "" where nothing asks for another habit
    when: tuple[str, ...] = ()


def note_of(
    cut: ChangeSlice,
    of: RevisionChanges,
    used: UsedAt = lambda path: (),
    marks: ExampleMarks | None = None,
    own: str = "",
) -> MirrorNote:
    """Compose the note of a slice.

    `used` returns the sites of workspaces at which an item is used, `marks` say at which states examples compile, and `own`
    are words of a trusted mind, which stand apart from the facts.
    """
    return _Note(cut, of, used, marks or {}, own).note()


@dataclass(frozen=True)
class _Note:
    cut: ChangeSlice
    of: RevisionChanges
    used: UsedAt
    marks: ExampleMarks
    own: str

    @property
    def crate(self) -> str:
        return self.cut.crate if self.cut.crate in self.of.versions else self.of.mirror

    @property
    def versions(self) -> tuple[str, str]:
        """The crate's version in the old and in the new state; "" where it has none."""
        return self.of.old_versions.get(self.crate, ""), self.of.versions.get(self.crate, self.of.version)

    @property
    def states(self) -> tuple[str, str]:
        """What the two states are called beside code."""
        was, now = self.versions
        if was and now and was != now:
            return f"{self.crate} {was}", f"{self.crate} {now}"
        return f"before, {self.of.old.short}", f"now, {self.of.new.short}"

    def note(self) -> MirrorNote:
        version = self.versions[1]
        sections = {
            WHAT: [*self._entries(new=False), *self._facts(WHAT), *self._commits()],
            KNOWN: [*self._consequences(), *self._facts(KNOWN)],
            NEW: [*self._entries(new=True), *self._facts(NEW)],
            UPDATE: [*self._facts(UPDATE)],
        }
        asks = [one for one in self.cut.changes if one.change in HABIT]
        habits = [habit for one in asks if (habit := _habit(one))]
        sections[UPDATE] += [*(f"- {one}" for one in habits), *([""] if habits else []), *self._since()]
        if self.own:
            sections[UPDATE] += ["", f"In my own words: {self.own}"]
        lines = [self._opening()]
        for heading, said in sections.items():
            if any(said):
                lines += ["", heading, "", *said]
        body = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        return MirrorNote(
            self._title(), body, self._tags(), f"{self.crate} {version}".strip(), "\n".join(habits),
            tuple(f"item:{one.path}" for one in asks if habits and one.kind != "impl"),
        )  # fmt: skip

    def _opening(self) -> str:
        was, now = self.versions
        step = f"{self.crate} {was} to {now}" if was and now and was != now else f"{self.crate} {now}" if now else ""
        counts = counted_changes(self.cut.changes)
        about = f": {counts}" if counts else ""
        return f"Between {self.of.mirror} {self.of.old.short} and {self.of.new.short}{f' ({step})' if step else ''}{about}."

    def _entries(self, new: bool) -> Iterator[str]:
        """What is new, or what is not: gone, changed, moved; with the signatures that tell it."""
        some = [one for one in self.cut.changes if (one.change in COMING) is new]
        for one in some:
            yield from change_entry(self.of, one)
            yield from (f"  {line}".rstrip() for line in signatures_beside(one, *self.states))
        yield from [""] if some else ()

    def _consequences(self) -> Iterator[str]:
        """What a change does to code, as far as it follows from the change itself, and where the workspaces have such code."""
        was, now = self.versions
        said = [asked_of_callers(one, f"{self.crate} {now}" if now and was != now else "") for one in self.cut.changes]
        yield from (f"- {one}" for one in dict.fromkeys(filter(None, said)))
        sites = {one.path: self.used(one.path) for one in self.cut.changes if one.change != "added"}
        if touched := [f"- `{path}`: {', '.join(at[:MOST_SITES])}" for path, at in sites.items() if at]:
            yield from ("", "Used in the workspaces that I know:", "", *touched)
        if self.cut.changes and all(one.change in COMING for one in self.cut.changes):
            yield "What I knew of it holds: nothing here is gone, and nothing has another signature."
        yield ""

    def _since(self) -> Iterator[str]:
        was, now = self.versions
        if now and was != now and any(one.change in COMING for one in self.cut.changes):
            yield f"What is new needs {self.crate} {now}: with {was or 'an older version'} it does not compile."

    def _facts(self, heading: str) -> Iterator[str]:
        """The facts of a slice that stand under a heading: those of one section of one file together."""
        facts = [one for one in self.cut.facts if PLACES.get(one.kind, WHAT) == heading]
        for one in facts:
            if one.kind in PLAIN:
                yield f"- {one.text} ({self._place(one)})"
            elif one.kind == "example":
                yield from ("", f"{_about(one)} ({self._place(one)}):".lstrip(), "")
                yield from (*example_lines(one, self.marks.get(one, UNMARKED)), "")
            elif one.kind == "docs" and one.text.startswith(("this page is gone", "a new page", "and ")):
                yield f"- {one.text} ({self._place(one)})"
            elif one.kind == "docs":
                yield from ("", f"{_about(one)} ({self._place(one)}):".lstrip(), "", *_quote_lines(one.text), "")
            else:
                yield from ("", *_quoted(one.text, self._place(one, _about(one))))
        yield from self._beyond(heading)
        yield ""

    def _beyond(self, heading: str) -> Iterator[str]:
        beyond = [one for one in self.cut.beyond if PLACES.get(one.kind, WHAT) == heading]
        if beyond:
            yield f"{len(beyond)} more, by their places:"
            yield ""
        for _, several in groupby(beyond, key=lambda one: one.path):
            group = list(several)
            named = list(dict.fromkeys(f"`{one.item}`" for one in group if one.item))
            yield f"- {self._place(group[0], ', '.join(named))}{f' and {len(group) - 1} more there' if len(group) > 1 else ''}"

    def _commits(self) -> Iterator[str]:
        """The commits that name an item of the slice, if no changelog says the same."""
        told = [one.text for one in (*self.cut.facts, *self.of.facts) if one.kind in BY_LINES]
        said = [line for text in told for line in text.split("\n")]
        known, requests, left = set(map(_words, said)), set(REQUEST.findall("\n".join(said))), MOST_COMMITS
        for commit in self._naming():
            if not left:
                return
            if _words(commit.subject) in known or requests & set(REQUEST.findall(commit.subject)):
                continue
            known.add(_words(commit.subject))
            left -= 1
            yield from _quoted(commit.subject, f"{self.of.mirror}@{commit.hash[:12]}")

    def _naming(self) -> list[MirrorCommit]:
        """The commits whose subjects name an item with what it belongs to; where there is none, those with a name that is no plain word."""
        pairs = {tuple(one.path.split("::")[-2:]) for one in self.cut.changes if one.kind != "impl"}
        named = [(one, set(NAME.findall(one.subject))) for one in self.of.commits]
        both = [one for one, words in named if any(words.issuperset(pair) for pair in pairs)]
        names = {pair[-1] for pair in pairs if len(pair[-1]) > 3}
        return both or [one for one, words in named if any(name in words and _speaks_of(one, name) for name in names)]

    def _place(self, one: ChangeFact, about: str = "") -> str:
        """`repo@revision:path:line`, and what it is of."""
        if not one.line:
            return f"{self.of.mirror}@{one.anchor}"
        state = self.of.old if one.gone else self.of.new
        return visible(f"{self.of.mirror}@{state.short}:{one.anchor}{f', {about}' if about else ''}")

    def _title(self) -> str:
        """The crate, its version, and what changed, as far as a heading holds it."""
        head = f"{self.crate} {self.versions[1]}".strip()
        if self.cut.changes:
            first, more = self.cut.changes[0], len(self.cut.changes) - 1
            said = f"{head}: `{short_item(first)}` {said_of(first)}{f', and {more} more' if more else ''}"
        else:
            only = self.cut.facts[0].text if len(self.cut.facts) == 1 and self.cut.subject in PLAIN else ""
            said = f"{head}: {only or TITLES.get(self.cut.subject, self.cut.subject or 'changes') + self._named()}"
        return said if len(said) <= LONGEST_TITLE else f"{said[: LONGEST_TITLE - 1].rstrip()}…"

    def _named(self) -> str:
        """What the facts of a slice are of, as far as a title holds it: items, or headings."""
        items = [f"`{one.item.rpartition('::')[2]}`" for one in self.cut.facts if one.item]
        heads = [
            one.heading.rpartition(" > ")[2].rpartition("/")[2]
            for one in self.cut.facts
            if one.heading and not one.item
        ]
        named = list(dict.fromkeys(items or heads))
        named = [one for one in named if len(one) < 40][:3]
        return f": {', '.join(named)}" if named else ""

    def _tags(self) -> tuple[str, ...]:
        kinds = ["api-change"] if self.cut.changes else [self.cut.subject or "change"]
        names = [
            path.rpartition("::")[2].partition("<")[0].replace("_", "-").lower()
            for path in map(named_item, self.cut.changes[:4])
        ]
        return tuple(dict.fromkeys([self.of.mirror, self.crate.replace("_", "-"), *kinds, *names]))


def rest_of(rest: Sequence[ChangeSlice], of: RevisionChanges) -> MirrorNote:
    """Compose the note of what a cycle has no notes for: every change and fact by its place alone."""
    changes = [one for cut in rest for one in cut.changes]
    facts = [one for cut in rest for one in (*cut.facts, *cut.beyond)]
    lines = [line for one in changes for line in change_entry(of, one)]
    lines += [f"- {one.kind} ({of.mirror}@{of.new.short}:{one.anchor}{_with(_about(one))})" for one in facts]
    title = f"{of.mirror} {of.version}: {len(changes) + len(facts)} more changes"
    body = f"Between {of.mirror} {of.old.short} and {of.new.short} these changed as well:\n\n" + "\n".join(lines)
    return MirrorNote(title, body, (of.mirror, "api-change"), of.version)


def _quoted(text: str, place: str) -> Iterator[str]:
    yield from (*_quote_lines(text), f"> ({visible(place)})", "")


def _quote_lines(text: str) -> list[str]:
    return [f"> {line}".rstrip() for line in short(text.strip(), LONGEST_QUOTE).splitlines()]


def _about(one: ChangeFact) -> str:
    about = f"`{one.item}`" if one.item else one.heading
    return short(about, 100) if about else ""


def _with(about: str) -> str:
    return f", {about}" if about else ""


def _speaks_of(commit: MirrorCommit, name: str) -> bool:
    """Whether a word of a subject is the name of an item and no plain word: `glaze: blend takes water`, `add try_mix`."""
    said = commit.subject
    begins = said.startswith(f"{name}: ") or said.rpartition(": ")[2].startswith(f"{name} ")
    return (begins and name not in VERBS) or "_" in name or name[0].isupper() or f"`{name}" in said


def _words(said: str) -> str:
    """The words of a line, without its marks and the number of its request."""
    return MARKS.sub("", said).lower()


def _habit(one: ApiChange) -> str:
    """What to write instead, where the change itself says it."""
    if one.change == "deprecated" and one.new:
        said = short(one.new.deprecated, LONGEST_NOTE)
        said = f"{said[:1].lower()}{said[1:]}" if said.startswith("Deprecated") else f"deprecated: {said}"
        return f"When I meet `{one.path}`, I remember that it is {said}"
    if one.change == "moved" and one.old and one.new:
        return f"When I meet `{one.old.path}`, I write `{one.new.path}`: it moved."
    if one.change == "removed":
        return f"When I meet `{named_item(one)}`, I look for what took its place: it is gone."
    if one.change == "signature" and one.old and one.new and one.kind not in ("impl", "macro"):
        if one.old.signature == one.new.signature:
            return ""
        signature = short(" ".join(one.new.signature.replace("`", "").split()), LONGEST_NOTE)
        return f"When I call `{one.path}`, I go by its new signature: `{signature}`"
    return ""
