"""What was proposed and not made waits, and is made when a person says so: real cargo, a scripted mind."""

import io
from pathlib import Path

from rich.console import Console

from rusta.loop import events as happened
from rusta.loop.attempt.proposals import MOST, ProposalPart, Proposals
from rusta.loop.events import Event
from rusta.loop.gates.permissions import Approve, Deed, PersonAnswer
from rusta.ui.terminal.proposal_commands import ProposalCommands
from tests.loop.crate import BODY, MENDED, crate, fenced, only, work


def test_a_no_keeps_the_proposal_and_a_later_apply_makes_it(tmp_path: Path) -> None:
    place = crate(tmp_path / "scores")
    answers = iter([PersonAnswer(True), PersonAnswer(False)])

    def ask(deed: Deed, what: str, details: str) -> PersonAnswer:
        return next(answers)

    her = work(place, tmp_path / "home", [fenced(MENDED), "said"], Approve.ask, ask)
    (proposal,) = only(list(her.turn("Fix the error, please.")), happened.Proposed)
    assert proposal.number == 1 and (place / "src/lib.rs").read_text() == BODY
    her.place.history.close()

    told: list[Event] = []
    screen = io.StringIO()
    her = work(place, tmp_path / "home", [])  # another session
    console = Console(file=screen, width=120)
    commands = ProposalCommands(her.place.proposals, her.place.history, console, told.append)
    commands.command("/proposals", [])
    assert "src/lib.rs · /apply 1" in screen.getvalue() and "why: " in screen.getvalue()
    commands.command("/proposals", ["1"])
    assert "+" in screen.getvalue() and ".copied()" in screen.getvalue()
    commands.command("/apply", ["7"])
    assert "no proposal 7" in screen.getvalue() and (place / "src/lib.rs").read_text() == BODY
    (place / "src/lib.rs").write_text(f"{BODY}// mine\n")
    commands.command("/apply", [])
    assert "Nothing was touched" in screen.getvalue() and (place / "src/lib.rs").read_text() == f"{BODY}// mine\n"
    (place / "src/lib.rs").write_text(BODY)
    commands.command("/apply", ["1"])
    (change,) = only(told, happened.Changed)
    assert ".copied()" in (place / "src/lib.rs").read_text() and change.diff == proposal.diff and not change.shown
    her.place.history.undo_approved()
    assert (place / "src/lib.rs").read_text() == BODY
    commands.command("/apply", [])
    assert "No proposal waits here" in screen.getvalue()


def test_numbers_stay_and_the_oldest_gives_way(tmp_path: Path) -> None:
    kept = Proposals(tmp_path / "proposals.json")
    part = ProposalPart("why", "none", ("E0001",), (), {"a.rs": (None, b"\xff"), "b.rs": (b"b", None)}, "diff")
    numbers = [kept.keep("why", "none", f"diff {n}", [part]) for n in range(MOST + 2)]
    assert numbers == list(range(1, MOST + 3)) and [one.number for one in kept.all()] == numbers[2:]
    assert kept.get(5).parts == (part,) and kept.get(None).number == MOST + 2
    assert kept.keep("why", "none", "diff 7", [part]) == 8, "the same edit is the same proposal"
    kept.drop(MOST + 2)
    assert kept.keep("why", "none", "another", [part]) == MOST + 3, "a number is never given twice"
    kept.file.write_text("{")
    assert kept.all() == [] and kept.keep("why", "none", "anew", [part]) == 1
