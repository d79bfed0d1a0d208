"""The widget that shows one entry: its head, its body, and its links."""

import asyncio
import re
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import Click
from textual.message import Message
from textual.widgets import Markdown, Static

from rusta.core.output import visible
from rusta.memory.entries.entry import Entry
from rusta.ui.journal import formats, themes
from rusta.ui.journal.entry_rows import WIKI, Around
from rusta.ui.journal.redraw import uncancelled

LONGEST = 60_000
"""Characters of a body that are shown: beyond that, drawing takes longer than reading is worth."""


@dataclass(frozen=True)
class EntryPage:
    """An entry with all that is shown of it. `titles` maps the paths of linked entries to their titles."""

    entry: Entry
    around: Around
    titles: dict[str, str]


class EntryLink(Static, can_focus=True):
    """A focusable line that links to another entry."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,right", "follow", "follow", show=False)]
    DEFAULT_CSS = """
    EntryLink { height: 1; padding: 0 2; text-wrap: nowrap; text-overflow: ellipsis; }
    EntryLink:focus { background: $primary 22%; }
    EntryLink:hover { background: $foreground 8%; }
    """

    def __init__(self, kind: str, path: str, title: str, dark: bool) -> None:
        colour = themes.journal(path.partition("/")[0], dark)
        super().__init__(
            Text.assemble((f"{kind:<22}", themes.quiet(dark)), visible(title), "  ", (visible(path), colour)),
            classes="link",
        )
        self.path = path

    def action_follow(self) -> None:
        """Open the linked entry."""
        self.post_message(Reader.Follow(self.path))

    def on_click(self, event: Click) -> None:
        """Open the linked entry."""
        event.stop()
        self.action_follow()


class Reader(VerticalScroll, can_focus=True):
    """Shows an entry. Tab moves through its links, Enter follows one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
        Binding("space,ctrl+f", "page_down", show=False),
        Binding("ctrl+b", "page_up", show=False),
        Binding("g", "scroll_home", show=False),
        Binding("G", "scroll_end", show=False),
    ]
    DEFAULT_CSS = """
    Reader { background: $surface; scrollbar-size-vertical: 1; }
    Reader #head { padding: 1 2 0 2; height: auto; }
    Reader #links { height: auto; padding: 0 0 1 0; }
    Reader Markdown { background: $surface; padding: 1 2 0 2; }
    Reader MarkdownH1, Reader MarkdownH2, Reader MarkdownH3 {
        background: transparent; color: $primary; text-style: bold; content-align: left middle; margin: 1 0 1 0;
    }
    Reader MarkdownFence { margin: 0 0 1 0; max-height: 100%; }
    """

    class Follow(Message):
        """Posted when a link is to be followed. `said` may be a path, or a part of one."""

        def __init__(self, said: str) -> None:
            super().__init__()
            self.said = said

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.page: EntryPage | None = None
        self._drawn: EntryPage | None = None
        self._one_at_a_time = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """Lay out head, body and links."""
        yield Static(id="head")
        yield Markdown(id="body", open_links=False)
        yield Vertical(id="links")

    async def show(self, page: EntryPage | None, keep_place: bool = False) -> None:
        """Show a page, or nothing for None. `keep_place` keeps the scroll position if it is the same entry."""
        self.page = page
        await uncancelled(self._draw(page, keep_place))

    async def _draw(self, page: EntryPage | None, keep_place: bool) -> None:
        async with self._one_at_a_time:
            if self.page is not page or not self.app.is_running:  # another page is to be shown by now
                return
            before, self._drawn = self._drawn, page
            dark = self.app.current_theme.dark
            self.query_one("#head", Static).update(_head(page, dark) if page else "")
            await self.query_one("#body", Markdown).update(_body(page.entry) if page else "")
            if not self.app.is_running:
                return
            links = self.query_one("#links", Vertical)
            await links.remove_children()
            if page:
                await links.mount_all(
                    EntryLink(kind, path, page.titles.get(path, ""), dark) for kind, path in led(page.around)
                )
            if not (keep_place and before and page and before.entry.path == page.entry.path):
                self.scroll_home(animate=False)

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        """Follow a link in the text to another entry. URLs are not opened."""
        event.stop()
        if re.match(r"[a-z]+:", event.href):
            self.notify(f"I open no addresses: {event.href}", timeout=6, markup=False)
        else:
            self.post_message(self.Follow(event.href))


def led(around: Around) -> list[tuple[str, str]]:
    """Return the linked entries as (kind of link, path)."""
    kinds = (
        ("↓ superseded by", around.superseded_by),
        ("↑ in place of", around.supersedes),
        ("→ links to", around.links),
        ("← linked from", around.linked_from),
    )
    return [(kind, path) for kind, paths in kinds for path in paths]


def _head(page: EntryPage, dark: bool) -> Text:
    entry, quiet = page.entry, themes.quiet(dark)
    colour = themes.journal(entry.journal.value if entry.journal else None, dark)
    date = entry.date
    status = page.around.status
    said = Text()
    said.append(f"{'★ ' if entry.pinned else ''}{entry.title}\n", "bold" if status == "active" else "bold strike")
    said.append(entry.journal or "elsewhere", colour)
    said.append(f" · {formats.day(date)} · {formats.time_ago(date)}" if date else " · undated", quiet)
    said.append(f" · {entry.confidence} confidence", quiet)
    if status != "active":
        said.append(f" · {status}", themes.ink(dark))
    if entry.tags:
        said.append("\n" + " ".join(f"#{tag}" for tag in entry.tags), quiet)
    about = [f"{key} {entry.text(key)}" for key in ("repo", "commit", "version", "source") if entry.text(key)]
    about += [f"fires on {', '.join(entry.when)}"] if entry.when else []
    about += [f"importance {entry.importance}"] if entry.importance else []
    if about:
        said.append(f"\n{' · '.join(about)}", quiet)
    said.append(f"\n{entry.path}", colour)
    for problem in entry.problems[:3]:
        said.append(f"\nodd: {problem}", "italic")
    said.plain = visible(said.plain)
    return said


def _body(entry: Entry) -> str:
    """Return the Markdown to show: without a heading that repeats the title, and with [[links]] as Markdown links."""
    body = entry.body.lstrip("\ufeff\r\n").replace("\r\n", "\n")
    heading, _, rest = body.partition("\n")
    if heading.startswith("# ") and heading[2:].strip().rstrip("#").strip() == entry.title:
        body = rest
    body, cut = visible(body), len(body) > LONGEST
    body = WIKI.sub(lambda found: f"[{found[1]}](<{found[1].strip()}>", body[:LONGEST]).replace(">]]", ">)")
    return f"{body}\n\n*{len(entry.body) - LONGEST:,} characters more are in the file.*" if cut else body
