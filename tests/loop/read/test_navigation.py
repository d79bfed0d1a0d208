"""Looking names up: one server for a session, told of every edit, and ended with it."""

import sys
from pathlib import Path

import pytest

from rusta.loop.attempt.actions import Navigate
from rusta.loop.read.navigation import Navigator
from rusta.loop.read.tool_runner import ToolRunner
from rusta.tools.sandbox.none import Unconfined
from tests.loop.crate import BODY, crate, work

SERVER = str(Path(__file__).parents[2] / "tools/language_server.py")


@pytest.fixture
def hands(tmp_path: Path) -> ToolRunner:
    hands = work(crate(tmp_path / "scores"), tmp_path / "home", []).hands
    hands.place.trial.sandbox = Unconfined()
    hands.navigator = Navigator(hands.place, (sys.executable, SERVER))
    return hands


def test_a_name_is_found_by_its_line_or_by_itself_and_the_server_is_kept(hands: ToolRunner) -> None:
    line = BODY[: BODY.index("pub fn add")].count("\n") + 1
    wish = Navigate(what="definition", path="src/lib.rs", line=0, symbol="add")
    assert hands.use(wish).text == f"src/lib.rs:{line}"
    first = hands.navigator._analyzer
    (hands.place.root / "src/lib.rs").write_text("// more\n" + BODY)
    assert hands.use(wish).text == f"src/lib.rs:{line + 1}"
    assert hands.navigator._analyzer is first
    assert "function add" in hands.use(Navigate(what="symbols", path="src/lib.rs", line=0, symbol="")).text
    hands.close()
    assert hands.navigator._analyzer is None


def test_a_line_that_is_not_there_is_said_and_the_next_question_is_answered(hands: ToolRunner) -> None:
    beyond = hands.use(Navigate(what="definition", path="src/lib.rs", line=999, symbol="add"))
    assert not beyond.ok and "999" in beyond.text
    assert hands.use(Navigate(what="definition", path="src/lib.rs", line=0, symbol="add")).ok
    hands.close()


def test_without_rust_analyzer_the_answer_is_how_to_get_it(hands: ToolRunner) -> None:
    hands.navigator.command = ("rust-analyzer-that-is-not-here",)
    said = hands.use(Navigate(what="hover", path="src/lib.rs", line=1, symbol=""))
    assert not said.ok and "Install it" in said.text
