"""A page of the corpus: Markdown with frontmatter, parsed into turns.

A dialogue is readable Markdown: a line `## person` or `## rusta` opens a turn, and everything up to the next such line
outside a code fence is its text. A journal page (a DevLog) has no such lines: all of it is Rusta's text.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import yaml

from rusta.core.errors import RustaError
from rusta.identity.turns import Role, Turn
from rusta.memory.entries import frontmatter
from rusta.memory.entries.frontmatter import NotFrontmatter

FENCE = re.compile(r"^(`{3,}|~{3,})\s*(.*)$")
SPEAKERS = {"## person": Role.PERSON, "## rusta": Role.RUSTA}


class BrokenPage(RustaError):
    """A corpus page that cannot be parsed, with the line of the error."""

    def __init__(self, path: Path, line: int, what: str) -> None:
        super().__init__(f"{path}:{line}: {what}")


class PageKind(StrEnum):
    """The kind of a page, which is the name of its folder."""

    DIALOGUE = "dialogues"
    DEVLOG = "devlogs"
    BOUNDARY = "boundaries"
    SEALED = "sealed"


@dataclass(frozen=True)
class Page:
    """One parsed page. `turns` alternate between person and Rusta, and end with Rusta."""

    path: Path
    kind: PageKind
    meta: dict[str, object]
    turns: tuple[Turn, ...]

    @property
    def hers(self) -> str:
        """All of Rusta's text on this page."""
        return "\n\n".join(turn.text for turn in self.turns if turn.role is Role.RUSTA)


def read_page(path: Path, kind: PageKind) -> Page:
    """Parse one page. Raises `BrokenPage` with file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BrokenPage(path, line, f"not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    meta, body, first = split_frontmatter(path, text)
    if kind is PageKind.DEVLOG:
        return Page(path, kind, meta, (_journal_prompt(path, meta), Turn(Role.RUSTA, body.strip())))
    return Page(path, kind, meta, tuple(_turns(path, body, first)))


def split_frontmatter(path: Path, text: str) -> tuple[dict[str, object], str, int]:
    """Return the frontmatter, the body, and the line number on which the body starts.

    Raises `BrokenPage` if the frontmatter's delimiters are missing, or if it is not a YAML mapping.
    """
    try:
        where = frontmatter.fences(text)
        if where is None:
            raise BrokenPage(path, 1, "a page starts with frontmatter: a line of three dashes, YAML, three dashes.")
        said = text[where.yaml : where.closing]
        if not frontmatter.compose(said).keys:
            raise BrokenPage(path, 2, "the frontmatter must be `key: value` lines, and is empty.")
    except NotFrontmatter as error:
        raise BrokenPage(path, error.line, f"{error.what}.") from None
    try:
        meta = yaml.safe_load(said)
    except (yaml.YAMLError, ValueError) as error:  # for example a date on the 30th of February
        raise BrokenPage(path, 2, f"the frontmatter is not YAML: {getattr(error, 'problem', error)}.") from None
    return meta, text[where.body :], text.count("\n", 0, where.body) + 1


def _turns(path: Path, body: str, first: int) -> list[Turn]:
    turns: list[Turn] = []
    said: list[str] = []
    role: Role | None = None
    fence: str | None = None
    opened = first
    for number, line in enumerate([*body.split("\n"), None], first):  # None ends the page
        speaker = SPEAKERS.get(line.strip()) if line and fence is None else None
        if fence is None and (speaker or line is None):
            if role and not "".join(said).strip():
                raise BrokenPage(path, number, f"the {role.name.lower()} says nothing before this line.")
            if role:
                turns.append(Turn(role, "\n".join(said).strip()))
            if role and speaker is role:
                raise BrokenPage(path, number, f"two turns of the {role.name.lower()} in a row: join them.")
            role, said = speaker, []
            continue
        if line is None:
            raise BrokenPage(path, opened, "a code fence is opened and never closed.")
        opened = number if fence is None else opened
        fence = _fence_after(fence, line)
        if role is None and line.strip():
            raise BrokenPage(path, number, "text before the first `## person` line belongs to nobody.")
        said.append(line)
    if not turns or turns[0].role is not Role.PERSON or turns[-1].role is not Role.RUSTA:
        raise BrokenPage(path, first, "a dialogue opens with `## person` and ends with `## rusta`.")
    return turns


def _fence_after(fence: str | None, line: str) -> str | None:
    found = FENCE.match(line.strip())
    if fence is None:
        return found.group(1) if found else None
    return None if found and found.group(1).startswith(fence) and not found.group(2) else fence


def _journal_prompt(path: Path, meta: dict[str, object]) -> Turn:
    for key in ("date", "type", "tags", "confidence", "context"):
        if key not in meta:
            raise BrokenPage(path, 2, f"a DevLog needs `{key}:` in its frontmatter.")
    return Turn(Role.PERSON, f"{meta['date']}. Your {meta['type']} journal. Context: {meta['context']}.")
