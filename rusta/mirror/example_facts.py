"""Facts of example programs: which are new or gone, and the lines that changed in the others."""

from collections.abc import Callable, Iterator, Sequence

from rusta.mirror.fact import ChangeFact, short, whole_lines
from rusta.mirror.line_changes import line_difference
from rusta.mirror.slips import same_code

LONGEST_EXAMPLE = 700  # characters of changed lines of an example
LONGEST_ABOUT = 240  # of what a new one says of itself
LONGEST_PROGRAM = 50_000  # of one that is compiled

Texts = Callable[[str], tuple[str | None, str | None]]
"""The old and the new text of a file; None where it is not there, or cannot be read."""


def example_facts(paths: Sequence[str], texts: Texts, package: Callable[[str], str]) -> Iterator[ChangeFact]:
    """Yield the facts of the example files that differ, those of one example together."""
    by = dict[str, list[str]]()
    for path in paths:
        by.setdefault(_example(path), []).append(path)
    for name, files in by.items():
        sources = sorted(
            (one for one in files if one.endswith(".rs")), key=lambda one: (not one.endswith("main.rs"), one)
        )
        pairs = [(path, *texts(path)) for path in sources]
        if not pairs:
            continue
        path, of = pairs[0][0], package(pairs[0][0])
        was, now = (_program(pairs[0][side]) if len(pairs) == 1 else "" for side in (1, 2))
        if all(old is None for _, old, _ in pairs):
            lines = sum((new or "").count("\n") for _, _, new in pairs)
            about = _about(pairs[0][2] or "")
            yield ChangeFact(
                "example",
                f"a new example, {lines} lines{f': {about}' if about else ''}",
                path,
                1,
                package=of,
                heading=name,
                program=now,
            )
        elif all(new is None for _, _, new in pairs):
            text = "this example is gone"
            yield ChangeFact("example", text, path, 1, gone=True, package=of, heading=name, program_before=was)
        else:
            changed = [(path, *line_difference(old or "", new or ""), new or "") for path, old, new in pairs]
            before = "\n".join(line for _, gone, _, _ in changed for line in gone if line.strip())
            after = "\n".join(line for _, _, come, _ in changed for line in come if line.strip())
            minor = same_code(before, after)
            at, line = next(((path, _line(new, come)) for path, _, come, new in changed if come), (path, 1))
            if before or after:
                yield ChangeFact(
                    "example", whole_lines(after, LONGEST_EXAMPLE), at, line, package=of, heading=name,
                    before=whole_lines(before, LONGEST_EXAMPLE // 2), minor=minor, program=now, program_before=was,
                )  # fmt: skip


def _example(path: str) -> str:
    """The folder `examples` and what of it an example is: its file, or its folder."""
    parts = path.split("/")
    at = next((n for n, one in enumerate(parts) if one.lower() in ("examples", "example")), len(parts) - 2)
    name = parts[at + 1] if at + 1 < len(parts) else parts[-1]
    if name == "src" and at + 2 < len(parts):  # one package of many programs
        name = f"src/{parts[at + 2]}"
    return "/".join((*parts[: at + 1], name))


def _program(source: str | None) -> str:
    """An example of one file, as it is compiled; "" where it is long."""
    return source if source and len(source) <= LONGEST_PROGRAM and "fn main" in source else ""


def _about(source: str) -> str:
    """What an example says of itself in its first comment."""
    said = list[str]()
    for line in source.split("\n")[:40]:
        if line.startswith(("//!", "// ", "///")):
            said.append(line.lstrip("/! "))
        elif said:
            break
    return short(" ".join(" ".join(said).split()), LONGEST_ABOUT)


def _line(new: str, come: Sequence[str]) -> int:
    """The number of the first line that is new."""
    first = next((one for one in come if one.strip()), "")
    return next((n for n, line in enumerate(new.split("\n"), 1) if line == first), 1)
