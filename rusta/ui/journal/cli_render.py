"""Print the results of commands for a person: colours by journal, ages, and paths that a terminal can open."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from rusta.core.output import console, visible
from rusta.ui.journal import formats
from rusta.ui.journal.arguments import Facts
from rusta.ui.journal.excerpt import pattern

if TYPE_CHECKING:
    from rich.console import Console

QUIET = "dim"
MARGIN = 12
"""Columns of the journal's name, left blank on an entry's further lines."""
NEXT = 5
"""Entries of a trace that are listed although they are not recalled."""
EMPTY = 'Nothing there. To write something: rusta devlog write episodic "What happened today"'


def tell(do: str, facts: Facts) -> None:
    """Print what a command found or did."""
    screen = console()
    TELLERS.get(do, _state)(screen, {key: _seen(key, said) for key, said in facts.items()})


def _seen(key: str, said: Any) -> Any:
    """Make control characters visible, since file contents and names may hold terminal escapes.

    Only `body` keeps its line breaks. `file` is left as it is, for URIs.
    """
    if isinstance(said, str) and key != "file":
        return visible(said.replace("\r\n", "\n")) if key == "body" else visible(said).replace("\n", "␊")
    if isinstance(said, dict):
        return {name: _seen(name, one) for name, one in said.items()}
    return [_seen(key, one) for one in said] if isinstance(said, list) else said


def _search(screen: "Console", facts: Facts) -> None:
    from rich.padding import Padding

    marks = pattern(facts["query"])
    for row in facts["entries"]:
        _line(screen, Text.assemble(_badge(row), _title(row), (f"  {_age(row)}", QUIET), _sure(row)))
        piece = Text(row["excerpt"])
        if marks:
            piece.highlight_regex(marks, "bold")
        if piece.plain and screen.is_terminal:
            screen.print(Padding(piece, (0, 1, 0, MARGIN)))
        elif piece.plain:
            screen.print(_under(piece), soft_wrap=True)
        _line(screen, _under(_path(row), _tags(row)))
        screen.print()
    _none(screen, facts["entries"], _nothing(facts, f"Nothing about {facts['query']!r}"))


def _list(screen: "Console", facts: Facts) -> None:
    for row in facts["entries"]:
        _line(screen, Text.assemble((f"{formats.brief(_date(row)):>6}  ", QUIET), *_named(screen, row, 8)))
    _none(screen, facts["entries"], _nothing(facts, "Nothing") if "filters" in facts else EMPTY)


def _timeline(screen: "Console", facts: Facts) -> None:
    for n, day in enumerate(facts["days"]):
        at = datetime.fromisoformat(f"{day['day']}T00:00:00+00:00")
        _line(screen, Text(f"{chr(10) if n else ''}{formats.day(at)}", "bold"))
        for row in day["entries"]:
            _line(screen, Text.assemble((f"  {_date(row):%H:%M}  ", QUIET), *_named(screen, row, 9)))
    _none(screen, facts["days"], _nothing(facts, "Nothing") if "filters" in facts else EMPTY)


def _show(screen: "Console", facts: Facts) -> None:
    from rich.markdown import Markdown
    from rich.padding import Padding

    _head(screen, facts)
    body = facts["body"].strip()
    if body.startswith("# "):
        body = body.partition("\n")[2].strip()
    screen.print()
    if screen.is_terminal:
        screen.print(Padding(Markdown(body, code_theme="ansi_dark"), (0, 2)), width=min(screen.width, 100))
    else:
        screen.print(body, soft_wrap=True, markup=False)
    said = [(name, facts[key]) for key, name in LINKS.items() if facts[key]]
    if said:
        screen.print()
    for name, paths in said:
        for path in paths:
            _line(screen, Text.assemble((f"{name} ", QUIET), _linked(path, _root(facts))))
    for problem in facts["problems"]:
        _line(screen, Text(f"odd: {problem}", "missing"))


def _state(screen: "Console", facts: Facts) -> None:
    """Print an entry after a change: its head, and what it links to now."""
    _head(screen, facts)
    for key, name in LINKS.items():
        for path in facts[key]:
            _line(screen, Text.assemble((f"{name} ", QUIET), _linked(path, _root(facts))))
    if facts.get("suggested"):
        tags = " ".join(facts["suggested"])
        _line(screen, Text(f"Tags that would fit: rusta devlog tag {facts['path']} {tags}", QUIET))


def _history(screen: "Console", facts: Facts) -> None:
    _line(screen, _linked(facts["path"], _root(facts)))
    for one in facts["changes"]:
        at = datetime.fromisoformat(one["when"])
        said = Text.assemble((f"  {one['commit'][:9]}  ", QUIET), one["summary"])
        _line(screen, said.append(f"  {one['author']}, {formats.time_ago(at)}", QUIET))
    _none(screen, facts["changes"], "No history: it was never recorded.")


def _doctor(screen: "Console", facts: Facts) -> None:
    counts = ", ".join(f"{count} {name or 'elsewhere'}" for name, count in facts["journals"].items()) or "nothing yet"
    count = len(facts["problems"])
    _line(screen, Text.assemble(("DevLogs ", "voice"), f"{formats.homely(Path(facts['root']))}: {counts}"))
    left = " left" if "mended" in facts else "; nothing was changed"
    for done in facts.get("mended", ()):
        _line(screen, Text.assemble(("done ", "good"), done))
    for note in facts["notes"]:
        if not any(problem["path"] and note.startswith(problem["path"]) for problem in facts["problems"]):  # see below
            _line(screen, Text(f"note {note}", QUIET))
    for problem in facts["problems"]:
        _line(screen, Text.assemble(("odd  ", "missing"), _linked(problem["path"], Path(facts["root"])),
                                    ": " if problem["path"] else "", problem["what"].removeprefix(f"{problem['path']}, ")))  # fmt: skip
    _line(
        screen,
        Text("All is well." if facts["well"] else f"{count} odd thing{'s' if count > 1 else ''}{left}."),
    )


def _habits(screen: "Console", facts: Facts) -> None:
    for row in facts["entries"]:
        helped = f"  helped {row['helped']} of {row['used']} times" if row["used"] else ""
        _line(screen, Text.assemble((", ".join(row["when"]), "voice"), (helped, QUIET)))
        _line(screen, Text.assemble("    ", *_named(screen, row, 4)))
    event = facts["event"]
    _none(screen, facts["entries"], f"Nothing fires on {event}." if event else "No habit has a `when` yet.")


def _forget(screen: "Console", facts: Facts) -> None:
    _line(
        screen,
        Text(
            f"Forgotten. {len(facts['changed']) + len(facts['entries'])} other files held some of it, and do no more."
        ),
    )
    for one in facts["removed"]:
        _line(screen, Text(f"removed {one}", QUIET))
    for one in facts["marked"]:
        again = ": raise it anew, since weights cannot forget" if one.startswith("life/") else ""
        _line(screen, Text(f"marked {one}, which was made of it{again}", "missing"))
    for one in facts["left"]:
        _line(screen, Text(f"not looked into: {one}", "missing"))


def _trace(screen: "Console", facts: Facts) -> None:
    _line(screen, Text.assemble(("asked for ", QUIET), ", ".join(facts["asked"]) or "nothing that tells anything"))
    for one in facts["entries"]:
        path = Text(
            one["path"], f"{formats.COLOURS.get(one['journal'], formats.NOWHERE)} link {Path(one['file']).as_uri()}"
        )
        _line(screen, Text.assemble(("comes  ", "good"), path, (f"  {one['age']}, {one['confidence']}", QUIET)))
        _line(screen, Text(f"       {one['why']}", QUIET))
    comes = {one["path"] for one in facts["entries"]}
    stays = [one for one in facts["considered"] if one["path"] not in comes]
    for one in stays[:NEXT]:
        _line(screen, Text.assemble(("stays  ", "missing"), one["path"], (f"  {one['verdict']}", QUIET)))
    if len(stays) > NEXT:
        _line(
            screen, Text(f"       and {len(stays) - NEXT} more: output=json tells each, with what was weighed", QUIET)
        )
    for note in facts["notes"]:
        _line(screen, Text(f"note   {note}", QUIET))
    if not facts["entries"]:
        _line(screen, Text("Nothing comes: nothing fits well enough.", QUIET))


def _compress(screen: "Console", facts: Facts) -> None:
    for step in facts["steps"]:
        _line(screen, Text.assemble((f"{step['kind']:<14}", "voice"), step["why"]))
        for path in step["entries"]:
            _line(screen, Text.assemble(" " * 14, _linked(path, Path(facts["root"]))))
        if step["path"]:
            _line(screen, Text.assemble((f"{'':<12}→ ", QUIET), _linked(step["path"], Path(facts["root"]))))
    if not facts["steps"]:
        _line(screen, Text("There is nothing to tell more briefly.", QUIET))
    elif not facts["applied"]:
        _line(screen, Text("Nothing was changed. To do it: rusta devlog compress apply=true", QUIET))


LINKS = {
    "links": "→ links to",
    "linked_from": "← linked from",
    "supersedes": "↑ stands in place of",
    "superseded_by": "↓ superseded by",
}
TELLERS: dict[str, Callable[["Console", Facts], None]] = {
    "search": _search,
    "list": _list,
    "timeline": _timeline,
    "show": _show,
    "history": _history,
    "doctor": _doctor,
    "compress": _compress,
    "forget": _forget,
    "habits": _habits,
    "trace": _trace,
}


def _head(screen: "Console", facts: Facts) -> None:
    _line(screen, Text.assemble(_badge(facts), _title(facts), (f"  {_age(facts)}", QUIET), _sure(facts)))
    _line(screen, _under(_path(facts), _tags(facts)))
    about = [f"{key} {facts[key]}" for key in ("repo", "commit", "version", "context") if facts.get(key)]
    about += [f"when {', '.join(facts['when'])}"] if facts.get("when") else []
    if about:
        _line(screen, _under(Text(" · ".join(about), QUIET)))


def _line(screen: "Console", text: Text) -> None:
    """Print one line: truncated at a terminal's edge, never truncated or wrapped for a program that reads it."""
    if screen.is_terminal:
        screen.print(text, no_wrap=True, overflow="ellipsis")
    else:
        screen.print(text, soft_wrap=True)


def _badge(row: Facts) -> Text:
    return Text(f"{row['journal'] or 'elsewhere':<{MARGIN}}", formats.COLOURS.get(row["journal"], formats.NOWHERE))


def _title(row: Facts) -> Text:
    return Text(f"{'★ ' if row['pinned'] else ''}{row['title']}", "bold" if row["status"] == "active" else "strike dim")


def _age(row: Facts) -> str:
    said = formats.time_ago(_date(row))
    return said if row["status"] == "active" else f"{said}, {row['status']}"


def _sure(row: Facts) -> Text:
    return Text(f", {row['confidence']}" if row["confidence"] else "", QUIET)


def _tags(row: Facts) -> Text:
    return Text("  " + " ".join(f"#{tag}" for tag in row["tags"]) if row["tags"] else "", QUIET)


def _under(*parts: Text) -> Text:
    return Text.assemble(" " * MARGIN, *parts)


def _path(row: Facts) -> Text:
    return Text(
        row["path"], f"{formats.COLOURS.get(row['journal'], formats.NOWHERE)} link {Path(row['file']).as_uri()}"
    )


def _linked(path: str, root: Path) -> Text:
    colour = formats.COLOURS.get(path.partition("/")[0], formats.NOWHERE)
    return Text(path, f"{colour} link {(root.absolute() / path).as_uri()}") if path else Text("")


def _root(facts: Facts) -> Path:
    return Path(facts["file"][: -len(facts["path"])])


def _named(screen: "Console", row: Facts, used: int) -> tuple[Text, Text, Text]:
    """Return title and path for one line: the whole path, and the title as far as there is room."""
    room = max(20, screen.width - used - len(row["path"]) - 2)
    title = _title(row)
    if screen.is_terminal:
        title.truncate(room, overflow="ellipsis", pad=True)
    else:
        title.pad_right(max(0, 40 - title.cell_len))
    return title, Text("  "), _path(row)


def _date(row: Facts) -> datetime | None:
    return datetime.fromisoformat(row["date"]) if row["date"] else None


def _nothing(facts: Facts, what: str) -> str:
    """Return the sentence that nothing was found, with the filters that were given."""
    filters = facts.get("filters", {})
    said = " ".join(f"{key}={value}" for key, value in filters.items())
    more = "" if "status" in filters or "days" in facts else " status=all looks among the superseded and archived, too."
    return f"{what}{f' fits {said}' if said else ''}.{more}"


def _none(screen: "Console", rows: list[Facts], words: str) -> None:
    if not rows:
        _line(screen, Text(words, QUIET))
