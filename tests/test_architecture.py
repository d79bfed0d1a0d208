"""The shape of the code is kept by tools, and the tools are run here."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
HEAVY = {"torch", "transformers", "lightning", "peft", "bitsandbytes", "wandb", "xllamacpp", "numpy"}

# What a light mode stands on, and what the architecture marks "no torch".
LIGHT = [
    "identity",
    "data",
    "memory",
    "tools",
    "loop",
    "diary",
    "modes",
    "evaluation",
    "home",
    "git",
    "programs",
    "network",
    "terminal",
    "errors",
    "cli",
    "app",
]


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
    rooms = {
        f"rusta.{path.stem}" for path in (ROOT / "rusta").iterdir() if path.suffix == ".py" or list(path.glob("*.py"))
    }
    assert {room.strip() for room in layered} == rooms - {"rusta.__init__"}


def test_light_rooms_cost_nothing_heavy_to_enter() -> None:
    paths = [path for name in LIGHT for path in [*(ROOT / "rusta" / name).rglob("*.py"), ROOT / "rusta" / f"{name}.py"]]
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths if path.is_file()]
    assert len(modules) > len(LIGHT)
    enter = f"import importlib, json, sys\nfor name in {modules!r}:\n    importlib.import_module(name)\n"
    found = run(sys.executable, "-W", "error", "-c", enter + "print(json.dumps(list(sys.modules)))")
    assert found.returncode == 0, found.stderr
    assert not {name.partition(".")[0] for name in json.loads(found.stdout)} & HEAVY
