"""Rusta's own texts in `rusta/corpus/`: the pages, and the style rules that they have to follow."""

import re
from functools import cache
from pathlib import Path

from rusta.data.pages import Page, PageKind, read_page

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
GENERIC = "generic.md"

# Phrases that Rusta's pages must not contain (design/voice.md). A generic twin may.
NEVER = re.compile(
    r"\b(certainly[,!.]|sure[,!]|of course[,!]|great question|happy to help|i'd be happy|as an ai\b|hope this helps|"
    r"feel free|important to note|delve|robust solution|in conclusion|best practices?|i apologi[sz]e)",
    re.IGNORECASE,
)
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def kind_of(path: Path) -> PageKind | None:
    """Return the kind of a page by its folder in the corpus; None for anything that is not a page."""
    inside = path.resolve().relative_to(CORPUS).parts if path.resolve().is_relative_to(CORPUS) else ()
    return PageKind(inside[0]) if len(inside) > 1 and inside[0] in list(PageKind) else None


@cache
def pages(kind: PageKind) -> tuple[Page, ...]:
    """Return all pages of one kind in the order of their paths. Raises `BrokenPage`."""
    return tuple(read_page(path, kind) for path in sorted((CORPUS / kind.value).rglob("*.md")))


def without_code(text: str) -> str:
    """Return a text without its code fences."""
    return FENCED.sub("", text)


def complaints(page: Page) -> list[str]:
    """Return every style rule that a page breaks, one sentence each."""
    from rusta.tools.blocks import compile_block, rust_blocks

    found = []
    if page.path.name != GENERIC:
        spoken = without_code(page.hers)
        found += [f"she never says {match.group(0)!r}" for match in NEVER.finditer(spoken)]
        if EMOJI.search(spoken):
            found.append("there is an emoji in it")
        if (loud := spoken.count("!") - spoken.count("!`") - len(re.findall(r"\w!\(|`[^`\n]*!", spoken))) > 1:
            found.append(f"{loud} exclamation marks")
    for block in (b for turn in page.turns for b in rust_blocks(turn.text)):
        verdict = compile_block(block)
        if not verdict.kept:
            promise = ", ".join(sorted(block.promises)) or "to compile"
            got = ", ".join(sorted(verdict.codes)) or ("an error without a code" if verdict.failed else "it compiles")
            found.append(f"a block promises {promise}; rustc says: {got}\n{block.source}\n{verdict.words}".rstrip())
    return found
