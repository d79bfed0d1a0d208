"""Compile the Rust blocks of a Markdown text and compare the result with what their fences announce.

The rules are rustdoc's, so that a page behaves the same in both: a block without `fn main` is wrapped in one, crate
attributes stay outside, and a line that starts with `# ` is compiled and not shown.
A fence announces the result: ```` ```rust ```` compiles, ```` ```rust,E0382 ```` fails with that code and
no other. Blocks are type-checked and borrow-checked against std alone, never run.

Not covered: blocks that need a crate, panics, lints, and what a block prints.
"""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rusta.tools.sandbox import Limits, Sandbox, SandboxCommand
from rusta.tools.sandbox.tmpdir import private_folder

OPEN = re.compile(r"^(?P<indent>\s*)```rust(?:,(?P<flags>[\w,]+))?\s*$")
CODE = re.compile(r"E\d{4}")
HIDDEN = re.compile(r"^\s*#( |$)")


@dataclass(frozen=True)
class Block:
    """A Rust block: its source, the line number of its opening fence, and the error codes the fence announces."""

    source: str
    line: int
    promises: frozenset[str]

    @property
    def program(self) -> str:
        """The block as a complete program, with hidden lines and a `main`."""
        lines = [re.sub(r"^(\s*)# ?", r"\1", row) if HIDDEN.match(row) else row for row in self.source.split("\n")]
        outer = [row for row in lines if row.startswith("#![")]
        inner = [row for row in lines if not row.startswith("#![")]
        if any(re.search(r"\bfn main\s*\(", row) for row in inner):
            return "\n".join(lines)
        return "\n".join([*outer, "fn main() {", *inner, "}"])


@dataclass(frozen=True)
class BlockVerdict:
    """rustc's result for a block: its error codes, whether it failed, and its rendered errors."""

    block: Block
    codes: frozenset[str]
    failed: bool
    words: str

    @property
    def kept(self) -> bool:
        """Whether the result is what the block's fence announces."""
        return self.failed == bool(self.block.promises) and self.codes == self.block.promises


def rust_blocks(markdown: str) -> list[Block]:
    """Return every Rust block of a text, in order."""
    found: list[Block] = []
    inside: list[str] | None = None
    opened, flags, indent = 0, "", 0
    for number, line in enumerate(markdown.split("\n"), 1):
        if inside is None:
            if opening := OPEN.match(line):
                inside, opened = [], number
                flags, indent = opening["flags"] or "", len(opening["indent"])
        elif line.strip() == "```":
            found.append(Block("\n".join(inside), opened, frozenset(CODE.findall(flags))))
            inside = None
        else:
            inside.append(line[indent:] if not line[:indent].strip() else line)
    return found


def shown(markdown: str) -> str:
    """Return the text without the hidden lines of Rust blocks."""
    kept: list[str] = []
    inside = False
    for line in markdown.split("\n"):
        if not inside and OPEN.match(line):
            inside = True
        elif inside and line.strip() == "```":
            inside = False
        elif inside and HIDDEN.match(line):
            continue
        kept.append(line)
    return "\n".join(kept)


def compile_block(
    block: Block, rustc: str = "rustc", seconds: float = 30.0, sandbox: Sandbox | None = None, edition: str = "2024"
) -> BlockVerdict:
    """Compile one block in an edition, without running it or producing a program.

    Macros of std run no code of the block, so the sandbox is only an additional protection.
    """
    with private_folder() as folder:
        source, out = folder / "block.rs", folder / "out"
        out.mkdir()
        source.write_text(block.program, encoding="utf-8")
        command = (
            rustc,
            f"--edition={edition}",
            "--emit=metadata",
            "--error-format=json",
            "-Awarnings",
            "--out-dir",
            str(out),
            str(source),
        )
        if sandbox is None:
            # In the root folder, so that a rust-toolchain file placed in the temporary folder is not obeyed.
            at = Path(folder).anchor
            ended = subprocess.run(command, capture_output=True, timeout=seconds, cwd=at, check=False)
            code, stderr = ended.returncode, ended.stderr
        else:
            ran = sandbox.run(SandboxCommand(command, folder, (out,)), Limits(seconds=seconds)).heeding_ctrl_c()
            if ran.stopped:  # not a result about the code
                raise ValueError(f"rustc was stopped at its limit of {ran.stopped}")
            code, stderr = ran.code, ran.stderr
    said = [json.loads(row) for row in stderr.decode("utf-8", "replace").splitlines() if row.startswith("{")]
    errors = [row for row in said if row.get("level") == "error"]
    codes = frozenset(row["code"]["code"] for row in errors if row.get("code"))
    return BlockVerdict(block, codes, code != 0, "".join(row["rendered"] for row in errors))
