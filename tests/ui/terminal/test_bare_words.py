"""Which lines are commands without their slash."""

import pytest

from rusta.ui.terminal.bare_words import as_slash_command


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("undo", "/undo"),
        ("Undo 3", "/undo 3"),
        ("undo all", "/undo all"),
        ("undo the last change", "/undo"),
        ("redo", "/redo"),
        ("apply it", "/apply"),
        ("apply 2", "/apply 2"),
        ("?", "/help"),
        (":q", "/quit"),
        ("undo everything I said", "undo everything I said"),
        ("apply it to the other crate", "apply it to the other crate"),
        ("", ""),
        (" ", " "),
    ],
)
def test_only_a_line_that_is_nothing_else_is_a_command(said: str, meant: str) -> None:
    assert as_slash_command(said) == meant
