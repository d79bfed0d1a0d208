"""Every command, on real files with a real index and a real history."""

import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from rich.console import Console

from rusta.cli.verbs import parted, translate
from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.core.output import Output
from rusta.memory.recall.ephemeral import Ephemeral
from rusta.memory.recall.recall import Memory
from rusta.modes.devlog import DevLog
from rusta.ui.journal.arguments import COMMANDS

Say = Callable[..., Any]


@pytest.fixture
def say(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    """What `rusta devlog WORDS... output=json` prints, as data."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))

    def run(*words: str, stdin: str = "") -> Any:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        told = parted(translate(["devlog", *words]))[1]
        DevLog(Memory(home), Output.json, told).run()
        return json.loads(capsys.readouterr().out)

    return run


def paths(rows: list[dict[str, Any]]) -> list[str]:
    return [row["path"] for row in rows]


def test_a_search_finds_best_first_with_the_piece_that_answers(devlogs: Path, say: Say) -> None:
    found = say("search", "join", "absolute", "path")["entries"]
    assert found[0]["path"] == "semantic/join-forgets-the-left.md"
    assert [row["score"] for row in found] == sorted((row["score"] for row in found), reverse=True)
    assert "join" in found[0]["excerpt"].lower()
    assert Path(found[0]["file"]).read_text()


def test_filters_narrow_and_an_answer_never_holds_what_they_exclude(devlogs: Path, say: Say) -> None:
    assert {row["journal"] for row in say("search", "borrow", "journal=semantic")["entries"]} == {"semantic"}
    assert paths(say("list", "tag=E0382")["entries"]) == ["episodic/2026-06-03_first-days-with-yusuf.md"]
    assert paths(say("list", "repo=depot")["entries"]) == ["episodic/2026-06-03_first-days-with-yusuf.md"]
    spring = say("list", "since=2026-04", "until=2026-05-06")["entries"]
    assert spring and all("2026-04-01" <= row["date"][:10] <= "2026-05-06" for row in spring)
    assert len(say("list", "limit=3")["entries"]) == 3


def test_a_list_is_newest_first_and_a_timeline_is_the_same_by_day(devlogs: Path, say: Say) -> None:
    rows = say("list", "limit=100")["entries"]
    assert len(rows) == 24
    assert [row["date"] for row in rows] == sorted((row["date"] for row in rows), reverse=True)
    days = say("timeline", "limit=100")["days"]
    assert [row["path"] for day in days for row in day["entries"]] == paths(rows)
    assert all(row["date"].startswith(day["day"]) for day in days for row in day["entries"])


@pytest.mark.parametrize(
    "called",
    ["semantic/join-forgets-the-left.md", "semantic/join-forgets-the-left", "join-forgets-the-left", "2026-02-19"],
)
def test_an_entry_is_shown_by_path_by_name_or_by_day(called: str, devlogs: Path, say: Say) -> None:
    shown = say("show", called)
    assert shown["path"] in ("semantic/join-forgets-the-left.md", "episodic/2026-02-19_tail-that-grew.md")
    assert shown["body"].strip() in (devlogs / shown["path"]).read_text()


@pytest.mark.parametrize(
    ("words", "code", "needles"),
    [
        (["show", "jon-forgets-left"], 1, ["join-forgets-the-left"]),
        (["show", "2026-02-11"], 1, ["2 entries", "as-any-removed", "the-header-with-two-lengths"]),
        (["show", "../../etc/passwd"], 1, ["passwd"]),
        (["show", "2026-02-30"], 1, ["no entry 2026-02-30"]),
        (["list", "repo=\udcff"], 2, ["repo=", "UTF-8"]),
        (["show"], 2, ["PATH", "missing"]),
        (["list", "journal=sematic"], 2, ["journal=sematic", "semantic", "lab"]),
        (["list", "confidence=sure"], 2, ["confidence=sure", "high, medium, low"]),
        (["list", "since=soon"], 2, ["since=soon", "2026-01", "7d"]),
        (["list", "limit=many"], 2, ["limit=many", "limit=20"]),
        (["list", "tag=a,b"], 2, ["tag=a,b", "one at a time"]),
        (["write", "diary", "A title", "text=x"], 2, ["journal=diary", "episodic"]),
        (["write", "lab", "A title", "text=x", "importance=11"], 2, ["importance=11", "10"]),
        (["write", "lab", "A title"], 2, ["text=", "pipe"]),
        (["write", "lab", "A title", "text=x", "links=nowhere"], 1, ["nowhere"]),
        (["write", "lab", "A title", "text=x", "author=nobody"], 2, ["author=nobody", "person"]),
        (["supersede", "who-reads-last"], 2, ["OLD NEW", "NEW is missing"]),
        (["supersede", "who-reads-last", "who-reads-last"], 1, ["its own place"]),
        (["link", "who-reads-last", "who-reads-last"], 1, ["link to itself"]),
        (["archive", "who-reads-last", "off=true"], 1, ["is active", "archived"]),
        (["doctor", "mend=perhaps"], 2, ["mend=perhaps", "true, false"]),
    ],
)
def test_what_cannot_be_done_names_the_key_the_value_and_what_there_is(
    words: list[str], code: int, needles: list[str], devlogs: Path, say: Say
) -> None:
    before = sorted(devlogs.rglob("*.md"))
    with pytest.raises(RustaError) as refusal:
        say(*words)
    assert refusal.value.exit_code == code, refusal.value
    assert all(needle in str(refusal.value) for needle in needles), refusal.value
    assert sorted(devlogs.rglob("*.md")) == before


def test_an_entry_is_written_from_text_or_from_a_pipe_and_found_at_once(devlogs: Path, say: Say) -> None:
    made = say(
        "write", "semantic", "Zeta", "holds", "tags=[z, E0499]", "confidence=high", "text=Zeta = ${x} 'holds' E0502"
    )
    piped = say("write", "lab", "A pipe", stdin="# ignored\n\nzeta from a pipe, ü\n")
    assert (made["journal"], made["tags"], made["confidence"]) == ("semantic", ["z", "E0499"], "high")
    assert "E0502" in made["suggested"] and "E0499" not in made["suggested"]
    assert "Zeta = ${x} 'holds'" in Path(made["file"]).read_text()
    assert "from a pipe, ü" in piped["body"]
    assert set(paths(say("search", "zeta")["entries"])) == {made["path"], piped["path"]}


def test_an_entry_is_written_in_the_persons_editor(
    devlogs: Path, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import pathlib, sys\n"
        "page = pathlib.Path(sys.argv[1])\n"
        "page.write_text(page.read_text().replace('tags: []', 'tags: [mine]') + 'What I typed.\\n')\n"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} {editor}")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr(
        "rusta.ui.journal.write_commands.Writing._given", lambda self: self.said.text
    )  # a keyboard, not a pipe
    made = say("write", "episodic", "Typed by hand")
    assert (made["title"], made["tags"]) == ("Typed by hand", ["mine"])
    assert made["body"].strip().endswith("What I typed.") and "<!--" not in made["body"]


@pytest.mark.parametrize(
    ("does", "said", "kept"),
    [
        (
            "with open(sys.argv[1], 'a') as page: page.write('What I typed.'); page.close(); sys.exit(9)",
            "ended with 9",
            1,
        ),
        ("page = open(sys.argv[1], 'a'); page.write('What I typed.')", None, 0),
        ("import os; os.remove(sys.argv[1])", "left as it was", 0),
        (None, "cannot be run", 0),
    ],
)
def test_an_editor_that_ends_badly_loses_nothing_that_was_typed(
    does: str | None, said: str | None, kept: int,
    devlogs: Path, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "editor.py").write_text(f"import sys\n{does}\n")
    monkeypatch.setenv("VISUAL", f"{sys.executable} {tmp_path / 'editor.py'}" if does else "no-such-editor")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("rusta.ui.journal.write_commands.Writing._given", lambda self: self.said.text)
    if said:
        with pytest.raises(RustaError, match=said):
            say("write", "episodic", "Typed by hand")
    else:
        assert "What I typed." in say("write", "episodic", "Typed by hand")["body"]
    assert ["What I typed." in page.read_text() for page in tmp_path.glob("devlog-*.md")] == [True] * kept


def test_tags_links_pins_and_archives_change_one_key_and_stand_in_the_history(devlogs: Path, say: Say) -> None:
    one, other = "semantic/join-forgets-the-left.md", "procedural/who-reads-last.md"
    body = (devlogs / one).read_text().partition("---\n\n")[2]
    assert "later" in say("tag", one, "later")["tags"]
    assert say("link", one, other)["links"] == [other]
    assert say("show", other)["linked_from"] == [one]
    assert say("pin", one)["pinned"] is True
    assert say("pin", one, "off=true")["pinned"] is False
    assert say("archive", one)["status"] == "archived"
    assert (devlogs / one).read_text().partition("---\n\n")[2] == body
    changes = say("history", one)["changes"]
    assert len(changes) >= 5 and all(change["commit"] and change["when"] for change in changes)
    assert one not in paths(say("list", "limit=100")["entries"])
    assert one in paths(say("list", "limit=100", "status=all")["entries"])


def test_what_was_archived_can_be_taken_back(devlogs: Path, say: Say) -> None:
    path = "semantic/join-forgets-the-left.md"
    before = (devlogs / path).read_text()
    assert say("archive", path)["status"] == "archived"
    assert say("archive", path, "off=true")["status"] == "active"
    assert (devlogs / path).read_text() == before.replace("\n---\n\n", "\nstatus: active\n---\n\n", 1)
    assert path in paths(say("list", "limit=100")["entries"])


def test_where_nothing_fits_a_person_is_told_what_was_asked_for_and_not_to_begin(
    devlogs: Path, home: Home, say: Say, capsys: pytest.CaptureFixture[str]
) -> None:
    assert say("list", "journal=lab", "tag=x") == {"filters": {"journal": "lab", "tag": "x"}, "entries": []}
    for words in (["list", "journal=lab"], ["timeline", "journal=lab"], ["search", "borrow", "journal=lab"]):
        DevLog(Memory(home), Output.text, parted(translate(["devlog", *words]))[1]).run()
        screen = capsys.readouterr().out
        assert "fits journal=lab." in screen and "devlog write" not in screen, words


def test_a_tag_is_found_as_it_is_spelled_and_stands_for_no_other(devlogs: Path, say: Say) -> None:
    say("write", "lab", "One", "tags=Größe,a_b", "text=Measured.")
    assert [len(say("list", f"tag={tag}")["entries"]) for tag in ("größe", "GRößE", "a_b", "A_B", "a-b", "a%", "%")] == [
        1, 1, 1, 1, 0, 0, 0]  # fmt: skip


def test_in_a_terminal_what_was_found_stays_under_its_title(
    devlogs: Path, home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "rusta.ui.journal.cli_render.console", lambda: Console(width=60, force_terminal=True, color_system=None)
    )
    DevLog(Memory(home), Output.text, parted(translate(["devlog", "search", "borrow", "limit=1"]))[1]).run()
    title, *under = capsys.readouterr().out.rstrip().splitlines()
    assert title.startswith("procedural  ") and len(under) >= 3
    assert all(line.startswith(" " * 12) for line in under)


def test_a_trace_that_a_person_reads_is_short(devlogs: Path, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    DevLog(
        Memory(home), Output.text, parted(translate(["devlog", "trace", "E0505 who reads last of the loans"]))[1]
    ).run()
    screen = capsys.readouterr().out
    assert screen.count("stays  ") == 5 and "more: output=json" in screen
    assert "left out: others fit far better" in screen


def test_what_is_superseded_points_to_what_stands_in_its_place(devlogs: Path, say: Say) -> None:
    old = "semantic/float-max-drops-nan.md"
    new = say("write", "semantic", "maximum keeps nan", "text=f32::maximum propagates it.")["path"]
    assert say("supersede", old, new)["supersedes"] == [old]
    shown = say("show", old)
    assert (shown["status"], shown["superseded_by"]) == ("superseded", [new])
    with pytest.raises(RustaError, match="cannot be replaced"):
        say("supersede", new, old)


def test_a_compression_is_shown_before_it_is_done_and_loses_nothing(devlogs: Path, say: Say) -> None:
    for n in range(4):
        say(
            "write",
            "semantic",
            f"A fact {n}",
            "tags=drop,order",
            f"text=Fields drop in order, {n} of them: {'abcd'[n] * 9}.",
        )
    plan = say("compress")
    assert plan["applied"] is False and any(step["kind"] == "thematic" for step in plan["steps"])
    before = set(devlogs.rglob("*.md"))
    done = say("compress", "apply=true")
    assert done["applied"] is True and [s["key"] for s in done["steps"]] == [s["key"] for s in plan["steps"]]
    assert before <= set(devlogs.rglob("*.md"))
    (theme,) = [step for step in done["steps"] if step["kind"] == "thematic" and "drop" in step["key"]]
    assert set(say("show", theme["path"])["links"]) == set(theme["entries"])


def test_habits_are_those_that_an_event_fires(devlogs: Path, say: Say) -> None:
    say("write", "procedural", "Clones", "when=clippy::redundant_clone,crate:burn", "text=When X, I first Y.")
    everything = {row["path"]: row["when"] for row in say("habits")["entries"]}
    assert everything["procedural/who-reads-last.md"] == ["E0505"] and len(everything) >= 5
    assert paths(say("habits", "E0505")["entries"]) == ["procedural/who-reads-last.md"]
    for event in ("clippy::redundant_clone", "redundant_clone", "crate:burn"):
        assert [row["title"] for row in say("habits", event)["entries"]] == ["Clones"], event
    assert say("habits", "E9999")["entries"] == []


def test_a_trace_says_what_comes_to_mind_and_why(devlogs: Path, say: Say) -> None:
    trace = say("trace", "error[E0505]: cannot move out of it while borrowed, who reads last?")
    assert trace["entries"][0]["path"] == "procedural/who-reads-last.md" and "E0505" in trace["entries"][0]["why"]
    assert {one["path"] for one in trace["considered"]} and all(one["verdict"] for one in trace["considered"])
    assert say("trace", "zebra xylophone")["entries"] == []


def test_a_guest_opens_no_journals() -> None:
    with pytest.raises(RustaError, match="memory=ephemeral"):
        DevLog(Ephemeral(), Output.json, {"do": "list"}).run()


def test_a_new_home_is_empty_and_says_so_without_leaving_a_trace(home: Home, say: Say) -> None:
    assert say("list") == {"entries": []}
    assert say("search", "x")["entries"] == []
    assert say("timeline") == {"days": []}
    assert say("doctor")["well"] is True
    assert not Path(home.root).exists()
    assert say("write", "episodic", "First", "text=It begins.")["path"].startswith("episodic/")


def test_a_doctor_finds_what_is_odd_and_changes_nothing(devlogs: Path, say: Say) -> None:
    (devlogs / "semantic" / "bad.md").write_text("---\ntags: [a\n---\nbody\n")
    (devlogs / "semantic" / "out.md").symlink_to("/etc/hostname")
    before = {path: path.read_bytes() for path in devlogs.rglob("*.md")}
    report = say("doctor")
    assert report["well"] is False
    assert {"semantic/bad.md", "semantic/out.md"} <= {problem["path"] for problem in report["problems"]}
    assert {path: path.read_bytes() for path in devlogs.rglob("*.md")} == before


def test_a_doctor_who_may_mend_begins_a_damaged_history_anew_and_tells_what_was_done(
    devlogs: Path, home: Home, say: Say, capsys: pytest.CaptureFixture[str]
) -> None:
    say("write", "lab", "One", "text=What stays.")
    for folder in (devlogs / ".git" / "objects").iterdir():
        shutil.rmtree(folder)
    (told,) = say("doctor")["problems"]
    assert "rusta devlog doctor mend=true" in told["what"]
    report = say("doctor", "mend=true")
    assert report["well"] is True and ".git-broken-" in report["mended"][0]
    assert say("history", "one")["changes"][-1]["summary"].startswith("By hand")
    DevLog(Memory(home), Output.text, parted(translate(["devlog", "doctor", "mend=true"]))[1]).run()
    assert "All is well." in capsys.readouterr().out


def test_a_person_reads_titles_ages_and_paths(devlogs: Path, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["search", "borrow"], ["list"], ["timeline"], ["show", "who-reads-last"]):
        DevLog(Memory(home), Output.text, parted(translate(["devlog", *words]))[1]).run()
        screen = capsys.readouterr().out
        assert "procedural/who-reads-last.md" in screen and "who reads last" in screen, words
    assert "ago" in screen


def test_nobody_with_journals_is_told_of_a_first_entry_and_a_doctor_names_a_place_once(
    devlogs: Path, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    (devlogs / "semantic" / "bad.md").write_text("---\ntags: [a\n---\nbody\n")
    (devlogs / "semantic" / "out.md").symlink_to("/etc/hostname")
    said = {}
    for words in (["search", "xylophone"], ["habits", "E9999"], ["history", "bad"], ["doctor"]):
        DevLog(Memory(home), Output.text, parted(translate(["devlog", *words]))[1]).run()
        said[words[0]] = capsys.readouterr().out
    assert not any("rusta devlog write" in screen for screen in said.values())
    assert [said["doctor"].count(name) for name in ("semantic/bad.md", "semantic/out.md")] == [1, 1]


def test_without_a_terminal_the_app_is_refused_with_what_can_be_said(home: Home) -> None:
    with pytest.raises(RustaError, match=r"search\|list"):
        DevLog(Memory(home)).run()


def test_the_whole_process_answers_a_search_it_never_saw(
    devlogs: Path, rusta: Callable[..., CompletedProcess[str]]
) -> None:
    first = rusta("devlog", "search", "let x = '${y}'", "output=json")
    assert first.returncode == 0, first.stderr
    second = rusta("devlog", "search", "borrow", "limit=2", "output=json")
    third = rusta("devlog", "list", "limit=2", "output=json")
    again = rusta("devlog", "search", "borrow", "limit=2", "output=json")
    assert json.loads(second.stdout) == json.loads(again.stdout) and len(json.loads(second.stdout)["entries"]) == 2
    assert len(json.loads(third.stdout)["entries"]) == 2
    assert first.stderr == second.stderr == ""
    help = rusta("devlog", "--help")
    assert help.returncode == 0 and all(f"rusta devlog {name}" in help.stdout for name in COMMANDS)
    unknown = rusta("devlog", "list", "journal=x")
    assert (unknown.returncode, unknown.stdout) == (2, "") and "journal=x" in unknown.stderr


def test_what_a_file_holds_does_not_drive_the_terminal(
    devlogs: Path, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = '---\ndate: 2026-01-01\ntags: ["\\e[31mtag"]\ncontext: "\\e]0;x\\a"\n---\n# \x1b[31mTitle\n\nZebra \x1b[2J \x9b31m\n'
    (devlogs / "semantic" / "e\x1b[31mvil\nname.md").write_text(evil)
    (devlogs / "semantic" / "e\x1b[31mvil2.md").write_text(evil.replace("Zebra", "Zebra, and more"), newline="\r\n")
    for words in (["search", "zebra"], ["list", "limit=99"], ["timeline"], ["show", "e\x1b[31mvil2"], ["doctor"],
                  ["trace", "zebra"], ["compress"], ["pin", "e\x1b[31mvil2"], ["history", "e\x1b[31mvil2"]):  # fmt: skip
        DevLog(Memory(home), Output.text, parted(translate(["devlog", *words]))[1]).run()
        screen = capsys.readouterr()
        assert not set(screen.out + screen.err) & {"\x1b", "\x9b", "\x07"}, words
        assert "vil\nname" not in screen.out and "␍" not in screen.out, words


def test_lines_of_the_template_that_nobody_filled_in_are_not_saved(say: Say) -> None:
    text = "Vec::drain keeps the capacity.\n\nHolds in: \nWould change my mind: a release note"
    shown = say("write", "semantic", "Drain keeps", f"text={text}")
    assert "Would change my mind: a release note" in shown["body"] and "Holds in" not in shown["body"]
    lab = "Prediction: it is faster\n\nResult: \n\nWhat it means: "
    assert say("write", "lab", "Drain", f"text={lab}")["body"].strip().endswith("Prediction: it is faster")
    with pytest.raises(RustaError, match="no text"):
        say("write", "procedural", "Drain", "text=When , I first , because .")
