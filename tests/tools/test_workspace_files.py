"""Files are read as what they are, or not at all, and TOML is refused for exactly what would take too long."""

import errno
import os
import random
import tomllib
from pathlib import Path

import pytest

from rusta.tools.member_globs import matching_crates
from rusta.tools.workspace_files import MOST_PARTS, deep, read_file


def test_only_a_regular_file_inside_is_read(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "file").write_bytes(b"1234")
    (tmp_path / "file").write_bytes(b"out")
    (inside / "link").symlink_to("file")
    (inside / "out").symlink_to("../file")
    (inside / "zero").symlink_to("/dev/zero")
    os.mkfifo(inside / "pipe")
    assert read_file(inside / "link", 4, inside) == b"1234" and read_file(inside / "out", 4) == b"out"
    for name, most, why in (
        ("file", 3, errno.EFBIG), ("out", 4, errno.EXDEV), ("zero", 4, errno.EXDEV), ("pipe", 4, errno.EINVAL),
        (".", 4, errno.EINVAL), ("none", 4, errno.ENOENT),
    ):  # fmt: skip
        with pytest.raises(OSError, match=name if name != "." else "in") as told:
            read_file(inside / name, most, inside)
        assert told.value.errno == why
    with pytest.raises(OSError, match="regular"):
        read_file(Path("/dev/zero"), 4)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*", {"b", "target"}),
        ("**", {".", "a/c", "b"}),
        ("**/**/c", {"a/c"}),
        ("./?/[c]", {"a/c"}),
        ("../*", set()),
        ("a/../../*", set()),
        ("/**", set()),
        ("a\\0*", set()),
    ],
)
def test_patterns_name_crates_below(pattern: str, found: set[str], tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    for name in (".", "../other", "a/c", "b", "b/.git/e", "target", "target/d"):
        (root / name).mkdir(parents=True, exist_ok=True)
        (root / name / "Cargo.toml").write_text("")
    (root / "file").write_text("")
    (root / "out").symlink_to(tmp_path / "other")
    assert {str(at.relative_to(root)) for at in matching_crates(root, [pattern])} == found
    assert not list(matching_crates(root, [pattern], 1))


def test_a_key_counts_as_deep_exactly_if_the_parser_sees_that_many_parts() -> None:
    """The reference is the parser itself: what it read, measured."""
    chosen = random.Random(11)
    pieces = (
        "a",
        "'b.c'",
        '"d.\\\\"',
        ".",
        " . ",
        " = ",
        "1",
        "'''x.\n'''",
        '"""y.\\""""',
        "\n",
        "[",
        "]",
        "# . . .",
        "{",
        "}",
        ",",
    )
    both = 0
    for number in range(3000):
        key = chosen.choice((".", " . ")).join(
            chosen.choice(("a", "'b.c'", '"d.e"')) for _ in range(MOST_PARTS + number % 3)
        )
        text = f"{''.join(chosen.choice(pieces) for _ in range(4))}\n{key} = 1\n"
        try:
            said = tomllib.loads(text)
        except ValueError:
            continue
        parts = 0
        todo = [(said, 0)]
        while todo:
            table, depth = todo.pop()
            parts = max(parts, depth)
            todo += [(inner, depth + 1) for inner in table.values() if isinstance(inner, dict)]
        parts += 1  # the last part is no table
        assert deep(text) == (number % 3 != 0) and parts >= MOST_PARTS, text
        both += 1
    assert both > 100
