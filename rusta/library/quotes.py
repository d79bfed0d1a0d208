"""Answers made of quotes: the sentences of a page that say it, with the page, its anchor and the version they were read at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote as escaped

from rusta.library.crate_index import FoundItem
from rusta.library.documentation import Documentation
from rusta.library.passages import Passage, StdItem
from rusta.library.selection import PageSentence, lead
from rusta.tools.blocks import shown

CUT = "[…]"
"""Before a sentence of a quote where the page says something between it and the one before."""
FOLDED = re.compile(r"Show \d+ \w+ |// Required methods? ")  # what the page says within a declaration
WITH_ERROR = "From the page, with the error:"
WITHOUT_ERROR = "From the page, without the error:"


@dataclass(frozen=True)
class Quote:
    """What a page says: a statement of code about it, its words (`CUT` where some are left out), and where they stand."""

    title: str
    said: str  # by code, from the index: "stable since 1.61.0", a signature; "" for nothing
    sentences: tuple[str, ...]
    page: str  # path below `root`, or the command that prints it
    anchor: str
    version: str  # "Rust 1.95.0 (59807616e 2026-04-14)", "serde_json 1.0.140"
    more: str = ""  # all of the passage, for whoever asks
    example: str = ""  # code of the page that shows it
    broken: str = ""  # code of the page with the error that the sentences speak of
    root: str = ""  # the folder that the page lies in; "" for what a command prints

    @property
    def link(self) -> str:
        """The page as a URL that opens offline; "" for what a command prints."""
        at = f"#{escaped(self.anchor)}" if self.anchor else ""
        return f"{Path(self.root, self.page).as_uri()}{at}" if self.root else ""

    @property
    def text(self) -> str:
        """As a person reads it: what code says, the quote as a block, and the link."""
        quoted = "\n>\n".join("\n".join(f"> {line}" for line in one.splitlines()) for one in self.sentences)
        examples = [(WITH_ERROR, self.broken), (WITHOUT_ERROR, self.example)]
        code = [f"{label}\n\n{_fenced(code)}" for label, code in examples if code]
        return self._with("\n\n".join([*([quoted] if quoted else []), *code]))

    @property
    def whole(self) -> str:
        """The same with all of the passage."""
        return self._with(shown(self.more))

    def _with(self, told: str) -> str:
        page = f"[{self.page}]({self.link})" if self.link else f"`{self.page}`"
        version = self.version.split(" (")[0]  # without the commit, which the facts hold
        return "\n\n".join(filter(None, [f"**{self.title}**", self.said, told, f"({page}, {version})"]))


def _fenced(code: str) -> str:
    return shown(f"```rust\n{code}\n```")


def of_passage(
    passage: Passage,
    documentation: Documentation,
    sentences: Sequence[PageSentence] = (),
    example: str = "",
    broken: str = "",
) -> Quote:
    """These sentences of a passage; its first ones where none are given. `example` and `broken` are code of it."""
    said, version = _said(sentences or lead(passage.text)), f"Rust {documentation.version}"
    root = str(documentation.root)
    return Quote(passage.title, "", said, passage.page, passage.anchor, version, passage.text, example, broken, root)


def of_command(passage: Passage, version: str) -> Quote:
    """The first sentences of what a command printed."""
    return Quote(passage.title, "", _said(lead(passage.text)), passage.page, "", version, passage.text)


def of_item(
    item: StdItem,
    documentation: Documentation,
    sentences: Sequence[PageSentence] = (),
    stated: str = "",
    since: str = "",
) -> Quote:
    """What code knows of an item, and sentences of its documentation; its first ones where none are given.

    `stated` is a statement of code that the question asked for, and `since` the version of what the item is a part of.
    """
    owner = item.path.rpartition("::")[0].rpartition("::")[2]
    state = [f"{item.called} of `{item.target}`, which `{owner}` dereferences to" if item.target else item.called]
    if item.unstable:
        state.append(f"unstable: it needs nightly and `#![feature({item.unstable})]`")
    elif item.since or since:
        state.append(f"stable since {item.since or since}")
    if item.deprecated:
        state.append(item.deprecated.rstrip("."))
    signature = f"```rust\n{_declaration(item)}\n```" if item.signature else ""
    said = "\n\n".join(filter(None, [stated, f"{'; '.join(state)}.", signature]))
    quoted, version, root = (
        _said(sentences or lead(item.text)),
        f"Rust {documentation.version}",
        str(documentation.root),
    )
    return Quote(item.name, said, quoted, item.page, item.anchor, version, item.text, root=root)


def _declaration(item: StdItem) -> str:
    """An item's declaration; of a trait only what has to be written to implement it, since its page lists the rest."""
    if item.kind != "trait":
        return item.signature
    required, provided, _ = FOLDED.sub("", item.signature).partition(" // Provided method")
    return f"{required} /* provided methods */ }}" if provided else required


def of_crate_item(found: FoundItem, sentences: Sequence[PageSentence] = ()) -> Quote:
    """What the source of a crate says of an item of it: its kind, signature and documentation."""
    item, crate = found.item, found.crate
    state = [
        item.kind if item.public else f"private {item.kind}",
        *([item.deprecated.rstrip(".")] if item.deprecated else []),
    ]
    state += [f"with the feature {item.feature}"] if item.feature else []
    said = f"{'; '.join(state)}.\n\n```rust\n{item.signature}\n```" if item.signature else f"{'; '.join(state)}."
    quoted = _said(sentences or lead(item.docs))
    version = "this workspace" if crate.own else f"{crate.name} {crate.version}"
    return Quote(item.path, said, quoted, item.file, f"L{item.line}", version, item.docs, root=str(crate.root or ""))


def _said(sentences: Sequence[PageSentence]) -> tuple[str, ...]:
    """The sentences in the order of the page, those of one paragraph together, with a mark where something is left out.

    That is between two of them, and where a paragraph or a list begins before the first or goes on behind the last.
    """
    found, before = list[str](), None
    for one in sorted(sentences, key=lambda one: one.place):
        text = f"- {one.text}" if one.entry else one.text
        beside = before is not None and before.place + 1 == one.place and not one.gap
        if beside and before is not None and before.block == one.block and "\n" not in before.text:
            found[-1] += f"{chr(10) if one.entry else ' '}{text}"
        elif beside or (before is None and one.opens):
            found.append(text)
        else:
            found.append(f"{CUT}{chr(10) if one.entry else ' '}{text}")
        before = one
    if before is not None and not before.closes and not before.text.endswith("…"):
        found[-1] += f"{chr(10) if before.entry else ' '}{CUT}"
    return tuple(found)
