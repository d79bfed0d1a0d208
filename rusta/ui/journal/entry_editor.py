"""The editor screen of an entry: title, tags, metadata, and the text, each checked while it is typed."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.suggester import Suggester
from textual.widgets import Input, Markdown, Static, TextArea

from rusta.core.errors import RustaError
from rusta.memory.entries.entry import Confidence, Journal
from rusta.memory.index.tags import suggested
from rusta.memory.storage.history import Author
from rusta.ui.journal import formats, themes
from rusta.ui.journal.drafts import Draft, Drafts, tags
from rusta.ui.journal.redraw import uncancelled
from rusta.ui.journal.templates import ASKS, KEYS, SHAPES, filled
from rusta.ui.journal.worker import Librarian, WorkerRoom

FIELDS = {
    "title": "Title",
    "tags": "Tags",
    "when": "Fires on",
    "repo": "Repo",
    "version": "Version",
    "context": "About",
}
HINTS = {
    "title": "in a few words; it names the file",
    "tags": "borrow-checker tokio E0502",
    "when": "E0502, clippy::redundant_clone, crate:burn, src/**/*.rs",
    "repo": "where it holds: burn",
    "version": "burn@0.19",
    "context": "the task it belongs to",
}


KEYS_SAID = (
    ("ctrl+s", "save"), ("Esc", "later"), ("ctrl+t", "take tag"), ("ctrl+o", "confidence"), ("ctrl+x", "discard"),
    ("Tab", "next field"),
)  # fmt: skip
LONGEST = 20_000
"""Characters of a text that are shown in the preview and searched for tags."""


KNOWN = 400
"""Number of tags in use, the most used first, that are searched for in a text while it is typed."""


class Desk(Screen[str | None]):
    """The editor. Dismissed with the path of the new entry, or None; then the draft is kept, unless it is blank."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", priority=True),
        Binding("ctrl+t", "tag", "take the tag", priority=True),
        Binding("ctrl+o", "confidence", "confidence", priority=True),
        Binding("ctrl+x", "discard", "throw the draft away", priority=True),
        Binding("escape", "leave", "leave; the draft stays", priority=True),
    ]
    DEFAULT_CSS = """
    Desk { background: $background; }
    Desk #what { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Desk .field { height: 1; }
    Desk .field Static { width: 11; padding: 0 1; color: $text-muted; }
    Desk .field Input { background: $surface; border: none; height: 1; padding: 0 1; width: 1fr; }
    Desk .field Input:focus { background: $panel; }
    Desk #offered { height: 1; padding: 0 1 0 11; text-wrap: nowrap; text-overflow: ellipsis; }
    Desk #asks { height: auto; padding: 1 1 0 1; color: $text-muted; text-style: italic; }
    Desk #both { height: 1fr; margin: 1 0 0 0; }
    Desk TextArea, Desk TextArea:focus {
        border: none; height: 1fr; width: 1fr; padding: 0 1; background: $surface; scrollbar-size-vertical: 1;
    }
    Desk VerticalScroll { height: 1fr; width: 1fr; padding: 0 1; display: none; scrollbar-size-vertical: 1; }
    Desk.wide VerticalScroll { display: block; }
    Desk Markdown { padding: 0 1; }
    Desk #state { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Desk #keys { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, draft: Draft, drafts: Drafts, librarian: Librarian, known: Mapping[str, int]) -> None:
        super().__init__()
        self.draft, self.drafts, self.librarian, self.known = draft, drafts, librarian, known
        self.shape = SHAPES[draft.journal]
        self.fresh = draft.blank
        self.refused = ""
        self.saving = False

    def compose(self) -> ComposeResult:
        """Lay out the fields, the text, and the status line."""
        yield Static(id="what")
        for key in self._fields():
            with Horizontal(classes="field"):
                yield Static(FIELDS[key])
                yield Input(
                    getattr(self.draft, key), placeholder=HINTS[key], id=key, select_on_focus=False, compact=True,
                    suggester=KnownTags(self.known) if key == "tags" else None,
                )  # fmt: skip
            if key == "tags":
                yield Static(id="offered")
        yield Static(ASKS[self.draft.journal], id="asks", markup=False)
        with Horizontal(id="both"):
            yield TextArea(
                self.shape if self.fresh else self.draft.body, id="text", tab_behavior="focus",
                highlight_cursor_line=False,
            )  # fmt: skip
            with VerticalScroll(can_focus=False):
                yield Markdown(self.draft.body, open_links=False)
        yield Static(id="state")
        yield Static(id="keys")

    def _fields(self) -> tuple[str, ...]:
        own = tuple(key for key in KEYS.get(self.draft.journal, ()) if key in FIELDS)
        return ("title", "tags", *own, "context")

    def on_mount(self) -> None:
        """Focus the title, or the text where there is a title."""
        self.query_one("#text" if self.draft.title else "#title").focus()
        quiet = themes.quiet(self.app.current_theme.dark)
        keys = (Text.assemble((key, "bold"), (f" {what}", quiet)) for key, what in KEYS_SAID)
        self.query_one("#keys", Static).update(Text("  ").join(keys))
        self._told()

    def on_resize(self) -> None:
        """Show a preview beside the text where there is room."""
        self.set_class(self.size.width >= 120, "wide")

    @work(exclusive=True, group="preview")
    async def _preview(self) -> None:
        if self.has_class("wide"):
            await asyncio.sleep(0.25)
            await uncancelled(self.query_one(Markdown).update(self.draft.body[:LONGEST]))

    @property
    def written(self) -> str:
        """The text; empty while it is only the unchanged template."""
        text = self.query_one("#text", TextArea).text
        return "" if text.strip() == self.shape.strip() else text

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self) -> None:
        draft = self._read()
        if draft != self.draft:
            self.refused = ""
            self.keep(draft)
            self._preview()
        self._told()

    def _read(self) -> Draft:
        """Return the draft with the values of the fields."""
        said = {key: self.query_one(f"#{key}", Input).value for key in self._fields()}
        return replace(
            self.draft, title=said["title"], tags=said["tags"], context=said["context"], body=self.written,
            when=said.get("when", self.draft.when), repo=said.get("repo", self.draft.repo),
            version=said.get("version", self.draft.version),
        )  # fmt: skip

    def keep(self, draft: Draft) -> None:
        """Save the draft to disk. A disk error is shown, and typing goes on."""
        self.draft = draft
        if self.saving or (draft.blank and draft.file is None):
            return
        try:
            self.draft = self.drafts.keep(draft)
        except OSError as error:
            self.refused = f"The draft cannot be kept in {self.drafts.folder}: {error.strerror}."

    def wrong(self) -> str:
        """Return what keeps the draft from becoming an entry; empty where nothing does."""
        if self.refused:
            return self.refused
        if not self.draft.body.strip():
            return "An entry says something: the text is empty."
        if not self.draft.title.strip():
            return "It needs a title."
        odd = [tag for tag in tags(self.draft.tags) if re.search(r"[\[\]{}\"'#:]", tag.replace("::", ""))]
        if odd:
            return f"{odd[0]!r} cannot be a tag: letters, digits, and - _ . / between them."
        return ""

    def offered(self) -> list[str]:
        """Return up to eight tags that fit what is typed and are not set yet."""
        have = {tag.lower() for tag in tags(self.draft.tags)}
        text = f"{self.draft.title}\n{self.draft.context}\n{self.draft.when}\n{self.draft.body}"
        found = suggested(text[:LONGEST], known=list(self.known)[:KNOWN], most=KNOWN)
        return [tag for tag in found if tag.lower() not in have][:8]

    def _told(self) -> None:
        dark = self.app.current_theme.dark
        quiet, colour = themes.quiet(dark), themes.journal(self.draft.journal, dark)
        instead = f", in place of {', '.join(self.draft.supersedes)}" if self.draft.supersedes else ""
        what = Text.assemble(("● ", colour), (self.draft.journal.value, f"bold {colour}"))
        self.query_one("#what", Static).update(what.append(f"  {formats.MEANS[self.draft.journal]}{instead}", quiet))
        said = Text()
        for n, tag in enumerate(self.offered()):
            said.append(f"#{tag}  " if n else f"+ #{tag}  ", quiet if n else themes.ink(dark))
        self.query_one("#offered", Static).update(said)
        words = len(self.draft.body.split())
        state = Text.assemble((f"{self.draft.confidence} confidence", "bold"), (f" · {words} words", quiet))
        state.append(f" · draft kept in {formats.homely(self.drafts.folder)}" if self.draft.file else "", quiet)
        wrong = self.wrong()
        if wrong and (not self.draft.blank or self.refused):
            state = Text(wrong, (themes.DARK if dark else themes.LIGHT).warning or "")
        self.query_one("#state", Static).update(state)

    # Actions.

    def action_tag(self) -> None:
        """Add the first suggested tag."""
        offered = self.offered()
        if offered:
            field = self.query_one("#tags", Input)
            field.value = " ".join([*tags(field.value), offered[0]])
            field.cursor_position = len(field.value)

    def action_confidence(self) -> None:
        """Change the confidence to the next: high, medium, low, and high again."""
        known = [*Confidence]
        at = known.index(Confidence(self.draft.confidence)) if self.draft.confidence in known else 1
        self.keep(replace(self.draft, confidence=known[(at + 1) % len(known)].value))
        self._told()

    def action_leave(self) -> None:
        """Close, and keep the draft unless nothing was typed."""
        if self.draft.blank:
            self.drafts.drop(self.draft)
        self.dismiss(None)

    def action_discard(self) -> None:
        """Discard the draft. Its file is kept aside until the next discard, in case it was a mistake."""
        self.drafts.discard(self.draft)
        self.dismiss(None)

    def action_save(self) -> None:
        """Save the draft as an entry, if nothing is wrong."""
        self._typed()
        if self.wrong():
            self._told()
            self.app.bell()
        elif not self.saving:
            self.saving = True
            self._save()

    @work
    async def _save(self) -> None:
        draft = self.draft
        self.query_one("#state", Static).update("Saving …")
        try:
            path = await self.librarian.ask(lambda room: write_draft(room, draft))
        except RustaError as refusal:
            self.saving, self.refused = False, str(refusal)
            self._told()
            return
        self.drafts.drop(draft)
        self.dismiss(path)


def write_draft(room: WorkerRoom, draft: Draft) -> str:
    """Write a draft as an entry and return its path."""
    meta: dict[str, Any] = {key: getattr(draft, key).strip() for key in ("repo", "version")}
    meta["when"] = [part.strip() for part in draft.when.split(",") if part.strip()]
    meta["importance"] = int(draft.importance) if draft.importance.isdecimal() else ""
    meta["pinned"] = draft.pinned == "true"
    meta["supersedes"] = list(draft.supersedes)
    journal = Journal(draft.journal)
    return room.logs.write(
        journal, draft.title, filled(draft.body, journal), tags=tags(draft.tags), author=Author.PERSON,
        confidence=draft.confidence, context=draft.context, **{key: said for key, said in meta.items() if said},
    )  # fmt: skip


class KnownTags(Suggester):
    """Completes the last word to a tag that is in use, the most used first."""

    def __init__(self, known: Mapping[str, int]) -> None:
        super().__init__(use_cache=False)
        self.known = known

    async def get_suggestion(self, value: str) -> str | None:
        """Return the whole line with its last word completed, or None."""
        begun = re.split(r"[\s,]+", value)[-1].removeprefix("#")
        if len(begun) < 2:
            return None
        full = next((tag for tag in self.known if tag.startswith(begun) and tag != begun), None)
        return value + full[len(begun) :] if full else None
