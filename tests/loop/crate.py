"""A small crate with a borrow error and a test, for the tests of the loop: a loan of those that no rule of syntax ends."""

import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

from rusta.identity.turns import Role, Turn
from rusta.loop.attempt.repair_search import Budget
from rusta.loop.conversation import Conversation
from rusta.loop.crate_agent import CrateAgent
from rusta.loop.events import Event
from rusta.loop.gates.permissions import Approve, AskPerson
from rusta.loop.read.turn_memory import TurnMemory
from rusta.loop.session import begin
from rusta.loop.workplace import Workplace
from rusta.mind.engines.fake import Fake
from rusta.mind.mind import Generation
from rusta.tools.sandbox import Limits, choose

T = TypeVar("T")
MANIFEST = '[package]\nname = "scores"\nversion = "0.1.0"\nedition = "2021"\n'
BODY = """//! A table of scores.

use std::collections::HashMap;

#[derive(Debug, Default)]
pub struct Scores {
    best: Vec<u32>,
    by_name: HashMap<String, u32>,
}

impl Scores {
    pub fn add(&mut self, name: &str, score: u32) {
        let (old, key) = (self.by_name.get(name), name.to_string());
        if self.by_name.insert(key, score).is_some() {
            if let Some(old) = old {
                self.best.retain(|s| s != old);
            }
        }
        self.best.push(score);
        self.best.sort_unstable();
    }

    pub fn best(&self) -> Option<u32> {
        self.best.last().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_score_takes_the_place_of_the_old() {
        let mut scores = Scores::default();
        scores.add("ada", 3);
        scores.add("ada", 2);
        assert_eq!(scores.best(), Some(2));
    }
}
"""
ADD = BODY[BODY.index("    pub fn add") : BODY.index("    pub fn best")].rstrip()
MENDED = ADD.replace(".get(name),", ".get(name).copied(),").replace("s != old", "*s != old")
SILLY = ADD.replace("self.by_name.insert(key, score).is_some()", "key.is_empty()")
NO_MUT = BODY.replace(ADD, MENDED).replace("let mut scores", "let scores")


def crate(folder: Path, body: str = BODY) -> Path:
    """The crate, in a git repository of its own."""
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "src/lib.rs").write_text(body)
    (folder / ".gitignore").write_text("target\n")
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "one"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def work(
    place: Path, home: Path, script: list[str], approve: Approve | None = Approve.all, ask: AskPerson | None = None,
    memory: TurnMemory | None = None, answers: int = 2,
) -> CrateAgent:  # fmt: skip
    """Her hands on a crate, with a mind that reads from a script."""
    conversation = Conversation(
        Fake(script=script or ["said"]), Turn(Role.SYSTEM, "me"), begin(home / "sessions"), Generation(max_tokens=2000)
    )
    return CrateAgent(
        conversation,
        Workplace.open(place, home, choose("auto"), Limits(), approve, ask, "test"),
        memory,
        Budget(answers=answers),
    )


def ended(events: Generator[Event, None, T]) -> T:
    """What a stream of events comes to."""
    while True:
        try:
            next(events)
        except StopIteration as stop:
            return stop.value


def only(events: list[Event], *kinds: type) -> list[Event]:
    """Those of some kinds."""
    return [event for event in events if isinstance(event, kinds)]


def fenced(
    code: str, why: str = "The loan of the map is still alive when it is changed, so the number is copied out first."
) -> str:
    """An answer of hers."""
    return f"{why}\n\n```rust\n{code}\n```"
