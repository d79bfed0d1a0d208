"""What the pages show can be typed: every `rusta` line of README and docs composes."""

import re
import shlex
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from rusta.cli import (
    app,  # noqa: F401  registers the schemas
    readme,
)
from rusta.cli.main import CONF
from rusta.cli.verbs import translate

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"```(?:sh|text)\n(.*?)```", re.DOTALL)
LINE = re.compile(r"^(?:\$ )?(?:scripts/)?rusta(?: (.*))?$", re.MULTILINE)


def test_the_tables_of_the_readme_are_those_of_the_code() -> None:
    text = readme.README.read_text(encoding="utf-8")
    assert readme.readme(text) == text, "python -m rusta.cli.readme writes them"
    changed = text.replace("| `mind` |", "| `mynd` |")
    assert changed != text and readme.readme(changed) == text


def shown() -> list[str]:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    fences = "\n".join(fence for page in pages for fence in FENCE.findall(page.read_text()))
    return [words.strip() for words in LINE.findall(fences)]


def test_the_pages_show_commands_at_all() -> None:
    assert len(shown()) >= 8


@pytest.mark.parametrize("words", shown())
def test_a_shown_command_composes(words: str) -> None:
    said = translate(shlex.split(words, comments=True))
    settings = [word for word in said if "=" in word and not word.startswith("-")]
    single = [re.sub(r"=([^\['\"]*?),.*$", r"=\1", word) for word in settings if not word.startswith("+sweep")]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        assert compose("config", single).mode


NAMED = re.compile(
    r"`((?:rusta|tests|conf|scripts|benchmarks|loop|mind|core|evaluation|registry|tools|cli)/[\w./]*)`(?: `([\w.]+)`)?"
)


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_what_the_architecture_names_is_there(page: str) -> None:
    """Each path, and the function or class that is named behind it."""
    named = NAMED.findall((ROOT / page).read_text(encoding="utf-8"))
    assert len(named) > 20
    for path, name in ((path, name) for path, name in named if "NAME" not in path):
        at = next((place / path for place in (ROOT, ROOT / "rusta") if (place / path).exists()), None)
        assert at, f"{page} names {path}"
        for part in name.split(".") if name and at.suffix == ".py" else ():
            assert re.search(rf"\b(?:def|class) {part}\b|^{part}\b", at.read_text(encoding="utf-8"), re.MULTILINE), (
                f"{page}: {path} {name}"
            )
