"""Facts of the documentation of public items whose signature stayed: what their doc comments say that they did not before."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from rusta.mirror.fact import LONGEST_NAME, ChangeFact, short, whole_sentences
from rusta.mirror.markdown_blocks import block_changes, without_links
from rusta.mirror.text_facts import code_fact, is_slip

LONGEST_ITEM_DOCS = 300  # characters of what is new in the documentation of one item
MOST_ITEMS = 2_000  # of a package
MOST_ALIKE = 6  # items that say the same, named in one fact


class DocumentedItem(Protocol):
    """What is read of a public item: `CrateItem` of the library has it, and the items of a mirror's API."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def signature(self) -> str: ...  # noqa: D102
    @property
    def docs(self) -> str: ...  # noqa: D102
    @property
    def file(self) -> str: ...  # noqa: D102
    @property
    def line(self) -> int: ...  # noqa: D102


def item_doc_facts(
    old: Sequence[DocumentedItem], new: Sequence[DocumentedItem], package: str, folder: str
) -> Iterator[ChangeFact]:
    """Yield the facts of a package's items. `folder` is the package's, which the items' files are relative to."""
    was = {(one.path, one.kind): one for one in old}
    seen, found, count = set[tuple[str, int, str]](), list[ChangeFact](), 0
    for one in sorted(new, key=lambda one: (one.path.count("::"), one.path)):
        before = was.get((one.path, one.kind))
        if before is None or before.docs == one.docs or before.signature != one.signature:
            continue
        place = one.file, one.line, one.path.rpartition("::")[2]
        if place in seen:  # the same item under another path
            continue
        seen.add(place)
        found += _of_item(before.docs, one, package, folder)
        count += 1
        if count >= MOST_ITEMS:
            break
    yield from _of_many(found)


def _of_many(facts: Sequence[ChangeFact]) -> Iterator[ChangeFact]:
    """The facts, those with the same words on several items as one of the first: `read_u16` says what `read_u8` does."""
    same = dict[tuple[str, str, str, bool], list[ChangeFact]]()
    for one in facts:
        own = re.compile(rf"\b{re.escape(one.item.rpartition('::')[2])}\b")
        text, before = (own.sub("_", said) for said in (one.text, one.before))
        same.setdefault((one.kind, text, before, one.minor), []).append(one)
    for one, *others in same.values():
        names = [f"`{of.item.rpartition('::')[2] if _owner(of) == _owner(one) else of.item}`" for of in others]
        more = f" and {len(names) - MOST_ALIKE} more" if len(names) > MOST_ALIKE else ""
        also = f" (also of {', '.join(names[:MOST_ALIKE])}{more})" if names else ""
        yield replace(one, text=one.text + also)


def _owner(fact: ChangeFact) -> str:
    return fact.item.rpartition("::")[0]


def _of_item(old: str, item: DocumentedItem, package: str, folder: str) -> Iterator[ChangeFact]:
    path = f"{folder}/{item.file}" if folder else item.file
    changes, gone = block_changes(old, item.docs)
    words = [one for one in changes if one.block.kind not in ("code", "heading")]
    name = short(item.path, LONGEST_NAME)
    if words:
        text = without_links("\n".join(" ".join(one.block.text.split()) for one in words))
        minor = all(is_slip(one) for one in words)
        yield ChangeFact(
            "docs", whole_sentences(text, LONGEST_ITEM_DOCS), path, item.line, package=package, item=name, minor=minor
        )
    for one in changes:
        if one.block.kind == "code" and one.block.text.strip():
            yield code_fact(path, one, package, name, item.line)
    lost = [one for one in gone if one.kind != "heading"]
    if lost and not changes:
        text = f"no longer said: {without_links(' '.join(lost[0].text.split()))}"
        yield ChangeFact("docs", short(text, LONGEST_ITEM_DOCS // 2), path, item.line, package=package, item=name)
