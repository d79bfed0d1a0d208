"""The commands that write, and those that read the history. The read-only ones do not import this, to start faster."""

import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rusta.core.errors import ConfigError, RustaError
from rusta.core.os_errors import paragraph
from rusta.core.output import aside
from rusta.memory.entries.entry import Confidence, Journal, parse_leniently
from rusta.memory.index.tags import suggested
from rusta.memory.storage.devlogs import DevLogs
from rusta.memory.storage.history import Author
from rusta.ui.journal.arguments import META, split_list
from rusta.ui.journal.external_editor import NoEditor, edit
from rusta.ui.journal.query import one_of, parse_count
from rusta.ui.journal.read_commands import Facts, ReadCommands, Unsaid
from rusta.ui.journal.templates import filled, template, without_question
from rusta.ui.terminal.standard_input import is_confirmed

LISTS = ("when", "supersedes", "links")


class NotWritten(RustaError):
    """A text did not become an entry; the message says where it is kept."""


class NotForgotten(RustaError):
    """The user was asked whether to forget an entry, and did not confirm."""


@dataclass
class Writing(ReadCommands):
    """The commands that use `DevLogs`, the one way in which journals are written, and its history."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.logs = DevLogs(self.root, say=aside)

    def history(self) -> Facts:
        """Return the changes of an entry, latest first."""
        path = self._named(self.said.path)
        past = self.logs.history(path)[: parse_count("limit", self.said.limit) if self.said.limit else None]
        changes = [{**asdict(one), "when": one.when.isoformat()} for one in past]
        return {"path": path, "file": str(self.root / path), "changes": changes}

    def doctor(self) -> Facts:
        """Return the problems of the journals; with mend=true, repair what can be and return what is left."""
        mend = one_of("mend", self.said.mend or "false", ("true", "false")) == "true"
        mended = self.logs.mend() if mend and self.root.is_dir() else []
        problems = [asdict(problem) for problem in self.logs.doctor()] if self.root.is_dir() else []
        notes: list[str] = []
        if os.path.lexists(self.root) and not self.root.is_dir():
            problems.append({"path": "", "what": f"{self.root} is not a folder, so I have no journals: move it away"})
        derived = self.shelf.index.derived
        derived.say = notes.append
        notes += derived.refresh().notes if self.root.is_dir() else ()
        count = self.shelf.overview() if self.root.is_dir() else None
        if count and (trouble := derived.trouble()):
            if mend:
                notes += derived.make_anew(trouble).notes
            else:
                what = f"the index is damaged ({trouble}): rusta devlog doctor mend=true makes it anew"
                problems.append({"path": "", "what": what})
        return {
            **({"mended": mended} if mend else {}),
            "root": str(self.root),
            "index": str(self.memory.home.index),
            "entries": count.entries if count else 0,
            "journals": count.journals if count else {},
            "well": not problems,
            "problems": problems,
            "notes": notes,
        }

    def write(self) -> Facts:
        """Write a new entry."""
        said = self.said
        journal = Journal(one_of("journal", said.journal or "", Journal))
        author = self._author()
        meta = self._meta()
        title, body = said.title or "", self._given()
        if body is None:
            title, body, meta = _edited(journal, title, meta)
        body = filled(body, journal)
        if not body.strip():
            raise Unsaid(
                f"rusta devlog write {journal} {title!r}: there is no text. Say text=..., pipe it in, or set EDITOR."
            )
        tags = meta.pop("tags", ())
        try:
            path = self.logs.write(journal, title, body, tags=tags, author=author, **meta)
        except (RustaError, OSError) as refusal:
            words = str(refusal) if isinstance(refusal, RustaError) else paragraph(refusal)
            raise NotWritten(f"{words} {_keep(body)}") from None
        self._look()
        known = list(self.shelf.overview().tags)
        have = {tag.lower() for tag in tags}
        fits = [tag for tag in suggested(f"{title}\n{body}", known=known) if tag.lower() not in have]
        return {**self._entry(path), "suggested": fits}

    def tag(self) -> Facts:
        """Add tags to an entry."""
        path = self._named(self.said.path)
        self.logs.tag(path, *split_list(self.said.tags), author=self._author())
        return self._changed(path)

    def link(self) -> Facts:
        """Link an entry to another."""
        path, to = self._named(self.said.path), self._named(self.said.to, "to")
        self.logs.link(path, to, author=self._author())
        return self._changed(path)

    def supersede(self) -> Facts:
        """Mark the first entry as superseded by the second."""
        old, new = self._named(self.said.path), self._named(self.said.to, "to")
        self.logs.supersede(old, new, author=self._author())
        return self._changed(new)

    def archive(self) -> Facts:
        """Archive an entry, or take it back."""
        path = self._named(self.said.path)
        self.logs.archive(path, not self._off(), author=self._author())
        return self._changed(path)

    def forget(self) -> Facts:
        """Remove an entry from everything that is kept, after a confirmation."""
        from rusta.memory.forgetting.forget_entry import forget

        path = self._named(self.said.path)
        if one_of("yes", self.said.yes or "false", ("true", "false")) == "false":
            _must_be_meant(path)
        self.shelf.close()
        aside("I look through everything that I keep. Of thousands of entries that takes a minute.")
        return {"path": path, **asdict(forget(self.memory.home, path))}

    def pin(self) -> Facts:
        """Pin an entry, or unpin it."""
        path = self._named(self.said.path)
        self.logs.pin(path, not self._off(), author=self._author())
        return self._changed(path)

    def compress(self) -> Facts:
        """Run one compression cycle; without apply=true only list what it would do."""
        from rusta.memory.storage.compress import compress

        dry = one_of("apply", self.said.apply or "false", ("true", "false")) == "false"
        done = compress(self.logs, datetime.now().astimezone().date(), dry=dry) if self.root.is_dir() else []
        steps = [
            {"kind": step.candidate.kind.value, "key": step.candidate.key, "journal": step.candidate.journal.value,
             "why": step.candidate.why, "entries": list(step.candidate.paths), "path": step.path or None}
            for step in done
        ]  # fmt: skip
        return {"applied": not dry, "root": str(self.root), "steps": steps}

    def _changed(self, path: str) -> Facts:
        self._look()
        return self._entry(path)

    def _off(self) -> bool:
        return one_of("off", self.said.off or "false", ("true", "false")) == "true"

    def _author(self) -> Author:
        """Return the author: a person unless stated otherwise, since the agent writes through other code."""
        return Author(one_of("author", self.said.author or Author.PERSON, Author))

    def _meta(self) -> dict[str, Any]:
        """Return the frontmatter keys that were given, each validated."""
        found: dict[str, Any] = {}
        for key in (*META, "supersedes"):
            value = getattr(self.said, key)
            if value is None:
                continue
            if key == "confidence":
                value = one_of(key, value, Confidence)
            elif key == "importance":
                value = parse_count(key, value)
                if value > 10:
                    raise ConfigError(f"importance={value}: from 1 to 10.")
            elif key == "tags":
                value = split_list(value)
            elif key in LISTS:
                value = list(split_list(value))
                if key != "when":
                    value = [self._named(path, key) for path in value]
            found[key] = value
        return found

    def _given(self) -> str | None:
        """Return the text from text= or a pipe; None where stdin is a terminal. Raises `NotWritten` if not UTF-8."""
        if self.said.text is not None:
            return self.said.text
        if sys.stdin is None or sys.stdin.isatty():
            return None
        raw = sys.stdin.buffer.read()
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NotWritten(f"What was piped in is not UTF-8 (at byte {error.start}). Nothing was written.") from None


def _must_be_meant(path: str) -> None:
    """Ask the user to confirm forgetting an entry. Raises `NotForgotten`, or `Unsaid` where stdin is no terminal."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise Unsaid(
            f"rusta devlog forget asks first, and nobody can be asked here. If it is meant: rusta devlog forget {path} yes=true"
        )
    lost = "It goes from my journals and their history, from conversations, caches and undo, and does not come back."
    if not is_confirmed(f"Forget {path}? {lost}"):
        raise NotForgotten(f"{path} stays as it is: nothing was forgotten.")


def _edited(journal: Journal, title: str, meta: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Return title, text and frontmatter keys as the user left them in an external editor."""
    before = template(journal, title, meta)
    page = _page(before)
    try:
        code = edit(page)
    except NoEditor as none:
        page.unlink()
        raise Unsaid(f"{none} Or say text=..., or pipe the text in.") from None
    raw = page.read_bytes() if page.exists() else before.encode()
    if raw == before.encode():
        page.unlink(missing_ok=True)
        raise NotWritten("Nothing was written: the page was left as it was.")
    if code:
        raise NotWritten(f"Nothing was written: the editor ended with {code}. Your text is kept in {page}")
    entry = parse_leniently(raw)
    if entry.problems and not entry.meta:
        raise NotWritten(f"{entry.problems[0]} Your text is kept in {page}")
    keys: dict[str, Any] = {**meta}
    for key in (*META, "supersedes"):
        if key in entry.meta:
            keys[key] = list(entry.words(key)) if key in (*LISTS, "tags") else entry.text(key)
    if keys.get("importance"):
        try:
            keys["importance"] = parse_count("importance", str(keys["importance"]))
        except ConfigError as refusal:
            raise NotWritten(f"{refusal} Your text is kept in {page}") from None
    page.unlink()
    body = without_question(entry.body, journal)
    heading, _, rest = body.partition("\n")
    if heading.startswith("# "):
        title, body = heading[2:].strip(), rest.strip()
    return title, body, {key: value for key, value in keys.items() if value not in ("", [], None)}


def _page(text: str) -> Path:
    """Write a temporary file, for an editor or to keep what could not be saved; return its path."""
    handle, name = tempfile.mkstemp(prefix="devlog-", suffix=".md")
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as out:
        out.write(text)
    return Path(name)


def _keep(text: str) -> str:
    """Return the sentence that says where a rejected text is kept, or that holds the text where it cannot be kept."""
    try:
        return f"Your text is kept in {_page(text)}"
    except OSError:
        return f"It cannot be kept in {tempfile.gettempdir()} either. It was:\n{text}"
