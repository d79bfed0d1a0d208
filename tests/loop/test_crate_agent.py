"""Her loop in a real crate, under the real cargo and the real sandbox; only the mind reads from a script."""

import json
import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from rusta.core.errors import ConfigError
from rusta.core.output import console
from rusta.loop import events as happened
from rusta.loop.attempt.actions import ReadCall, Search
from rusta.loop.gates.permissions import Approve, Deed, PersonAnswer
from rusta.loop.narration import Narration
from rusta.loop.read.turn_memory import Lesson, Reminder, TurnSituation
from rusta.loop.workplace import crate_root
from rusta.tools.cargo import Cargo, CargoReport
from rusta.tools.sandbox import Limits, Stopped
from rusta.ui.terminal.narrator import Narrator
from tests.loop.crate import ADD, BODY, MENDED, NO_MUT, SILLY, crate, fenced, only, work

FIX = "Fix the error, please."
# The compiler looks at loans only once all types fit: the second error comes to light when the first is gone.
TWO = (
    "pub fn a() -> usize { let v = vec![1]; v.push(2); v.len() }\n"
    'pub fn b() -> usize { let s: String = "x"; s.len() }\n'
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return crate(tmp_path / "scores")


def source(place: Path) -> str:
    return (place / "src/lib.rs").read_text()


def git(place: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=place, capture_output=True, text=True, check=True).stdout


def test_what_the_compiler_is_sure_of_is_tried_tested_and_made_a_step_with_reason_and_price(tmp_path: Path) -> None:
    place = crate(tmp_path / "scores", NO_MUT)
    her = work(place, tmp_path / "home", ["It was not declared mutable."])
    seen = list(her.turn(FIX))
    (step,) = only(seen, happened.Changed)
    assert step.paths == ["src/lib.rs"] and "mutable" in step.reason and step.trade_off
    assert step.before and step.before[0].startswith("E0596") and step.after == []
    assert [tried.tests for tried in only(seen, happened.Tried)] == [None, "1 passed"]
    assert only(seen, happened.Tried)[0].predicted
    assert "let mut scores" in source(place)
    assert seen[-1].clean and only(seen, happened.Checkpoint)


def test_an_edit_is_undone_and_redone_to_the_byte_and_git_does_not_notice(tmp_path: Path) -> None:
    place = crate(tmp_path / "scores", NO_MUT)
    head = git(place, "rev-parse", "HEAD")
    her = work(place, tmp_path / "home", ["done"])
    list(her.turn(FIX))
    after = source(place)
    her.place.history.undo(1)
    assert source(place) == NO_MUT and git(place, "status", "--porcelain") == ""
    her.place.history.redo(1)
    assert source(place) == after and git(place, "rev-parse", "HEAD") == head


def test_the_minds_own_mending_passes_the_same_judge(place: Path, tmp_path: Path) -> None:
    her = work(place, tmp_path / "home", [fenced(MENDED)])
    seen = list(her.turn(FIX))
    (step,) = only(seen, happened.Changed)
    assert "copied out first" in step.reason
    assert ".copied()" in source(place)
    assert her.conversation.mind.asked == 1, "for the code: the account of it is composed"
    (said,) = only(seen, happened.Said)
    assert said.text.splitlines() == [
        "E0502: cannot borrow `self.by_name` as mutable because it is also borrowed as immutable in src/lib.rs:14:12. rustc marks "
        "line 13, immutable borrow occurs here; line 14, mutable borrow occurs here; line 15, immutable borrow later used here.",
        "",
        "I changed `src/lib.rs`: The loan of the map is still alive when it is changed, so the number is copied out first. I see "
        "nothing that it costs.",
        "",
        "In a copy `cargo check` passes, and of the tests 1 passed.",
    ]


def test_what_compiles_and_fails_a_test_never_reaches_the_workspace(place: Path, tmp_path: Path) -> None:
    her = work(place, tmp_path / "home", [fenced(SILLY)])
    seen = list(her.turn(FIX))
    assert not only(seen, happened.Changed) and source(place) == BODY
    (proposal,) = only(seen, happened.Proposed)
    assert "1 failed" in proposal.reason and "-        if self.by_name.insert" in proposal.diff
    assert not seen[-1].clean


def test_one_who_may_do_nothing_proposes_a_diff_that_applies(place: Path, tmp_path: Path) -> None:
    her = work(place, tmp_path / "home", [fenced(MENDED), "said"], approve=Approve.none)
    seen = list(her.turn(FIX))
    assert source(place) == BODY and git(place, "status", "--porcelain") == ""
    (proposal,) = only(seen, happened.Proposed)
    subprocess.run(["git", "apply", "-"], cwd=place, input=proposal.diff, text=True, check=True)
    assert ".copied()" in source(place)


def test_a_no_with_its_reason_is_told_and_changes_nothing(place: Path, tmp_path: Path) -> None:
    def ask(deed: Deed, what: str, details: str) -> PersonAnswer:
        return PersonAnswer(True) if deed is Deed.TEST else PersonAnswer(False, why="not before the release")

    her = work(place, tmp_path / "home", [fenced(MENDED), "said"], approve=Approve.ask, ask=ask, answers=1)
    seen = list(her.turn(FIX))
    assert source(place) == BODY
    assert {one.why for one in only(seen, happened.Declined)} == {"not before the release"}


def test_why_a_person_said_no_goes_back_to_her_and_she_does_it_otherwise(place: Path, tmp_path: Path) -> None:
    answers = iter([PersonAnswer(True), PersonAnswer(False, why="no copies in here"), PersonAnswer(True)])
    other = ADD.replace(".get(name),", ".get(name).map(|n| *n),").replace("s != old", "*s != old")
    her = work(place, tmp_path / "home", [fenced(MENDED), fenced(other), "said"], Approve.ask, lambda *_: next(answers))
    seen = list(her.turn(FIX))
    assert "map(|n| *n)" in source(place) and len(only(seen, happened.Changed)) == 1
    assert [one.why for one in only(seen, happened.Declined)] == ["no copies in here"]


def test_who_has_just_said_yes_to_a_diff_is_not_shown_it_again(place: Path, tmp_path: Path) -> None:
    seen_by_them: list[str] = []

    def ask(deed: Deed, what: str, details: str) -> PersonAnswer:
        seen_by_them.append(details)
        return PersonAnswer(True)

    her = work(place, tmp_path / "home", [fenced(MENDED), "said"], Approve.ask, ask)
    (change,) = only(list(her.turn(FIX)), happened.Changed)
    assert change.shown and change.diff in seen_by_them
    screen = console()
    with screen.capture() as drawn:
        Narrator(screen, Narration.normal).show(change)
    assert "src/lib.rs" in drawn.get() and "+        let old" not in drawn.get()


def test_who_has_just_said_no_to_a_diff_is_not_shown_it_again_and_hears_why_and_price_before(
    place: Path, tmp_path: Path
) -> None:
    answers = iter([PersonAnswer(True), PersonAnswer(False)])
    her = work(place, tmp_path / "home", [fenced(MENDED), "said"], Approve.ask, lambda *_: next(answers))
    seen = list(her.turn(FIX))
    (asked,), (proposal,) = only(seen, happened.Asked), only(seen, happened.Proposed)
    assert (asked.reason, asked.trade_off) == (proposal.reason, proposal.trade_off)
    screen = console()
    with screen.capture() as drawn:
        for event in (asked, proposal):
            Narrator(screen, Narration.quiet).show(event)
    assert asked.reason[:40] in drawn.get() and "price:" in drawn.get() and "+++" not in drawn.get()


def test_an_item_she_has_not_read_is_not_edited_and_after_reading_it_is(place: Path, tmp_path: Path) -> None:
    edit = f"I copy the number out, so that the loan ends first.\n\nREPLACE ITEM Scores::add in src/lib.rs\n```rust\n{MENDED}\n```"
    read = 'I look first.\n<tools>{"name": "read", "arguments": {"path": "src/lib.rs", "item": "Scores::add"}}</tools>'
    her = work(place, tmp_path / "home", [edit, "I have to look first, then."])
    seen = list(her.turn("Copy the old score out in add."))
    assert [one.gate for one in only(seen, happened.Declined)] == ["unread"] and source(place) == BODY
    her.place.history.close()

    her = work(place, tmp_path / "home", [read, edit, "It is done."])
    seen = list(her.turn("Copy the old score out in add."))
    assert only(seen, happened.Called)[0].ok and ".copied()" in source(place)
    assert seen[-1].clean


def test_what_a_person_wrote_since_she_read_the_file_is_not_lost_to_her_edit(place: Path, tmp_path: Path) -> None:
    read = '<tools>{"name": "read", "arguments": {"path": "src/lib.rs"}}</tools>'
    new = BODY.replace("//! A table", "//! A small table")
    edit = f"The table is a small one, and says so now.\n\nFILE src/lib.rs\n```rust\n{new}```"
    her = work(
        place, tmp_path / "home", [read, "I have read it.", edit, "Then I read it.", read, edit, edit, "PersonAnswer."]
    )
    list(her.turn("Look at the table."))
    theirs = BODY + "\npub fn theirs() {}\n"
    (place / "src/lib.rs").write_text(theirs)
    seen = list(her.turn("Call it a small table."))
    assert "theirs" in only(seen, happened.Declined)[0].why and source(place) == theirs
    (place / "src/lib.rs").write_text(BODY)  # as she has read it
    list(her.turn("Call it a small table."))
    assert source(place).startswith("//! A small table")


def test_her_own_edit_need_not_be_read_before_the_next(place: Path, tmp_path: Path) -> None:
    read = '<tools>{"name": "read", "arguments": {"path": "src/lib.rs", "item": "Scores::best"}}</tools>'
    edits = [
        f"The last of the sorted ones is the best, read {how}.\n\nREPLACE ITEM Scores::best in src/lib.rs\n```rust\n"
        f"    pub fn best(&self) -> Option<u32> {{\n        self.best.{how}\n    }}\n```"
        for how in ("iter().last().copied()", "iter().max().copied()")
    ]
    her = work(place, tmp_path / "home", [read, *edits, "PersonAnswer."])
    seen = list(her.turn("Say best otherwise."))
    assert len(only(seen, happened.Changed)) == 2 and "iter().max()" in source(place)


def test_a_line_outside_of_items_or_of_a_manifest_is_not_lost_unread(place: Path, tmp_path: Path) -> None:
    manifest = (place / "Cargo.toml").read_text()
    edits = [
        f"The version is the next one.\n\nFILE Cargo.toml\n```toml\n{manifest.replace('0.1.0', '0.2.0')}```",
        f"The map is not needed here.\n\nFILE src/lib.rs\n```rust\n{BODY.replace('use std::collections::HashMap;', '')}```",
    ]
    her = work(place, tmp_path / "home", [*edits, "Then not."])
    seen = list(her.turn("Which of it would you drop?"))
    assert [one.gate for one in only(seen, happened.Declined)] == ["unread", "unread"]
    assert source(place) == BODY and (place / "Cargo.toml").read_text() == manifest


@pytest.mark.parametrize(
    "answer",
    [
        fenced(MENDED.replace("self.best.push(score);", "unsafe { self.best.push(score) };")),
        f"The loan ends before the map changes.\n\nFILE src/lib.rs\n```rust\n{BODY.replace(ADD, MENDED).replace('.last()', '.first()')}```",
        'The crate is another one.\n\nFILE Cargo.toml\n```toml\n[package]\nname = "other"\n```',
    ],
)
def test_a_mending_of_hers_passes_the_gates_too(answer: str, place: Path, tmp_path: Path) -> None:
    her = work(place, tmp_path / "home", [answer, answer, "I leave it."], approve=Approve.edits)
    seen = list(her.turn(FIX))
    assert not only(seen, happened.Changed, happened.Proposed) and source(place) == BODY


def test_a_circle_of_links_and_a_file_that_is_shut_are_answers(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "circle").symlink_to("circle")
    hands = work(place, tmp_path / "home", []).hands
    assert "no file circle/x" in hands.use(ReadCall("circle/x")).text

    def shut(path: Path, *_: object, **__: object) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("rusta.loop.read.tool_runner.read_file", shut)
    assert not (said := hands.use(Search("add"))).ok and "Permission denied" in said.text


def test_a_workspace_that_is_not_there_is_not_the_crate_above_it(place: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"workspace={place}/srk is not a folder"):
        work(place / "srk", tmp_path / "home", [])


def test_a_crate_that_the_workspace_above_excludes_is_worked_in_by_itself(place: Path) -> None:
    with (place / "Cargo.toml").open("a") as manifest:
        manifest.write('[workspace]\nexclude = ["fuzz", "old"]\nmembers = ["old/kept"]\n')
    for name in ("fuzz", "old/kept", "other"):
        crate(place / name)
    assert crate_root(place / "fuzz/src") == place / "fuzz"
    assert crate_root(place / "old/kept") == place and crate_root(place / "other") == place


def test_a_proposal_beside_a_form_feed_applies(tmp_path: Path) -> None:
    body = NO_MUT.replace("    #[test]", "    // \f a page ends here\u2028\n    #[test]")
    place = crate(tmp_path / "scores", body)
    seen = list(work(place, tmp_path / "home", ["said"], approve=Approve.none).turn(FIX))
    (proposal,) = only(seen, happened.Proposed)
    subprocess.run(["git", "apply", "-"], cwd=place, input=proposal.diff, text=True, check=True)
    assert "let mut scores" in source(place)


def test_a_chain_that_cannot_be_made_whole_is_not_made_at_all(tmp_path: Path) -> None:
    place = crate(tmp_path / "scores", "pub mod a;\npub mod b;\n")
    (place / "src/a.rs").write_text("pub fn a() -> usize { let v = vec![1]; v.push(2); v.len() }\n")
    (place / "src/b.rs").write_text('pub fn b() -> usize { let s: String = "x"; s.len() }\n')
    before = {name: (place / "src" / name).read_text() for name in ("a.rs", "b.rs")}
    for shut in ("a.rs", "b.rs"):  # whichever comes second in the chain
        (place / "src" / shut).chmod(0o444)
        her = work(place, tmp_path / "home", ["I do not know."])
        seen = list(her.turn(FIX))
        her.place.history.close()
        (place / "src" / shut).chmod(0o644)
        assert [one.gate for one in only(seen, happened.Declined)] == ["workspace"]
        assert not only(seen, happened.Changed)
        assert {name: (place / "src" / name).read_text() for name in before} == before


def test_a_line_that_would_fill_her_window_is_named_and_not_counted_as_read(place: Path, tmp_path: Path) -> None:
    old = f'pub const X: &str = "{"ab " * 20_000}";\npub fn one() {{}}\n'.encode()
    (place / "src/data.rs").write_bytes(old)
    her = work(place, tmp_path / "home", [])
    for call in (ReadCall("src/data.rs"), ReadCall("src/data.rs", item="X")):
        said = her.hands.use(call)
        assert not said.ok and len(said.text) < 500 and "first=" in said.text
    assert her.place.seen.unread("src/data.rs", old, b"") and her.hands.use(ReadCall("src/data.rs", first=2)).ok
    short = b"// a line\n" * 1000
    (place / "src/long.rs").write_bytes(short)
    assert "go on with first=241" in her.hands.use(ReadCall("src/long.rs")).text


def test_a_file_behind_a_link_that_leads_out_is_not_hers_even_to_try(place: Path, tmp_path: Path) -> None:
    kept = tmp_path / "elsewhere/keep.rs"
    kept.parent.mkdir()
    kept.write_text("theirs")
    (place / "out").symlink_to(kept.parent)
    edit = "A helper beside the others, so that it is found.\n\nFILE out/keep.rs\n```rust\npub fn one() {}\n```"
    her = work(place, tmp_path / "home", [edit, "Then I leave it."], approve=Approve.all)
    seen = list(her.turn("What would you add?"))
    assert [one.gate for one in only(seen, happened.Declined)] == ["outside the workspace"]
    assert kept.read_text() == "theirs"


def test_what_cargo_comes_to_no_judgement_about_is_not_made(tmp_path: Path) -> None:
    place = crate(tmp_path / "scores", NO_MUT.replace("let scores", "let mut scores"))
    manifest = (place / "Cargo.toml").read_text()
    read = '<tools>{"name": "read", "arguments": {"path": "Cargo.toml"}}</tools>'
    broken = manifest.replace("0.1.0", "next")
    edit = f"The next version has a name of its own.\n\nFILE Cargo.toml\n```toml\n{broken}```"
    her = work(place, tmp_path / "home", [read, edit, "Then not."], approve=Approve.edits)  # the tests may not run
    seen = list(her.turn("Which version would you give it?"))
    assert not only(seen, happened.Changed) and (place / "Cargo.toml").read_text() == manifest
    assert "unexpected character 'n'" in her.conversation.session.turns[-2].text


def test_where_cargo_does_not_come_to_a_judgement_it_is_shown_and_nothing_is_clean(place: Path, tmp_path: Path) -> None:
    (place / "Cargo.toml").write_text("[package\n")
    her = work(place, tmp_path / "home", ["The bracket is open."])
    heard: list[str] = []
    her.conversation.mind.count = lambda turns: heard.append(turns[-1].text) or 1
    assert not list(her.turn("What is wrong?"))[-1].clean
    assert "unclosed table" in heard[0]


def test_a_check_that_is_stopped_at_a_limit_mends_nothing(tmp_path: Path) -> None:
    place = crate(tmp_path / "scores", NO_MUT)
    her = work(place, tmp_path / "home", ["I do not know."], approve=Approve.edits, answers=1)
    stopped = CargoReport("cargo check", False, stopped=Stopped.time)
    reports = iter([her.place.trial])  # the workspace is judged, and then no hypothesis is
    her.place.trial.check = lambda all_targets=False: (  # type: ignore[method-assign]
        Cargo.check(cargo, all_targets) if (cargo := next(reports, None)) else stopped
    )
    seen = list(her.turn(FIX))
    assert only(seen, happened.Supposed) and not only(seen, happened.Changed) and source(place) == NO_MUT


def test_a_test_that_never_comes_back_is_told_as_that_and_not_as_failed(tmp_path: Path) -> None:
    body = NO_MUT.replace("    #[test]", "    #[test]\n    fn never() {\n        loop {}\n    }\n\n    #[test]")
    place = crate(tmp_path / "scores", body)
    her = work(place, tmp_path / "home", ["I do not know."], answers=1)
    her.place.trial.limits = Limits(seconds=6)
    seen = list(her.turn(FIX))
    (ran,) = [tried.tests for tried in only(seen, happened.Tried) if tried.tests]
    assert "never had not come back" in ran and "its limit" in ran and "failed" not in ran
    (proposal,) = only(seen, happened.Proposed)
    assert ran in proposal.reason and source(place) == body


def test_a_suggestion_back_to_where_it_began_is_not_tried(tmp_path: Path) -> None:
    """rustc says "borrow it", and of the borrowed one "remove the borrow"."""
    body = "pub fn twice(names: Vec<String>) -> usize { count(names) + names.len() }\n"
    place = crate(tmp_path / "scores", body)
    scratch = work(place, tmp_path / "home", []).place.scratch
    scratch.sync()
    other = body.replace("count(names) +", "count(&names) +").encode()
    assert scratch.differing({"src/lib.rs": other}) == {"src/lib.rs": other}
    scratch.become({"src/lib.rs": other})
    assert scratch.differing({"src/lib.rs": body.encode()}) == {} == scratch.differing({"none.rs": None})


def test_ctrl_c_in_the_middle_of_cargo_stops_her_and_not_one_command(tmp_path: Path) -> None:
    place = crate(
        tmp_path / "scores",
        NO_MUT.replace("    #[test]", "    #[test]\n    fn never() {\n        loop {}\n    }\n\n    #[test]"),
    )
    before = source(place)
    her = work(place, tmp_path / "home", ["never said"])
    seen: list[happened.Event] = []
    with pytest.raises(KeyboardInterrupt):
        for event in her.turn(FIX):
            seen.append(event)
            if only(seen, happened.Tried):  # from here on the tests run
                threading.Timer(4, os.kill, (os.getpid(), signal.SIGINT)).start()
    assert not only(seen, happened.Changed, happened.Said) and source(place) == before
    assert json.loads(her.conversation.session.path.read_text().splitlines()[-1])["why"] == "interrupted"


def test_ctrl_c_between_two_links_of_a_chain_leaves_the_tree_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = crate(tmp_path / "scores", TWO)
    her = work(place, tmp_path / "home", ["never said"])
    made: list[object] = []
    apply = her.place.history.apply

    def interrupted(*words: object, **named: object) -> object:
        made.append(apply(*words, **named))  # type: ignore[arg-type]
        if len(made) == 2:
            raise KeyboardInterrupt
        return made[-1]

    monkeypatch.setattr(her.place.history, "apply", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(her.turn(FIX))
    assert len(made) == 2 and source(place) == TWO


def test_a_source_that_is_no_text_is_named_and_no_mind_is_asked_to_write_it_anew(tmp_path: Path) -> None:
    place = crate(tmp_path / "scores")
    (place / "src/lib.rs").write_bytes(b"// caf\xe9\npub fn f() {}\n")
    her = work(place, tmp_path / "home", ["It is not UTF-8."])
    seen = list(her.turn(FIX))
    assert any("src/lib.rs:1:7" in event.text and "UTF-8" in event.text for event in only(seen, happened.Narrated))
    assert not only(seen, happened.Supposed) and her.conversation.mind.asked == 0
    assert (place / "src/lib.rs").read_bytes() == b"// caf\xe9\npub fn f() {}\n"


def test_an_edit_that_leaves_errors_standing_is_not_called_clean(place: Path, tmp_path: Path) -> None:
    read = '<tools>{"name": "read", "arguments": {"path": "src/lib.rs"}}</tools>'
    new = BODY.replace("//! A table", "//! A small table")
    edit = f"The table is a small one, and says so now.\n\nFILE src/lib.rs\n```rust\n{new}```"
    seen = list(work(place, tmp_path / "home", [read, edit, "PersonAnswer."]).turn("Call it a small table."))
    assert only(seen, happened.Changed) and not seen[-1].clean


def test_her_edits_have_rustfmts_form_where_the_file_had_it_and_a_persons_own_layout_stays(tmp_path: Path) -> None:
    tidy = 'pub fn greet() -> String {\n    let s: String = "x";\n    s\n}\n'
    for name, body in (("tidy", tidy), ("own", tidy.replace("    s\n", "  s\n"))):
        place = crate(
            tmp_path / name,
            body + "\npub fn pushed(mut v: Vec<u32>) -> u32 {\n    let first = &v[0];\n    v.push(1);\n    *first\n}\n",
        )
        her = work(place, tmp_path / f"home-{name}", ["It is a copy now."])
        list(her.turn(FIX))
        made = source(place)
        assert "let first = v[0];" in made and ("\n  s\n" in made) is (name == "own")
        formatted = subprocess.run(["rustfmt", "--check", "src/lib.rs"], cwd=place, capture_output=True).returncode == 0
        assert formatted is (name == "tidy")


def test_what_clippy_says_of_the_lines_she_wrote_is_told_and_of_others_not(tmp_path: Path) -> None:
    place = crate(tmp_path / "scores", BODY + "\npub fn theirs(v: &Vec<u32>) -> bool {\n    v.len() == 0\n}\n")
    wordy = MENDED.replace("self.best.sort_unstable();", "self.best.sort_unstable();\n        return;")
    seen = list(work(place, tmp_path / "home", [fenced(wordy), "It is a copy now."]).turn(FIX))
    (told,) = [event.text for event in only(seen, happened.Narrated) if "clippy" in event.text]
    assert "needless_return" in told and "len_zero" not in told


@pytest.mark.parametrize("breaks", [False, True])
def test_a_test_that_failed_before_an_edit_is_told_and_not_held_against_it(breaks: bool, tmp_path: Path) -> None:
    body = (
        "pub fn one() -> u32 {\n    1\n}\n#[test]\nfn old() {\n    assert_eq!(one(), 7);\n}\n"
        "#[test]\nfn fine() {\n    assert!(one() < 5);\n}\n"
    )
    place = crate(tmp_path / "one", body)
    code = f"/// One.\npub fn one() -> u32 {{\n    {9 if breaks else 1}\n}}"
    her = work(
        place,
        tmp_path / "home",
        [
            'I look first.\n<tools>{"name": "read", "arguments": {"path": "src/lib.rs"}}</tools>',
            f"It says now what it gives back.\n\nREPLACE ITEM one in src/lib.rs\n```rust\n{code}\n```",
            "It is done.",
        ],
    )
    seen = list(her.turn("Document one."))
    assert ("/// One." in source(place)) is not breaks
    assert any("failed before" in one.text for one in only(seen, happened.Narrated)) is not breaks


def test_an_edit_without_a_reason_is_not_made(place: Path, tmp_path: Path) -> None:
    read = '<tools>{"name": "read", "arguments": {"path": "src/lib.rs"}}</tools>'
    edit = f"Here:\n\nREPLACE ITEM Scores::add in src/lib.rs\n```rust\n{MENDED}\n```"
    her = work(place, tmp_path / "home", [read, edit, "Then not."])
    seen = list(her.turn("Copy the old score out in add."))
    assert [one.gate for one in only(seen, happened.Declined)] == ["unexplained code"] and source(place) == BODY


def test_a_request_outside_her_scope_is_declined_with_what_she_can_do_and_nothing_runs(
    place: Path, tmp_path: Path
) -> None:
    her = work(place, tmp_path / "home", ["never said"])
    seen = list(her.turn("Write me the Flask endpoint for the upload."))
    assert [type(event) for event in seen] == [happened.Declined, happened.Ended]
    assert "flask" in seen[0].why.lower() and "Rust" in seen[0].why


def test_a_block_that_does_not_compile_is_marked_with_its_code(place: Path, tmp_path: Path) -> None:
    answer = 'A value that was moved cannot be read again:\n\n```rust\nlet a = String::new();\nlet b = a;\nprintln!("{a}{b}");\n```\n'
    seen = list(work(place, tmp_path / "home", [answer]).turn("What is a move?"))
    (mark,) = only(seen, happened.Checked)
    assert mark.ok is False and "E0382" in mark.verdict


def test_a_file_that_a_person_changed_meanwhile_is_left_alone(place: Path, tmp_path: Path) -> None:
    theirs = BODY.replace("//! A table of scores.", "//! Their own words.")
    her = work(place, tmp_path / "home", [fenced(MENDED), "said"])
    seen = []
    for event in her.turn(FIX):
        seen.append(event)
        if isinstance(event, happened.Supposed):
            (place / "src/lib.rs").write_text(theirs)
    assert source(place) == theirs and not only(seen, happened.Changed)
    assert [one.gate for one in only(seen, happened.Declined)] == ["workspace"]


def test_every_event_is_in_the_session_and_resuming_passes_over_them(place: Path, tmp_path: Path) -> None:
    from rusta.loop.session import resume

    her = work(place, tmp_path / "home", [fenced(MENDED)])
    seen = list(her.turn(FIX))
    lines = [json.loads(line) for line in her.conversation.session.path.read_text().splitlines()]
    kinds = [line["type"] for line in lines]
    assert kinds.count("supposed") == len(only(seen, happened.Supposed)) and kinds[-1] == "ended"
    again = resume(tmp_path / "home/sessions", "last")
    assert [turn.text for turn in again.turns] == [FIX, only(seen, happened.Said)[0].text]


def test_a_lesson_is_kept_and_what_was_written_before_comes_to_mind(place: Path, tmp_path: Path) -> None:
    class Diary:
        def __init__(self) -> None:
            self.kept: list[Lesson] = []
            self.asked: list[TurnSituation] = []
            self.used: list[tuple[str, bool]] = []

        def remind(self, situation: TurnSituation) -> list[Reminder]:
            self.asked.append(situation)
            return [Reminder("procedural/loans.md", "End the loan first.", "3 days ago", "high", "when: E0502")]

        def keep(self, lesson: Lesson) -> str | None:
            self.kept.append(lesson)
            return "semantic/today.md"

        def outdated(self, path: str, why: str) -> None:
            raise AssertionError

        def helped(self, path: str, yes: bool) -> None:
            self.used.append((path, yes))

    diary = Diary()
    her = work(place, tmp_path / "home", [fenced(MENDED), "End it before you write."], memory=diary)
    seen = list(her.turn(FIX))
    assert diary.asked[0].codes == ("E0502",) and diary.kept[0].codes == ("E0502",)
    assert diary.used == [("procedural/loans.md", True)]
    assert [one.path for one in only(seen, happened.Recalled)] == ["procedural/loans.md"]
    seen = list(her.turn("What do I do about a loan?"))
    assert "(From my journals: `procedural/loans.md`)" in "".join(one.text for one in only(seen, happened.Said))


def test_the_lesson_of_a_chain_is_the_whole_chain_and_the_question_comes_last(tmp_path: Path) -> None:
    her = work(crate(tmp_path / "scores", TWO), tmp_path / "home", ["One was not mutable, one was moved."])
    seen = list(her.turn(FIX))
    changes = only(seen, happened.Changed)
    (learned,) = only(seen, happened.Learned)
    assert len(changes) == 2 and all(change.reason in learned.lesson for change in changes)
    assert isinstance(seen[-2], happened.Checkpoint) and isinstance(seen[-1], happened.Ended)
    assert all(change.trade_off in seen[-2].question for change in changes)


def test_a_loop_of_the_same_call_is_stopped(place: Path, tmp_path: Path) -> None:
    same = 'Once more.\n<tools>{"name": "search", "arguments": {"text": "fn add"}}</tools>'
    seen = list(work(place, tmp_path / "home", [same]).turn("Where is add?"))
    assert len(only(seen, happened.Called)) < 5
    assert any(one.text.startswith("I stop here") for one in only(seen, happened.Narrated))
    assert ADD in BODY
