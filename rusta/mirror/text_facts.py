"""Facts of documentation in Markdown: what one state of a page says that the other does not, and its examples."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from rusta.mirror.fact import LONGEST_NAME, ChangeFact, short, whole_lines, whole_sentences
from rusta.mirror.markdown_blocks import BlockChange, MarkdownBlock, block_changes, markdown_blocks, without_links
from rusta.mirror.slips import same_code, slips_between
from rusta.tools.blocks import Block

LONGEST_DOCS = 400  # of one place of the documentation
LONGEST_CODE = 500  # of an example
MOST_PLACES = 10  # of one documentation file
HIDDEN = re.compile(r"\s*#(?: |$)")
FIRST_WORDS = 240  # characters of a new file
MARKS = frozenset(("", "rust", "no_run", "should_panic", "edition2015", "edition2018", "edition2021", "edition2024"))
"""The words behind a fence of a block that rustdoc compiles, and that has to compile."""


def documentation_facts(path: str, old: str | None, new: str | None, package: str = "") -> list[ChangeFact]:
    """Return the facts of one page; None is a page that is not there in a state."""
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
    minor = change.before is not None and (not (before or text) or same_code(change.before.text, change.block.text))
    return ChangeFact(
        "example", whole_lines("\n".join(text), LONGEST_CODE), path, line or change.block.line, package=package,
        heading=heading_of(change.block), item=item, before=whole_lines("\n".join(before), LONGEST_CODE // 2), minor=minor,
        program=block_program(change.block, bool(item)), program_before=block_program(change.before, bool(item)),
    )  # fmt: skip


def block_program(block: MarkdownBlock | None, documents: bool) -> str:
    """Return a fenced block as rustdoc compiles it; "" for one that is no Rust, or that need not compile.

    A block without a language is Rust only where it `documents` an item.
    """
    marks = set(re.split("[,. ]", block.language)) if block else {"ignore"}
    if block is None or not marks <= MARKS or not ("rust" in marks or documents):
        return ""
    code = block.text
    if code.rstrip().endswith("(())") and "fn main" not in code:  # it ends in a result of which rustdoc takes the error
        code = f"fn inner() -> Result<(), impl core::fmt::Debug> {{\n{code}\n}}\ninner().unwrap();"
    return Block(code, 1, frozenset()).program


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
                "docs", whole_sentences(said, LONGEST_DOCS), path, first.line, package=package, heading=heading_of(first), minor=minor,
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
            heading=heading_of(lost[0]),
        )


def _opening(blocks: Sequence[MarkdownBlock]) -> str:
    """The title of a page and its first paragraph."""
    title = next((one.text for one in blocks if one.kind == "heading"), "")
    lead = next(
        (_squeezed(without_links(one.text)) for one in blocks if one.kind == "text" and one.text[:1] not in "<[!"), ""
    )
    return short(". ".join(filter(None, (title, lead))), FIRST_WORDS)


def as_written(block: MarkdownBlock) -> str:
    """Return a block as Markdown, without the addresses of links."""
    if block.kind == "code":
        return f"```{block.language}\n{block.text}\n```"
    return without_links(_squeezed(block.text) if block.kind != "row" else block.text.strip())


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def heading_of(block: MarkdownBlock) -> str:
    """Return the headings above a block in one line."""
    return short(" > ".join(block.headings), LONGEST_NAME)


def package_around(path: str, folders: dict[str, str]) -> str:
    """Return the package whose folder holds a file; `folders` gives the package of each folder. "" for none."""
    at = posixpath.dirname(path)
    while at:
        if at in folders:
            return folders[at]
        at = posixpath.dirname(at)
    return folders.get("", "")
