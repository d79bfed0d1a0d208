"""The real stand-in under the grammar of actions: whatever it wants to say, it says in a form that is read."""

from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.identity.turns import Role, Turn
from rusta.loop.attempt.actions import CALLS, format_description, grammar, parse
from rusta.loop.attempt.actions.grammar import BLOCK, EDITS, ITEM, WHOLE
from rusta.loop.think.model_proposer import Consult
from rusta.loop.think.situation import Situation
from rusta.mind.engines.llama_cpp import LlamaCpp
from rusta.mind.mind import Generation
from rusta.mind.model import Gguf
from rusta.tools.cargo import Cargo
from rusta.tools.sandbox import Limits, choose
from tests.loop.crate import crate, ended

FILES = ["src/pool.rs", "src/main.rs"]
PLACES = [("Pool::take", "src/pool.rs"), ("main", "src/main.rs")]
ALL = (*CALLS, *EDITS)
ASKED = [
    ("error[E0502] in src/pool.rs:12: cannot borrow `self.free` as mutable. Mend it.", ALL),
    ("Show me src/pool.rs.", tuple(CALLS)),
    ("Where is `take` defined?", tuple(CALLS)),
    ("Does it compile?", ("cargo",)),
    ("What is E0382?", ("explain",)),
    ("Who wrote this crate, and why?", ALL),
    ("Write a main that prints hello.", (WHOLE,)),
    ("Make `take` return None.", (ITEM,)),
    ("Replace Rc by Arc in src/pool.rs.", (BLOCK,)),
    ("Answer with JSON in a ```json fence and nothing else.", ALL),
]


@pytest.fixture(scope="module")
def mind(model: Gguf, own: Home) -> LlamaCpp:
    mind = LlamaCpp(model, own, context=4096)
    mind.wake()
    return mind


@pytest.mark.parametrize(("asked", "allowed"), ASKED, ids=[asked[:24] for asked, _ in ASKED])
def test_a_constrained_answer_is_one_action(mind: LlamaCpp, asked: str, allowed: tuple[str, ...]) -> None:
    constraint = grammar(allowed, PLACES, FILES, lines=6, sentences=2)
    turns = [Turn(Role.SYSTEM, format_description()), Turn(Role.PERSON, asked)]
    generation = Generation(max_tokens=700, temperature=0.7, seed=3)
    pieces = list(mind.stream(turns, generation, constraint))
    said = "".join(piece.text for piece in pieces)
    reply = parse(said, cut=pieces[-1].finish == "length")
    print(f"\n{pieces[-1].tokens} tokens, {pieces[-1].tokens_per_s:.1f}/s\n{said}")
    assert len(reply.actions) == 1 and not reply.problems, said
    assert reply.narration


def test_asked_about_an_error_it_always_writes_the_item(mind: LlamaCpp, tmp_path: Path) -> None:
    place = crate(tmp_path / "scores")
    report = Cargo(place, choose("auto"), tmp_path / "target", Limits()).check()
    consult = Consult(mind, Generation(max_tokens=400, repetition_penalty=1.0))
    situation = Situation(report.errors, lambda path: (place / path).read_bytes(), ("src/lib.rs",), place)
    answers = [ended(consult.propose(situation, attempt)) for attempt in range(2)]
    assert all("REPLACE ITEM Scores::add in src/lib.rs" in answer.text for answer in answers)
    assert any(answer.well_formed for answer in answers), [answer.problem for answer in answers]
