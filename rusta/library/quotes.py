"""Answers made of quotes: the sentences of a page that say it, with the page, its anchor and the version they were read at."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote as escaped

from rusta.core.markdown_fences import FENCED
from rusta.library.documentation import Documentation
from rusta.library.index import Library
from rusta.library.passages import Passage, StdItem
from rusta.library.routing import Route, RouteKind

MOST_WORDS = 80  # of an answer's quotes together
MOST_SENTENCES = 3
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`“\"(])")
FILLER = re.compile(
    r"^(?:Erroneous code examples?:|Examples?:?|Example of erroneous code:?|Basic usage:|#+ .*)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Quote:
    """What a page says: a statement of code about it, sentences word for word, and where they stand."""

    title: str
    said: str  # by code, from the index: "stable since 1.61.0", a signature; "" for nothing
    sentences: tuple[str, ...]
    page: str
    anchor: str
    version: str
    more: str = ""  # the rest of the passage, for whoever asks

    def link(self, documentation: Documentation) -> str:
        """The page as a URL that opens offline."""
        at = f"#{escaped(self.anchor)}" if self.anchor else ""
        return f"{Path(documentation.root, self.page).as_uri()}{at}"

    def text(self, documentation: Documentation) -> str:
        """As a person reads it: what code says, the quote as a block, and the link."""
        return self._with("\n".join(f"> {line}" for line in self.sentences), documentation)

    def whole(self, documentation: Documentation) -> str:
        """The same with all of the passage."""
        return self._with(self.more, documentation)

    def _with(self, told: str, documentation: Documentation) -> str:
        where = f"({self.page}, Rust {self.version}: {self.link(documentation)})"
        return "\n\n".join(filter(None, [f"**{self.title}**", self.said, told, where]))


def answer(library: Library, found: list[Route]) -> tuple[list[Quote], list[str]]:
    """Quotes for the keys that the library knows, and sentences about those that it does not."""
    quotes, unknown = list[Quote](), list[str]()
    for route in found[:2]:
        match route.kind:
            case RouteKind.CODE | RouteKind.LINT:
                passage = library.keyed(route.key)
                if passage:
                    quotes.append(of_passage(passage, library.documentation.version))
                else:
                    unknown.append(
                        f"There is no {route.kind} {route.key} in the documentation of {library.documentation.version}."
                    )
            case RouteKind.KEYWORD:
                if passage := library.keyed(f"keyword {route.key}"):
                    quotes.append(of_passage(passage, library.documentation.version))
            case RouteKind.ITEM:
                if items := library.items(route.key):
                    quotes.append(of_item(items[0], library.documentation.version))
                elif near := near_names(library, route.key):
                    unknown.append(
                        f"std of {library.documentation.version} has no `{route.key}`. Near it: {', '.join(near)}."
                    )
    return quotes, unknown


def near_names(library: Library, name: str) -> list[str]:
    """Items of the same type whose names are close; none where the type itself is unknown to std."""
    from difflib import get_close_matches

    owner, _, last = name.removesuffix("!").rpartition("::")
    known = library.items(owner) if owner else []
    if not known:
        return []
    names = library.members(known[0].path)
    return [f"`{owner}::{one}`" for one in get_close_matches(last, names, 3, 0.5)] or [
        f"`{known[0].path}` ({known[0].kind})"
    ]


def of_passage(passage: Passage, version: str) -> Quote:
    """The first sentences of a passage."""
    return Quote(passage.title, "", first_sentences(passage.text), passage.page, passage.anchor, version, passage.text)


def of_item(item: StdItem, version: str) -> Quote:
    """What code knows of an item, and the first sentences of its documentation."""
    state = [item.kind]
    if item.unstable:
        state.append(f"unstable: it needs nightly and `#![feature({item.unstable})]`")
    elif item.since:
        state.append(f"stable since {item.since}")
    if item.deprecated:
        state.append(item.deprecated.rstrip("."))
    said = f"{'; '.join(state)}.\n\n```rust\n{item.signature}\n```" if item.signature else f"{'; '.join(state)}."
    return Quote(item.path, said, first_sentences(item.text), item.page, item.anchor, version, item.text)


def first_sentences(text: str) -> tuple[str, ...]:
    """At most three sentences and eighty words from the beginning of a text, without headings, code and what announces code."""
    found, words = list[str](), 0
    for part in FENCED.sub("", text).split("\n\n"):
        part = " ".join(part.split())
        if not part or FILLER.match(part) or part.startswith("- "):
            continue
        for sentence in SENTENCE.split(part):
            count = len(sentence.split())
            if found and (len(found) == MOST_SENTENCES or words + count > MOST_WORDS):
                return tuple(found)
            if sentence.endswith(":"):  # it announces what is left out
                continue
            found.append(sentence)
            words += count
    return tuple(found)
