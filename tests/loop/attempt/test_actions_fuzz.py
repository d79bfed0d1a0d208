"""Mutated answers of a model: nothing crashes, nothing runs, nothing takes long, and no edit leaves the workspace."""

import random
import re
import sys
import time
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from rusta.loop.attempt.actions import Call, Reply, ReplyProblem, WholeFile, format_description, parse, render, repair
from rusta.loop.attempt.actions.kinds import EDITS, Malformed
from rusta.loop.attempt.edits import apply_all

FILES = {
    "src/lib.rs": b"""use std::fmt;

pub struct Pool {
    free: Vec<u8>,
}

impl Pool {
    /// One.
    pub fn take(&mut self) -> Option<u8> {
        self.free.pop()
    }
}
""",
    "src/main.rs": b"fn main() {\r\n    let one = 1;\r\n    // caf\xe9\r\n}\r\n",
    "Cargo.toml": b'[package]\nname = "p"\nversion = "0.1.0"\n',
}
# As Qwen2.5-Coder says such things: with and without tags, fenced, decorated, in the wrong form, talking around it.
SEEDS = [
    format_description(),
    *(Path(__file__).parent / "model_answers.txt").read_text(encoding="utf-8").split("\n%%%%\n"),
]
PIECES = [
    '<tools>', '</tools>', '<tool_call>', '```', '````rust', '~~~', '<<<<<<< SEARCH', '=======', '>>>>>>> REPLACE', '...', '{', '}',
    '[', ']', '"', "'", '\\', ',', ':', '\n', '\r\n', '\r', '\t', " " * 40, '\x00', '\x1b[31m', '\x7f', '\u202e', '\u200b',
    '\ufeff', '\u2028', '\ud800', '\xe9', '\U0001f600', '\uff0e\uff0e/', '../', '/', '~', '.git/', 'src/lib.rs', 'FILE ', 'EDIT ',
    'REPLACE ITEM ', ' in ', '"name": ', '"arguments": ', '\\u0000', '\\ud83d', "1" * 5000, '((((', '// ... existing code ...',
    'impl ', 'fn take() {', '<', '`',
]  # fmt: skip
SECRET = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
FORBIDDEN = ("exec", "compile", "open", "os.", "subprocess.", "socket.", "shutil.", "ctypes.", "pickle.", "import")

watched: list[str] = []
watching = False


def listen(event: str, _: object) -> None:
    if watching and event.startswith(FORBIDDEN):
        watched.append(event)


sys.addaudithook(listen)


def mutated(n: int) -> str:
    """The n-th answer: a pure function of n."""
    dice = random.Random(n)
    text = dice.choice(SEEDS)
    for _ in range(dice.randint(1, 7)):
        at, to = sorted((dice.randint(0, len(text)), dice.randint(0, len(text))))
        to = min(to, at + dice.choice([1, 5, 40, 400]))
        match dice.randrange(7):
            case 0:
                text = text[:at] + text[to:]
            case 1:
                text = text[:to] + text[at:to] * dice.choice([1, 2, 8]) + text[to:]
            case 2:
                text = text[:at] + dice.choice(PIECES) * dice.choice([1, 1, 1, 3, 30]) + text[at:]
            case 3:
                other = dice.choice(SEEDS)
                text = text[:at] + other[dice.randint(0, len(other)) :] + text[at:]
            case 4:
                text = text[:at] + "".join(chr(dice.randrange(0x20000)) for _ in range(dice.randint(1, 6))) + text[to:]
            case 5:
                rows = text.split("\n")
                dice.shuffle(rows) if dice.random() < 0.3 else rows.reverse() if dice.random() < 0.1 else rows.pop()
                text = "\n".join(rows)
            case 6:
                text = text[:at]
        text = text[:20_000]
    return text


def inside(path: str) -> bool:
    """Whether a path stays in the workspace: written anew here, to judge the one that is tested."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not (
        path.startswith(("/", "~", "-", " ")) or ".." in parts or ":" in path or "\\" in path or SECRET.search(path)
        or any(part.casefold().rstrip(". ") == ".git" for part in parts)
    )  # fmt: skip


def held(n: int) -> tuple[Reply, float]:
    """Read the n-th answer and do what it says, under watch. What it took, in seconds of the processor."""
    global watching
    text, cut = mutated(n), n % 3 == 0
    began = time.process_time()
    watching = True
    reply = parse(text, cut)
    applied = apply_all([part for part in reply.actions if isinstance(part, EDITS)], FILES.get, list(FILES))
    message = repair(reply) + applied.repair
    watching = False
    took = time.process_time() - began
    assert not watched, (n, watched)
    assert isinstance(message, str)
    for part in reply.parts:
        assert isinstance(part, (str, Call, ReplyProblem, *EDITS)), n
    for action in reply.actions:
        path = getattr(action, "path", "")
        assert path == "" or inside(path), (n, path)
        try:
            again = parse(render(action)).actions
        except Malformed:
            continue
        sure = replace(action, sure=True) if isinstance(action, WholeFile) else action
        assert again == (sure,), n
    for path, data in applied.changes.items():
        assert inside(path) and isinstance(data, bytes), n
    return reply, took


@pytest.mark.parametrize("times", [1_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_no_mutated_answer_breaks_out(times: int) -> None:
    for seed in SEEDS:  # everything that is imported late is imported now
        apply_all([part for part in parse(seed).actions if isinstance(part, EDITS)], FILES.get, list(FILES))
    acted = troubled = 0
    slowest = 0.0
    for n in range(times):
        reply, took = held(n)
        acted += bool(reply.actions)
        troubled += bool(reply.problems)
        slowest = max(slowest, took)
    assert slowest < 5, "seconds of the processor for one answer"
    # The mutations reach both sides of the border, or this would show nothing.
    assert acted > times / 10 and troubled > times / 10
    print(f"\n{times} answers: {acted} with actions, {troubled} with problems, slowest {slowest * 1000:.0f} ms")


def test_the_watch_sees_what_it_should() -> None:
    global watching
    watching = True
    eval("1 + 1")
    watching = False
    assert watched
    watched.clear()
