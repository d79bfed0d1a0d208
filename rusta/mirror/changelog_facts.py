"""Facts of changelogs and migration guides: the new lines of each section, with the version that it is of.

What a changelog says anew of a version that the package had already is an edit of history and no news; all such edits of a
file are one minor fact. A line that a release further down says again, to which a fix was carried back, is told once.
Keep-a-changelog, setext headings and plain version lines are recognised (`markdown_blocks`).
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rusta.mirror.fact import ChangeFact, short
from rusta.mirror.file_kinds import FileKind
from rusta.mirror.markdown_blocks import UNRELEASED, BlockChange, MarkdownBlock, block_changes, markdown_blocks
from rusta.mirror.registry_index import version_order
from rusta.mirror.text_facts import as_written, heading_of, is_slip

LONGEST_SECTION = 1_500  # characters of one fact; a longer section becomes several
MOST_OF_LOG = 12_000  # characters of one changelog
MOST_OF_GUIDE = 6_000  # of one guide


def changelog_facts(
    kind: FileKind, path: str, old: str, new: str, package: str = "", had: str = ""
) -> Iterator[ChangeFact]:
    """Yield the facts of one changelog or guide. `had` is the version of the package in the old state, "" where it has none."""
    name, left = ("changelog", MOST_OF_LOG) if kind is FileKind.CHANGELOG else ("migration", MOST_OF_GUIDE)
    blocks = markdown_blocks(old)
    known = {one.version for one in blocks if one.kind == "heading"}
    changes, _ = block_changes(old, new)
    body = [one for one in changes if one.block.kind != "heading"]
    old_news = {one for one in known if _is_past(one, had)}
    past = [one for one in body if one.block.version in old_news]
    body = list({one.block.key: one for one in reversed(body) if one.block.version not in old_news}.values())[::-1]
    if any(UNRELEASED.search(one.text) for one in blocks if one.kind == "heading"):
        yield from _released(changes, body, known, name, path, package)
    groups = [list(group) for _, group in groupby(body, key=lambda one: one.block.headings)]
    for n, group in enumerate(groups):
        for part in _parts(group):
            first = part[0].block
            if left <= 0:
                text = f"and {len(groups) - n} more sections that are new"
                yield ChangeFact(name, text, path, first.line, package=package)
                return
            text = short("\n".join(as_written(one.block) for one in part), min(LONGEST_SECTION, left))
            left -= len(text)
            yield ChangeFact(
                name, text, path, first.line, package=package, heading=heading_of(first), version=first.version,
                minor=all(is_slip(one) for one in part),
            )  # fmt: skip
    if past:
        text = f"{len(past)} lines about version {had} and earlier ones were edited"
        yield ChangeFact(name, text, path, past[0].block.line, package=package, minor=True)


def _released(
    changes: Sequence[BlockChange], body: Sequence[BlockChange], known: set[str], name: str, path: str, package: str
) -> Iterator[ChangeFact]:
    """The headings of versions that are new over lines that stood there before, as unreleased."""
    told = {one.block.headings[: n + 1] for one in body for n in range(len(one.block.headings))}
    for block in (one.block for one in changes):
        of_version = block.kind == "heading" and _own_version(block) and block.version not in known
        if of_version and block.version != "unreleased" and block.headings not in told:
            yield ChangeFact(
                name, "what was unreleased before stands under this version now", path, block.line, package=package,
                heading=heading_of(block), version=block.version,
            )  # fmt: skip


def _own_version(block: MarkdownBlock) -> bool:
    """Whether a heading names a version itself, and not one above it."""
    return bool(MarkdownBlock("heading", "", 0, block.headings[-1:]).version)


def _is_past(version: str, had: str) -> bool:
    """Whether a section is of the version that a package had, or of one before it."""
    if not had or not version or version == "unreleased":
        return False
    return version_order(version) <= version_order(had)


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
