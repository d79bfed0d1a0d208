"""Formatting of journals, in commands and in the app: colours by journal, ages, times, paths."""

from datetime import UTC, datetime
from pathlib import Path

from rusta.memory.entries.entry import Journal

# Mid tones for the commands, which cannot know whether the terminal is dark or light; the app has DARK and LIGHT.
COLOURS: dict[str, str] = {
    Journal.EPISODIC: "#5f8db5",
    Journal.SEMANTIC: "#6f9a55",
    Journal.PROCEDURAL: "#b98735",
    Journal.EMOTIONAL: "#bb6a80",
    Journal.DIDACTIC: "#8d75b8",
    Journal.LAB: "#4a9690",
}
DARK: dict[str, str] = {
    Journal.EPISODIC: "#86aed1",
    Journal.SEMANTIC: "#9bbd7f",
    Journal.PROCEDURAL: "#dcae68",
    Journal.EMOTIONAL: "#d896a6",
    Journal.DIDACTIC: "#b5a1d9",
    Journal.LAB: "#7cc0b9",
}
LIGHT: dict[str, str] = {
    Journal.EPISODIC: "#2f628f",
    Journal.SEMANTIC: "#446d2c",
    Journal.PROCEDURAL: "#8a5a08",
    Journal.EMOTIONAL: "#9d3f5a",
    Journal.DIDACTIC: "#6a4fa3",
    Journal.LAB: "#1f6f69",
}
NOWHERE = "#8a8a8a"
"""The colour of files outside the journals."""

MEANS: dict[str, str] = {
    Journal.EPISODIC: "what happened",
    Journal.SEMANTIC: "what I know",
    Journal.PROCEDURAL: "how I work",
    Journal.EMOTIONAL: "how it felt",
    Journal.DIDACTIC: "what somebody learned",
    Journal.LAB: "what I tried",
}

SPANS = (
    (365.25 * 86400, "year"),
    (30.44 * 86400, "month"),
    (7 * 86400, "week"),
    (86400, "day"),
    (3600, "hour"),
    (60, "minute"),
)


def time_ago(date: datetime | None, now: datetime | None = None) -> str:
    """Format how long ago a date was, in one unit; a date in the future is reported as a wrong clock."""
    if date is None:
        return "undated"
    seconds = ((now or datetime.now(UTC)) - date).total_seconds()
    if seconds < -60:
        return f"in {_span(-seconds)}: a clock is wrong"
    return "just now" if seconds < 60 else f"{_span(seconds)} ago"


def brief(date: datetime | None, now: datetime | None = None) -> str:
    """Format the age in at most six characters, for a column: `3 h`, `12 d`, `7 mo`."""
    if date is None:
        return "–"
    seconds = ((now or datetime.now(UTC)) - date).total_seconds()
    if seconds < -60:
        return "ahead"
    for size, name in SPANS:
        if seconds >= size:
            return f"{int(seconds // size)} {'mo' if name == 'month' else 'min' if name == 'minute' else name[0]}"
    return "now"


def _span(seconds: float) -> str:
    for size, name in SPANS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "a moment"


def day(date: datetime, now: datetime | None = None) -> str:
    """Format a day as a heading: Today, Yesterday, or its weekday, and the date."""
    today = (now or datetime.now(UTC)).date()
    apart = (today - date.date()).days
    named = f"{date:%A}, {date.day} {date:%B}"
    if apart in (0, 1):
        return f"{'Today' if apart == 0 else 'Yesterday'}, {named.partition(', ')[2]}"
    return named if date.year == today.year else f"{named} {date.year}"


def homely(path: Path) -> str:
    """Format a path with the user's home as ~, as shells accept it."""
    home = Path.home()
    return f"~/{path.relative_to(home).as_posix()}" if path.is_relative_to(home) and path != home else str(path)
