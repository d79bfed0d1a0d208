"""Which sandbox is taken, and what is said when there is none."""

import sys
from pathlib import Path

import pytest

from rusta.tools.sandbox import Confinement, Limits, NoSandbox, Sandbox, SandboxCommand, choose

ROOT = Path(__file__).resolve().parents[3]


def test_the_best_that_works_is_taken(sandbox: Sandbox) -> None:
    assert choose(sandbox.name).name == sandbox.name
    assert choose().name in ("bubblewrap", "landlock")


def test_none_is_taken_at_a_persons_word() -> None:
    assert Confinement("none").choose().name == "none"


def test_one_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(NoSandbox, match=r"chroot.*auto, bubblewrap, landlock, none"):
        choose("chroot")


def test_limits_are_said_in_the_configuration() -> None:
    assert Confinement().limits == Limits()
    assert Confinement(seconds=5, disk_mb=7).limits == Limits(seconds=5, disk_mb=7)


INSIDE = """
import sys
sys.path.insert(0, sys.argv[1])
from rusta.tools.sandbox import NoSandbox, choose
asked = []
def ask(question):
    asked.append(question)
    return len(asked) == 2
for who in (None, ask, ask):
    try:
        print("took", choose("auto", who).name)
    except NoSandbox as refusal:
        print(refusal)
print(len(asked), "landlock" in asked[0])
"""


def test_where_none_works_a_person_is_asked_and_nobody_means_no(sandbox: Sandbox, place: Path) -> None:
    # In a sandbox no second one can be made: a machine on which nothing works, without a mock.
    python = Path(getattr(sys, "_base_executable", None) or sys.executable).resolve()
    readable = (python.parent.parent, ROOT)
    ran = sandbox.run(SandboxCommand((str(python), "-I", "-S", "-c", INSIDE, str(ROOT)), place, readable=readable))
    said = ran.stdout.decode().splitlines()
    assert len(said) == 4, ran.stderr.decode()
    for refusal in said[:2]:
        assert "bubblewrap: " in refusal and "landlock: making namespaces: Operation not permitted." in refusal
        assert refusal.endswith("sandbox=none")
    assert said[2:] == ["took none", "2 True"]
