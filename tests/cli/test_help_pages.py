"""`rusta --help`, `rusta help VERB`, `rusta --version`: complete, without Hydra; and what was meant by what is misspelt."""

import subprocess
from collections.abc import Callable

import pytest

from rusta import __version__
from rusta.cli.main import CONF
from rusta.cli.verbs import VERBS
from rusta.cli.vocabulary import INNER

Rusta = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_version_is_hers(rusta: Rusta) -> None:
    done = rusta("--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"rusta {__version__}"), done.stdout


@pytest.mark.parametrize("words", [["--help"], ["help"], ["chat", "mode=chat", "-h"]])
def test_help_is_said_without_composing_and_an_unknown_verb_is_not_in_it(words: list[str], rusta: Rusta) -> None:
    done = rusta(*words, PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0, done.stderr
    assert "rusta" in done.stdout
    assert not [
        name
        for name in ("hydra", "omegaconf", "yaml", "torch", "rich")
        if f"| {name}\n" in done.stderr.replace("  ", "")
    ]


def test_the_overview_is_complete(rusta: Rusta) -> None:
    said = rusta("--help").stdout
    groups = {path.parent.name: path.stem for path in CONF.glob("*/*.yaml") if path.parent.name not in INNER}
    options = {path.stem for path in CONF.glob("*/*.yaml") if path.parent.name in groups}
    others = ("approve", "workspace", "resume", "seed", "completion", "-m", "--cfg", "not built yet", "Exit status")
    assert not [name for name in (*VERBS, *groups, *options, *others) if name not in said]
    assert "schema" not in said


@pytest.mark.parametrize("verb", [*VERBS, "completion"])
def test_every_verb_says_what_it_does_and_takes_either_way(verb: str, rusta: Rusta) -> None:
    done, same = rusta("help", verb), rusta(verb, "--help")
    assert done.returncode == 0 and done.stdout.startswith(f"rusta {verb}"), done.stderr
    assert same.stdout == done.stdout


@pytest.mark.parametrize(
    ("words", "needles"),
    [
        (["jugde", "personality"], ["Did you mean judge?"]),
        (["help", "jugde"], ["Did you mean judge?"]),
        (["dream"], ["designed and not built yet"]),
        (["help", "dream"], ["designed and not built yet"]),
    ],
)
def test_a_verb_that_is_none_is_refused_with_what_was_meant(words: list[str], needles: list[str], rusta: Rusta) -> None:
    done = rusta(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert not [needle for needle in needles if needle not in done.stderr], done.stderr


def test_the_help_of_an_organ_says_its_options_and_that_of_an_option_every_key(rusta: Rusta) -> None:
    organ, option = rusta("help", "adapter"), rusta("help", "adapter=qdora")
    assert organ.returncode == option.returncode == 0
    assert "qlora" in organ.stdout and "rusta help adapter=OPTION" in organ.stdout
    for key in ("dora", "rank", "alpha_over_rank", "last_blocks", "projections"):
        assert f"adapter.{key} " in option.stdout
    assert "Did you mean qdora?" in rusta("help", "adapter=qdoora").stderr
