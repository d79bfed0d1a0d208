"""Facts of changelogs, migration guides and documentation in Markdown: what one state of a file says that the other does not."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from rusta.mirror.fact import LONGEST_NAME, ChangeFact, short
from rusta.mirror.file_kinds import FileKind
from rusta.mirror.markdown_blocks import BlockChange, MarkdownBlock, block_changes, markdown_blocks, without_links
from rusta.mirror.registry_index import version_order
from rusta.mirror.slips import same_code, slips_between

LONGEST_SECTION = 1_500  # characters of one fact of a changelog or a guide; a longer section becomes several
MOST_OF_LOG = 12_000  # characters of one changelog
MOST_OF_GUIDE = 6_000  # of one guide
LONGEST_DOCS = 400  # of one place of the documentation
LONGEST_CODE = 500  # of an example
MOST_PLACES = 10  # of one documentation file
HIDDEN = re.compile(r"\s*#(?: |$)")
FIRST_WORDS = 240  # characters of a new file


def text_facts(
    kind: FileKind, path: str, old: str | None, new: str | None, package: str = "", had: str = ""
) -> list[ChangeFact]:
    """Return the facts of one file of this kind; None is a file that is not there in a state.

    `had` is the version of the package in the old state: what a changelog says of it and of earlier ones is no news.
    """
    if kind in (FileKind.CHANGELOG, FileKind.MIGRATION):
        return [] if new is None else list(_sections(kind, path, old or "", new, package, had))
    if new is None:
        first = _opening(markdown_blocks(old or ""))
        return [ChangeFact("docs", f"this page is gone: {first}", path, 1, gone=True, package=package)]
    if old is None:
        blocks = markdown_blocks(new)
        under = [one.text for one in blocks if one.kind == "heading"][1:]
        sections = f" Its sections: {'; '.join(under)}" if under else ""
        about = _opening(blocks) + sections
        return [ChangeFact("docs", f"a new page: {short(about, LONGEST_DOCS)}", path, 1, package=package)]
    return list(_documentation(path, old, new, package))


def code_fact(path: str, change: BlockChange, package: str, item: str = "", line: int = 0) -> ChangeFact:
    """Return the fact of a fenced block: its new lines, and those that they replaced."""
    was, now = (_seen_code(one) for one in (change.before, change.block))
    before = [one for one in was if one not in now]
    text = [one for one in now if one not in was]
    minor = change.before is not None and same_code(change.before.text, change.block.text)
    return ChangeFact(
        "example", short("\n".join(text), LONGEST_CODE), path, line or change.block.line, package=package,
        heading=_heading(change.block), item=item, before=short("\n".join(before), LONGEST_CODE // 2), minor=minor,
    )  # fmt: skip


def _seen_code(block: MarkdownBlock | None) -> list[str]:
    """The lines of a fenced block that rustdoc shows, empty ones left out."""
    lines = block.text.split("\n") if block else []
    return [one for one in lines if one.strip() and not HIDDEN.match(one)]


def is_slip(change: BlockChange) -> bool:
    """Return whether a block says the same as the one that stood in its place."""
    if change.before is None:
        return False
    if change.block.kind == "code":
        return same_code(change.before.text, change.block.text)
    return slips_between(change.before.text, change.block.text) is not None


def _sections(kind: FileKind, path: str, old: str, new: str, package: str, had: str) -> Iterator[ChangeFact]:
    """The new lines of a changelog or a guide, those of one heading together."""
    changes, _ = block_changes(old, new)
    name = "changelog" if kind is FileKind.CHANGELOG else "migration"
    left = MOST_OF_LOG if kind is FileKind.CHANGELOG else MOST_OF_GUIDE
    told = dict.fromkeys(one.block.headings for one in changes if one.block.kind != "heading")
    below = {of[: n + 1] for of in told for n in range(len(of))}
    for change in changes:
        block = change.block
        news = block.headings not in below and not _names_a_section(block) and not _is_past(block.version, had)
        if block.kind == "heading" and block.version and old and news:
            yield ChangeFact(
                name, "what was unreleased before stands under this version now", path, block.line, package=package,
                heading=_heading(block), version=block.version,
            )  # fmt: skip
    body = [one for one in changes if one.block.kind != "heading"]
    for at, (_, group) in enumerate(groupby(body, key=lambda one: one.block.headings)):
        for part in _parts(list(group)):
            text = short("\n".join(_as_written(one.block) for one in part), min(LONGEST_SECTION, left))
            first = part[0].block
            if left <= 0:
                more = sum(1 for _ in groupby(body, key=lambda one: one.block.headings)) - at
                yield ChangeFact(name, f"and {more} sections more that are new", path, first.line, package=package)
                return
            left -= len(text)
            yield ChangeFact(
                name, text, path, first.line, package=package, heading=_heading(first), version=first.version,
                minor=_is_past(first.version, had) or all(is_slip(one) for one in part),
            )  # fmt: skip


def _is_past(version: str, had: str) -> bool:
    """Whether a section is of the version that a package had, or of one before it."""
    if not had or not version or version == "unreleased":
        return False
    return version_order(version) <= version_order(had)


def _names_a_section(block: MarkdownBlock) -> bool:
    """Whether a heading is of a part of a version: Added, Fixed."""
    return MarkdownBlock("heading", "", 0, block.headings[-1:]).version == ""


def _parts(group: Sequence[BlockChange]) -> Iterator[list[BlockChange]]:
    """The blocks of a section in parts of a bounded length."""
    part, size = list[BlockChange](), 0
    for one in group:
        if part and size + len(one.block.text) > LONGEST_SECTION:
            yield part
            part, size = [], 0
        part.append(one)
        size += len(one.block.text)
    if part:
        yield part


def _documentation(path: str, old: str, new: str, package: str) -> Iterator[ChangeFact]:
    changes, gone = block_changes(old, new)
    body, places = [one for one in changes if one.block.kind != "heading"], 0
    for _, group in groupby(body, key=lambda one: one.block.headings):
        blocks = list(group)
        code = [one for one in blocks if one.block.kind == "code"]
        words = [one for one in blocks if one.block.kind != "code"]
        found = [code_fact(path, one, package) for one in code if one.block.text.strip()]
        if words:
            said = without_links("\n".join(one.block.text.strip() for one in words))
            minor, first = all(is_slip(one) for one in words), words[0].block
            found.insert(0, ChangeFact(
                "docs", short(said, LONGEST_DOCS), path, first.line, package=package, heading=_heading(first), minor=minor,
            ))  # fmt: skip
        for one in found:
            places += 1
            if places > MOST_PLACES:
                yield ChangeFact("docs", "and more places of this page that are new", path, one.line, package=package)
                return
            yield one
    lost = [one for one in gone if one.kind != "heading"]
    if lost:
        text = f"{len(lost)} passages are gone, the first: {_squeezed(without_links(lost[0].text))}"
        yield ChangeFact(
            "docs",
            short(text, LONGEST_DOCS // 2),
            path,
            lost[0].line,
            gone=True,
            package=package,
            heading=_heading(lost[0]),
        )


def _opening(blocks: Sequence[MarkdownBlock]) -> str:
    """The title of a page and its first paragraph."""
    title = next((one.text for one in blocks if one.kind == "heading"), "")
    lead = next(
        (_squeezed(without_links(one.text)) for one in blocks if one.kind == "text" and one.text[:1] not in "<[!"), ""
    )
    return short(". ".join(filter(None, (title, lead))), FIRST_WORDS)


def _as_written(block: MarkdownBlock) -> str:
    if block.kind == "code":
        return f"```{block.language}\n{block.text}\n```"
    return without_links(_squeezed(block.text) if block.kind != "row" else block.text.strip())


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _heading(block: MarkdownBlock) -> str:
    return short(" > ".join(block.headings), LONGEST_NAME)


def package_of(path: str, folders: dict[str, str]) -> str:
    """Return the package whose folder holds a file; `folders` gives the package of each folder. "" for none."""
    at = posixpath.dirname(path)
    while at:
        if at in folders:
            return folders[at]
        at = posixpath.dirname(at)
    return folders.get("", "")
