"""Run rustfmt on one file at a time through a pipe: nothing on disk changes, and only the named files are formatted.

`cargo fmt` follows `mod` lines into files that nobody edited; from stdin rustfmt follows none. The edition is read from
the file's `Cargo.toml`, its `rustfmt.toml` is found from the folder of the file, and line ends stay as they are.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rusta.tools.manifest import edition_of
from rusta.tools.toolchain import Program
from rusta.tools.workspace_files import LARGEST_TOML, read_file


@dataclass(frozen=True)
class Formatted:
    """New contents of the files that rustfmt would change, and rustfmt's reason for those it could not read."""

    files: Mapping[str, bytes]
    refused: Mapping[str, str]


def fmt(program: Program, folder: Path, paths: Iterable[str] | None = None) -> Formatted:
    """Format these files, relative to the folder; with None those that `cargo fmt --check` would change."""
    files: dict[str, bytes] = {}
    refused: dict[str, str] = {}
    for path in _unformatted(program, folder) if paths is None else paths:
        try:
            before = read_file(folder / path)
        except OSError as error:
            refused[path] = error.strerror or str(error)
            continue
        after = formatted(program, before, folder / path)
        if isinstance(after, str):
            refused[path] = after
        elif after != before:
            files[path] = after
    return Formatted(files, refused)


def formatted(program: Program, source: bytes, path: Path) -> bytes | str:
    """Return the source as rustfmt would format it at that path, or the reason (a str) why it cannot."""
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        return f"line {line} is not UTF-8 (byte 0x{source[error.start]:02x}), and Rust source has to be"
    # 2026-11-22 rustfmt 1.9 detects line ends in a text in which the compiler has already normalised them
    windows = b"\n" in source and source.count(b"\n") == source.count(b"\r\n") and not _said(path, "newline_style")
    ends = ["--config", "newline_style=Windows"] if windows else []
    where = path.parent if path.parent.is_dir() else None
    ran = program(
        "rustfmt", ["--edition", edition_of(path), "--emit", "stdout", "--color", "never", *ends], source, where
    )
    if ran.code or ran.stopped:
        said = ran.stderr.decode("utf-8", "replace").strip()
        return said.replace("<stdin>", path.name) or f"rustfmt ended with {ran.stopped or ran.code}"
    return ran.stdout


def _unformatted(program: Program, folder: Path) -> list[str]:
    ran = program("cargo", ["fmt", "--all", "--", "--check", "-l", "--color", "never"])
    named = [Path(line) for line in ran.stdout.decode("utf-8", "replace").splitlines()]
    return sorted({path.relative_to(folder).as_posix() for path in named if path.is_relative_to(folder)})


def _said(path: Path, option: str) -> bool:
    """Return whether the nearest `rustfmt.toml` that rustfmt would find for that file mentions an option."""
    for folder in path.parents:
        for name in ("rustfmt.toml", ".rustfmt.toml"):
            if (folder / name).is_file():
                with suppress(OSError):  # not readable, or too long
                    return option in read_file(folder / name, LARGEST_TOML).decode("utf-8", "replace")
    return False
