"""Compile every Rust block of an answer: it compiles, fails with an error code, or cannot be checked."""

import re
from collections.abc import Iterator

from rusta.loop.events import Checked
from rusta.tools.blocks import BlockVerdict, compile_block, rust_blocks
from rusta.tools.sandbox import Sandbox

# Errors of a block that depends on code outside it (unresolved names, no `main`): they say nothing about the block.
ELSEWHERE = re.compile(r"E04(?:32|33|12|25|05|04|08|22|23|26|31|63)|E0583|E0601")
MOST = 6  # blocks checked per answer


def check_blocks(markdown: str, sandbox: Sandbox | None) -> Iterator[Checked]:
    """Yield a verdict for each Rust block of an answer, in order; without a sandbox, it says "not checked"."""
    for number, block in enumerate(rust_blocks(markdown)[:MOST], 1):
        if sandbox is None:
            yield Checked(number, block.line, "not checked: there is no sandbox to compile it in", None)
            continue
        try:
            verdict = compile_block(block, sandbox=sandbox)
        except (OSError, ValueError) as error:
            yield Checked(number, block.line, f"not checked: {error}", None)
            continue
        yield Checked(number, block.line, *_told(verdict))


def _told(verdict: BlockVerdict) -> tuple[str, bool | None]:
    if not verdict.failed:
        return "compiles", True
    if verdict.block.promises and verdict.kept:
        return f"fails with {', '.join(sorted(verdict.codes))}, as it says", True
    leaning = {code for code in verdict.codes if ELSEWHERE.fullmatch(code)}
    if leaning and leaning == verdict.codes:
        return f"cannot be checked alone: it leans on code that is not in it ({', '.join(sorted(leaning))})", None
    codes = ", ".join(sorted(verdict.codes - leaning)) or "a syntax error"
    return f"does not compile: {codes}", False
