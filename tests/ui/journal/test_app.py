"""The app, driven as a person drives it: real files, a real index, a real history."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from textual.widgets import Input, Markdown, OptionList, TextArea

from rusta.core.home import Home
from rusta.memory.entries.entry import parse
from rusta.memory.storage.devlogs import DevLogs
from rusta.ui.journal.app import JournalApp
from rusta.ui.journal.drafts import Drafts
from rusta.ui.journal.entry_editor import Desk
from rusta.ui.journal.entry_history import EntryHistory
from rusta.ui.journal.entry_reader import EntryLink
from rusta.ui.journal.key_help import Help
from rusta.ui.journal.list_screen import Journals
from rusta.ui.journal.picker import Pick

WIDE, SMALL = (160, 50), (80, 24)
PATIENCE_S = 60.0
Script = Callable[["Driven"], Awaitable[None]]


class Driven:
    """The app in a test's hands: Textual's pilot opens it, and presses its keys."""

    def __init__(self, app: JournalApp) -> None:
        self.app = app

    @property
    def journals(self) -> Journals:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, Journals))

    @property
    def titles(self) -> list[str]:
        return [hit.row.title for hit in self.journals.timeline.hits]

    @property
    def read(self) -> str:
        page = self.journals.reader.page
        return page.entry.path if page else ""

    @property
    def seen(self) -> str:
        """What the app shows, for the message of a test that fails."""
        line = self.journals.query_one("#seek", Input).value
        return (
            f"Line: {line!r}, list: {self.titles}, read: {self.read}, focus: {self.app.focused}, on: {self.app.screen}"
        )

    async def press(self, *keys: str) -> None:
        # The pilot's own press waits for every widget there is, and for ever if one of them is removed meanwhile:
        # an entry that is drawn anew removes many.
        await self.app._press_keys(keys)
        await asyncio.sleep(0.02)

    async def type(self, text: str) -> None:
        await self.press(*({" ": "space", "\n": "enter"}.get(letter, letter) for letter in text))

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for what other threads do. Fails after `PATIENCE_S`."""
        end = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < end, f"never came true. {self.seen}"
            await asyncio.sleep(0.02)

    async def on(self, screen: type) -> None:
        await self.until(lambda: isinstance(self.app.screen, screen))


@pytest.fixture
def drive(home: Home) -> Callable[..., None]:
    """Opens the app on this test's home and runs a script in it."""

    def run(script: Script, size: tuple[int, int] = WIDE) -> None:
        async def driven() -> None:
            app = JournalApp(
                Path(home.root, "devlogs"), Path(home.root, "index.sqlite"), Path(home.root, "drafts"), "dark"
            )
            async with app.run_test(size=size):
                it = Driven(app)
                await it.on(Journals)
                await it.until(lambda: it.journals.looked)
                await script(it)

        asyncio.run(driven())

    return run


def test_it_opens_on_the_newest_entry_with_its_text_beside_it(devlogs: Path, drive: Callable[..., None]) -> None:
    async def script(it: Driven) -> None:
        await it.until(lambda: len(it.titles) == 24 and it.read == "procedural/when-it-is-only-a-quick-one.md")
        dates = [hit.row.date for hit in it.journals.timeline.hits]
        assert dates == sorted(dates, reverse=True)
        assert "just quickly" in it.journals.reader.query_one(Markdown).source
        assert it.journals.overview.entries == 24

    drive(script)


def test_an_entry_that_is_taken_away_while_it_is_drawn_leaves_the_app_alive(
    devlogs: Path, drive: Callable[..., None]
) -> None:
    async def script(it: Driven) -> None:
        await it.until(lambda: len(it.titles) == 24 and it.read)
        paths = [hit.row.path for hit in it.journals.timeline.hits]
        for turn in range(60):  # each cancels the one before, at another moment of its drawing
            it.journals._read(paths[turn % 24])
            await asyncio.sleep(0.002 * turn)
        await it.press("slash")
        await it.type("borr")
        await it.until(lambda: it.titles[:1] == ["who reads last"])
        await it.until(lambda: it.journals.timeline.row and it.read == it.journals.timeline.row.path)

    drive(script)


def test_a_search_finds_as_one_types_and_the_filters_say_themselves_in_the_line(
    devlogs: Path, drive: Callable[..., None]
) -> None:
    async def script(it: Driven) -> None:
        await it.until(lambda: it.titles)
        await it.press("slash")
        await it.type("borr")
        await it.until(lambda: it.titles and it.titles[0] == "who reads last")
        await it.press("enter", "2")
        await it.until(lambda: {hit.row.journal for hit in it.journals.timeline.hits} == {"semantic"})
        assert it.journals.query_one("#seek", Input).value == "journal:semantic borr"
        await it.press("x")
        await it.until(lambda: len(it.titles) == 24)
        await it.press("number_sign")
        await it.on(Pick)
        await it.type("E0382")
        await it.press("enter")
        await it.until(lambda: it.titles == ["first days with yusuf"])
        await it.press("x", "w")
        await it.on(Pick)
        await it.type("2026-06")
        await it.press("enter")
        await it.until(lambda: len(it.titles) == 3)
        await it.press("x", "slash")
        await it.type("confidence:sure")
        await it.until(lambda: it.journals.query_one("#wrong").display)

    drive(script)


def test_links_are_followed_and_one_comes_back(devlogs: Path, drive: Callable[..., None]) -> None:
    logs = DevLogs(devlogs)
    one, two, three = (
        "procedural/who-reads-last.md",
        "semantic/join-forgets-the-left.md",
        "semantic/float-max-drops-nan.md",
    )
    logs.link(one, two)
    logs.link(two, three)

    async def script(it: Driven) -> None:
        await it.press("slash")
        await it.type("who reads last")
        await it.until(lambda: it.titles[:1] == ["who reads last"])
        await it.press("enter", "enter")
        await it.until(lambda: it.read == one and len(it.journals.reader.query(EntryLink)) == 1)
        await it.press("tab", "enter")
        await it.until(lambda: it.read == two and len(it.journals.reader.query(EntryLink)) == 2)
        await it.press("tab", "enter")
        await it.until(lambda: it.read == three)
        await it.press("backspace")
        await it.until(lambda: it.read == two)
        await it.press("backspace")
        await it.until(lambda: it.read == one)
        await it.press("escape")
        assert it.journals.timeline.has_focus

    for size in (WIDE, SMALL):
        drive(script, size)


def test_an_entry_is_written_with_suggested_tags_and_validation(devlogs: Path, drive: Callable[..., None]) -> None:
    async def script(it: Driven) -> None:
        await it.press("n")
        await it.on(Pick)
        await it.type("sem")
        await it.press("enter")
        await it.on(Desk)
        desk = it.app.screen
        assert isinstance(desk, Desk)
        await it.type("The loan ends")
        await it.press("ctrl+s")
        await asyncio.sleep(0.2)
        assert it.app.screen is desk and "empty" in desk.wrong()
        desk.query_one(TextArea).focus()
        await it.type("E0502 again, in closures. ")
        assert desk.offered()[:3] == ["E0502", "borrow-checker", "closures"]
        await it.press("ctrl+t", "ctrl+t", "ctrl+t", "ctrl+o", "ctrl+s")
        await it.on(Journals)
        await it.until(lambda: "The loan ends" in it.titles and "the-loan-ends" in it.read)
        assert it.titles[0] == "The loan ends"

    drive(script)
    (path,) = devlogs.rglob("*the-loan-ends.md")
    entry = parse(path.read_bytes(), path.relative_to(devlogs).as_posix())
    assert (entry.journal, entry.title, entry.tags, entry.confidence) == (
        "semantic", "The loan ends", ("E0502", "borrow-checker", "closures"), "low",
    )  # fmt: skip
    assert not list(devlogs.parent.joinpath("drafts").glob("*.md"))
    assert DevLogs(devlogs).history(entry.path)


def test_what_is_typed_survives_an_escape_and_waits(devlogs: Path, drive: Callable[..., None]) -> None:
    async def begin(it: Driven) -> None:
        await it.press("n")
        await it.on(Pick)
        await it.press("enter")
        await it.on(Desk)
        await it.type("Half a thought")
        await it.press("escape")
        await it.on(Journals)

    async def go_on(it: Driven) -> None:
        await it.press("n")
        await it.on(Pick)
        await it.press("enter")
        await it.on(Desk)
        desk = it.app.screen
        assert isinstance(desk, Desk) and desk.draft.title == "Half a thought"
        await it.type("the rest")
        await it.press("ctrl+s")
        await it.on(Journals)
        await it.until(lambda: it.titles[0] == "Half a thought")

    drive(begin)
    drive(go_on)
    assert not Drafts(devlogs.parent / "drafts").waiting()


def test_what_is_typed_survives_a_kill(devlogs: Path) -> None:
    program = (
        "import asyncio, os, signal, sys\n"
        "from pathlib import Path\n"
        "from rusta.ui.journal.app import JournalApp\n"
        "root = Path(sys.argv[1])\n"
        "async def main():\n"
        "    app = JournalApp(root / 'devlogs', root / 'index.sqlite', root / 'drafts', 'dark')\n"
        "    async with app.run_test() as pilot:\n"
        "        await pilot.pause(0.5)\n"
        "        await pilot.press('n')\n"
        "        await pilot.pause(0.2)\n"
        "        await pilot.press('enter')\n"
        "        await pilot.pause(0.3)\n"
        "        await pilot.press(*'gone', 'tab', 'tab', 'tab', *'not')\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(devlogs.parent)], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    (draft,) = Drafts(devlogs.parent / "drafts").waiting()
    assert (draft.title, draft.body) == ("gone", "not")


def test_an_entry_is_superseded_and_the_old_one_leads_to_the_new(devlogs: Path, drive: Callable[..., None]) -> None:
    DevLogs(devlogs).change("semantic/float-max-drops-nan.md", {"importance": 8, "pinned": True})

    async def script(it: Driven) -> None:
        await it.press("slash")
        await it.type("journal:semantic nan fold")
        await it.until(lambda: it.titles[:1] == ["float max drops nan"])
        await it.press("enter", "s")
        await it.on(Desk)
        desk = it.app.screen
        assert isinstance(desk, Desk) and "f32" in desk.draft.body
        desk.query_one("#title", Input).focus()
        await it.type(", still")
        await it.press("ctrl+s")
        await it.on(Journals)
        await it.until(lambda: "float max drops nan, still" in it.titles and "float max drops nan" not in it.titles)
        await it.press("v")
        await it.until(lambda: "float max drops nan" in it.titles)

    drive(script)
    assert DevLogs(devlogs).read("semantic/float-max-drops-nan.md").status == "superseded"
    (new,) = [entry for entry in DevLogs(devlogs).entries() if entry.title.endswith(", still")]
    assert new.pinned and new.importance == 8  # what mattered of the old one matters of the new


def test_pins_tags_links_and_archives_are_a_key_away(devlogs: Path, drive: Callable[..., None]) -> None:
    path, logs = "procedural/when-it-is-only-a-quick-one.md", DevLogs(devlogs)

    async def script(it: Driven) -> None:
        await it.until(lambda: it.read == path)
        await it.press("p")
        await it.until(lambda: it.journals.timeline.row and it.journals.timeline.row.pinned)
        await it.press("t")
        await it.on(Pick)
        await it.type("brand-new")
        await it.press("enter")
        await it.until(lambda: "brand-new" in logs.read(path).tags)
        await it.press("l")
        await it.on(Pick)
        await it.type("who reads last")
        await it.until(lambda: it.app.screen.query_one(OptionList).option_count)
        await asyncio.sleep(0.3)
        await it.press("enter")
        await it.until(lambda: logs.read(path).links == ("procedural/who-reads-last.md",))
        await it.press("a")
        await it.on(Pick)
        await it.press("enter")
        await it.until(lambda: logs.read(path).status == "archived" and "when it is only a quick one" not in it.titles)

    drive(script)


def test_the_history_shows_what_each_change_did(devlogs: Path, drive: Callable[..., None]) -> None:
    DevLogs(devlogs).tag("procedural/when-it-is-only-a-quick-one.md", "second-thought")

    async def script(it: Driven) -> None:
        await it.until(lambda: it.read)
        await it.press("h")
        await it.on(EntryHistory)
        history = it.app.screen
        assert isinstance(history, EntryHistory)
        await it.until(lambda: len(history.changes) == 2)
        await it.until(lambda: "second-thought" in str(history.query_one("#diff").render()))
        await it.press("escape")
        await it.on(Journals)

    drive(script)


def test_what_changes_on_disk_is_seen_without_a_key(devlogs: Path, drive: Callable[..., None]) -> None:
    async def script(it: Driven) -> None:
        await it.until(lambda: len(it.titles) == 24 and it.read)
        (devlogs / "semantic" / "by-hand.md").write_text("---\ndate: 2027-01-01T00:00:00Z\n---\n# By hand\n\nNow.\n")
        await it.until(lambda: "By hand" in it.titles)
        open_ = devlogs / it.read
        open_.write_text(open_.read_text() + "\nA line from elsewhere.\n")
        await it.until(lambda: "from elsewhere" in it.journals.reader.query_one(Markdown).source)
        open_.unlink()
        await it.until(lambda: len(it.titles) == 24)

    drive(script)


def test_a_new_home_says_how_to_begin_and_a_first_entry_begins_it(home: Home, drive: Callable[..., None]) -> None:
    async def script(it: Driven) -> None:
        await it.until(lambda: "n writes the first entry" in it.journals.timeline.empty)
        await it.press("n")
        await it.on(Pick)
        await it.press("enter")
        await it.on(Desk)
        await it.type("First")
        await it.press("tab", "tab", "tab")
        await it.type("It begins.")
        await it.press("ctrl+s")
        await it.on(Journals)
        await it.until(lambda: it.titles == ["First"])

    drive(script, SMALL)
    assert len(list(Path(home.root, "devlogs").rglob("*.md"))) == 1


def test_at_eighty_columns_list_and_entry_take_turns(devlogs: Path, drive: Callable[..., None]) -> None:
    async def script(it: Driven) -> None:
        await it.until(lambda: it.titles)
        assert it.journals.timeline.display and not it.journals.reader.display
        await it.press("j", "enter")
        await it.until(lambda: it.read == "emotional/2026-06-05_better-than-mine.md")
        assert it.journals.reader.display and not it.journals.timeline.display
        await it.press("escape")
        await it.until(lambda: it.journals.timeline.display)
        await it.press("question_mark")
        await it.on(Help)
        await it.press("escape", "d")
        assert not it.app.current_theme.dark

    drive(script, SMALL)


def test_the_oldest_of_many_is_one_key_away(devlogs: Path, drive: Callable[..., None]) -> None:
    for n in range(500):
        (devlogs / "lab" / f"{n}.md").parent.mkdir(exist_ok=True)
        (devlogs / "lab" / f"{n}.md").write_text(f"---\ndate: 2025-06-01T00:00:00Z\n---\n# Number {n}\n\nText.\n")

    async def script(it: Driven) -> None:
        await it.until(lambda: len(it.titles) == 200)
        await it.press("G")
        await it.until(lambda: len(it.titles) == 524 and it.journals.timeline.cursor == 523)
        await it.press("g")
        assert it.journals.timeline.cursor == 0

    drive(script)


def test_an_entry_edited_elsewhere_while_an_editor_holds_it_is_not_overwritten(
    devlogs: Path, drive: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = devlogs / "procedural" / "when-it-is-only-a-quick-one.md"
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import pathlib, sys\n"
        f"with open({str(path)!r}, 'a') as there: there.write('Theirs.\\n')\n"
        "with open(sys.argv[1], 'a') as mine: mine.write('Mine.\\n')\n"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {editor}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("textual.app.App.suspend", lambda self: nullcontext())  # there is no terminal to hand over

    async def script(it: Driven) -> None:
        await it.until(lambda: it.read)
        await it.press("e")
        await it.until(lambda: any("kept in" in note.message for note in it.app._notifications))

    drive(script)
    assert "Theirs." in path.read_text() and "Mine." not in path.read_text()
    (kept,) = tmp_path.glob("devlog-*.md")
    assert "Mine." in kept.read_text()


def test_an_editor_that_is_not_there_is_said_and_the_app_goes_on(
    devlogs: Path, drive: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor")
    monkeypatch.setattr("textual.app.App.suspend", lambda self: nullcontext())

    async def script(it: Driven) -> None:
        await it.until(lambda: it.read)
        await it.press("e")
        await it.until(lambda: any("cannot be run" in note.message for note in it.app._notifications))

    drive(script)


@pytest.mark.parametrize("size", [SMALL, WIDE])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_it_draws_what_a_hostile_file_holds(
    size: tuple[int, int], theme: str, devlogs: Path, home: Home, drive: Callable[..., None]
) -> None:
    (devlogs / "semantic" / "zz.md").write_bytes(
        b"---\ndate: 2028-01-01\ntags: [\"[bold]x\", \xf0\x9f\xa6\x80]\n---\n# [red]\x1b[31m \xe4\xb8\xad\xe6\x96\x87 title\n\n"
        + b"[[nowhere]] [x](javascript:1) <b>" + b"word " * 40_000
    )  # fmt: skip

    async def script(it: Driven) -> None:
        if theme == "light":
            await it.press("d")
        await it.until(lambda: len(it.titles) == 25)
        await it.press("enter")
        await it.until(lambda: it.read == "semantic/zz.md")
        await asyncio.sleep(0.2)
        assert it.app.export_screenshot()
        shown = "".join(piece.text for line in it.app.screen._compositor.render_strips() for piece in line)
        assert "\x1b" not in shown and "␛[31m" in shown

    drive(script, size)


def test_a_tag_of_any_signs_is_an_answer_to_be_picked(devlogs: Path, drive: Callable[..., None]) -> None:
    (devlogs / "semantic" / "zz.md").write_text('---\ndate: 2028-01-01\ntags: ["[/x]\\e[2J"]\n---\n# Title\n\nbody\n')

    async def script(it: Driven) -> None:
        await it.until(lambda: len(it.titles) == 25)
        await it.press("t")
        await it.on(Pick)
        await it.type("[/x]")
        await it.until(lambda: it.app.screen.query_one(OptionList).option_count == 2)
        shown = "".join(piece.text for line in it.app.screen._compositor.render_strips() for piece in line)
        assert "#[/x]␛[2J" in shown

    drive(script)


def test_leaving_in_the_middle_of_a_search_is_immediate(devlogs: Path, drive: Callable[..., None]) -> None:
    async def script(it: Driven) -> None:
        await it.press("slash", *"borrow", "enter", "q")
        await it.until(lambda: it.app._exit)

    began = time.monotonic()
    drive(script)
    assert time.monotonic() - began < PATIENCE_S


def test_what_was_archived_is_taken_back_by_the_same_key(devlogs: Path, drive: Callable[..., None]) -> None:
    path, logs = "procedural/when-it-is-only-a-quick-one.md", DevLogs(devlogs)
    logs.archive(path)

    async def script(it: Driven) -> None:
        await it.press("v")
        await it.until(lambda: "when it is only a quick one" in it.titles)
        await it.press("g")
        await it.until(lambda: it.read == path)
        await it.press("a")
        await it.on(Pick)
        await it.press("enter")
        await it.until(lambda: logs.read(path).status == "active")

    drive(script)


@pytest.mark.parametrize("key", ["s", "p", "e", "a"])
def test_a_key_for_an_entry_that_somebody_just_took_away_is_answered_and_the_app_goes_on(
    key: str, devlogs: Path, drive: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rusta.ui.journal.list_screen.LOOK_S", 3600.0)  # the list does not know yet

    async def script(it: Driven) -> None:
        await it.until(lambda: it.read)
        (devlogs / it.read).unlink()
        await it.press(key)
        await it.until(lambda: any("There is no entry" in one.message for one in it.app._notifications))
        assert isinstance(it.app.screen, Journals)

    drive(script)


def test_a_journal_is_taken_by_its_number_and_what_fits_nothing_is_said(
    devlogs: Path, drive: Callable[..., None]
) -> None:
    async def script(it: Driven) -> None:
        await it.press("n")
        await it.on(Pick)
        await it.type("xyz")
        answers = it.app.screen.query_one(OptionList)
        await it.until(lambda: answers.option_count and "Nothing fits" in str(answers.get_option_at_index(0).prompt))
        await it.press("enter", "backspace", "backspace", "backspace", "6", "enter")
        await it.on(Desk)
        desk = it.app.screen
        assert isinstance(desk, Desk) and desk.draft.journal == "lab"

    drive(script)
