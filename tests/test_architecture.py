"""The shape of the code is kept by tools, and the tools are run here."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.structure import circles, duplicate_names, imports, modules, reaches_a_terminal, rooms, shared_functions

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
KNOWN = modules(ROOT, "rusta")
DOORS = ("rusta.ui", "rusta.cli", "rusta.core.output")
HEAVY = {"torch", "transformers", "lightning", "peft", "bitsandbytes", "wandb", "xllamacpp", "numpy"}

# What a light mode stands on, and what the architecture marks "no torch".
LIGHT = [
    "identity",
    "data",
    "memory",
    "tools",
    "loop",
    "ui",
    "modes",
    "evaluation",
    "mirror",
    "registry",
    "library",
    "core",
    "cli",
]

# Names of functions that two or more modules share, each with the one thing that all of them do.
SAME = {
    "check": "raises where what it is given cannot be used",
    "clear": "removes what killed processes left behind",
    "digest": "a hash that stands for some content",
    "excerpt": "the part of an entry that holds most words of a query",
    "fetch": "downloads what is needed, where that is allowed",
    "fold": "multiplies a learned gain into the scales of quantised weights",
    "main": "the entry point of a program",
    "parse": "text to the value it is written for",
    "read": "what a folder's files say, as values",
    "render": "a value to the text, or the tokens, that stand for it",
    "save": "writes what was trained, to be loaded again",
    "write": "writes a record to a run's folder",
}


def run(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(word) for word in words], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("words", [["check", "."], ["format", "--check", "."]], ids=["check", "format"])
def test_ruff_has_nothing_to_say(words: list[str]) -> None:
    found = run(BIN / "ruff", *words)
    assert found.returncode == 0, found.stdout


def test_types_hold() -> None:
    found = run(BIN / "pyrefly", "check", "--python-interpreter-path", sys.executable, "--output-format", "min-text")
    assert found.returncode == 0, found.stdout


def test_imports_flow_one_way() -> None:
    found = run(BIN / "lint-imports", "--no-cache")
    assert found.returncode == 0, found.stdout
    assert "1 kept, 0 broken" in found.stdout


def test_every_room_stands_in_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layered = {
        room for contract in contracts for layer in contract["layers"] for room in layer.replace("|", ":").split(":")
    }
    there = {".".join(name.split(".")[:2]) for name in KNOWN} - {"rusta"}
    assert {room.strip() for room in layered} == there


def planted(folder: Path, **files: str) -> dict[str, Path]:
    """A package of these modules."""
    for name, text in files.items():
        path = folder / "planted" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return modules(folder, "planted")


def test_a_public_name_of_a_class_or_a_type_has_one_meaning() -> None:
    assert duplicate_names(KNOWN) == {}


def test_a_name_with_two_meanings_is_found(tmp_path: Path) -> None:
    known = planted(
        tmp_path,
        one="class Page: ...\nclass _Own: ...\nMOST = 3",
        two="Page = dict[str, int]\nclass _Own: ...\nMOST = 4",
    )
    assert duplicate_names(known) == {"Page": ["planted.one", "planted.two"]}


def test_functions_share_a_name_only_where_they_do_the_same() -> None:
    assert shared_functions(KNOWN).keys() == SAME.keys()


def test_a_function_that_takes_a_name_already_given_is_found(tmp_path: Path) -> None:
    known = planted(
        tmp_path,
        one="def age(): ...\ndef _own(): ...\ndef once(): ...\nclass A:\n    def save(self): ...",
        two="async def age(): ...\ndef _own(): ...\ndef save():\n    def once(): ...",
    )
    assert shared_functions(known) == {"age": ["planted.one", "planted.two"]}


def test_no_imports_run_in_circles_between_files_or_between_rooms() -> None:
    graph = imports(KNOWN)
    assert len(graph) > 300 and sum(map(len, graph.values())) > 1000
    assert circles(graph) == []
    assert circles(rooms(graph)) == []


HIDDEN = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from planted.one import a"


@pytest.mark.parametrize("back", ["import planted.one", "def f():\n    from planted import one", HIDDEN])
def test_a_circle_is_found_also_where_it_is_hidden(tmp_path: Path, back: str) -> None:
    known = planted(tmp_path, one="from planted import two", two=back, three="from planted import two")
    assert circles(imports(known)) == [["planted.one", "planted.two"]]


def test_a_circle_between_rooms_is_found_where_no_two_files_make_one(tmp_path: Path) -> None:
    known = planted(tmp_path, a__x="from planted.b import y", b__y="", b__z="from planted.a import w", a__w="")
    assert circles(imports(known)) == []
    assert circles(rooms(imports(known))) == [["planted.a", "planted.b"]]


def test_only_the_rooms_for_it_print_or_read_keys() -> None:
    assert reaches_a_terminal(KNOWN, DOORS) == []


@pytest.mark.parametrize(
    "text",
    [
        "print(1)", "import sys\nsys.stderr.write('x')", "import sys\ndef f():\n    return sys.stdin.readline()", "input('?')",
        "from rich.console import Console", "def f():\n    from rich.progress import Progress", "import termios",
        "from rusta.core.output import console\nconsole().print(1)", "from rusta.core import output\noutput.console()",
    ],
)  # fmt: skip
def test_a_place_that_reaches_a_terminal_is_found(tmp_path: Path, text: str) -> None:
    known = planted(tmp_path, one=text, ui__two=text)
    assert len(reaches_a_terminal(known, ["planted.ui"])) == 1


def test_light_rooms_cost_nothing_heavy_to_enter() -> None:
    names = [name for name in KNOWN if name.split(".")[1:2] and name.split(".")[1] in LIGHT]
    assert {name.split(".")[1] for name in names} == set(LIGHT)
    enter = f"import importlib, json, sys\nfor name in {names!r}:\n    importlib.import_module(name)\n"
    found = run(sys.executable, "-W", "error", "-c", enter + "print(json.dumps(list(sys.modules)))")
    assert found.returncode == 0, found.stderr
    assert not {name.partition(".")[0] for name in json.loads(found.stdout)} & HEAVY
