"""Answers made of quotes: the sentences of a page that say it, with the page, its anchor and the version they were read at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote as escaped

from rusta.library.documentation import Documentation
from rusta.library.passages import Passage, StdItem
from rusta.library.selection import Unit, lead
from rusta.tools.blocks import shown


@dataclass(frozen=True)
class Quote:
    """What a page says: a statement of code about it, sentences word for word, and where they stand."""

    title: str
    said: str  # by code, from the index: "stable since 1.61.0", a signature; "" for nothing
    sentences: tuple[str, ...]
    page: str
    anchor: str
    version: str
    more: str = ""  # all of the passage, for whoever asks
    example: str = ""  # code of the page that shows it

    def link(self, documentation: Documentation) -> str:
        """The page as a URL that opens offline."""
        at = f"#{escaped(self.anchor)}" if self.anchor else ""
        return f"{Path(documentation.root, self.page).as_uri()}{at}"

    def text(self, documentation: Documentation) -> str:
        """As a person reads it: what code says, the quote as a block, and the link."""
        quoted = "\n>\n".join(f"> {line}" for line in self.sentences)
        example = shown(f"```rust\n{self.example}\n```") if self.example else ""
        return self._with("\n\n".join(filter(None, [quoted, example])), documentation)

    def whole(self, documentation: Documentation) -> str:
        """The same with all of the passage."""
        return self._with(shown(self.more), documentation)

    def _with(self, told: str, documentation: Documentation) -> str:
        where = f"({self.page}, Rust {self.version}: {self.link(documentation)})"
        return "\n\n".join(filter(None, [f"**{self.title}**", self.said, told, where]))


def of_passage(passage: Passage, version: str, sentences: Sequence[Unit] = (), example: str = "") -> Quote:
    """These sentences of a passage; its first ones where none are given."""
    said = _said(sentences or lead(passage.text))
    return Quote(passage.title, "", said, passage.page, passage.anchor, version, passage.text, example)


def of_item(item: StdItem, version: str, sentences: Sequence[Unit] = (), stated: str = "", since: str = "") -> Quote:
    """What code knows of an item, and sentences of its documentation; its first ones where none are given.

    `stated` is a statement of code that the question asked for, and `since` the version of what the item is a part of.
    """
    state = [item.kind]
    if item.unstable:
        state.append(f"unstable: it needs nightly and `#![feature({item.unstable})]`")
    elif item.since or since:
        state.append(f"stable since {item.since or since}")
    if item.deprecated:
        state.append(item.deprecated.rstrip("."))
    signature = f"```rust\n{item.signature}\n```" if item.signature else ""
    said = "\n\n".join(filter(None, [stated, f"{'; '.join(state)}.", signature]))
    return Quote(item.path, said, _said(sentences or lead(item.text)), item.page, item.anchor, version, item.text)


def _said(sentences: Sequence[Unit]) -> tuple[str, ...]:
    return tuple(one.text for one in sentences)
