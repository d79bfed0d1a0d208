"""The run card: one YAML file in a run's folder with everything needed to understand and repeat the run."""

import hashlib
import json
import platform
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from rusta.core import git_runner
from rusta.core.home import write_atomically
from rusta.registry.lineage import CARD

PACKAGES = ("torch", "transformers", "peft", "bitsandbytes", "lightning", "hydra-core", "rusta")


def write(run: Path, facts: dict[str, Any]) -> None:
    """Write the card atomically."""
    write_atomically(run / CARD, yaml.dump(facts, Dumper=_Escaping, sort_keys=False, allow_unicode=True, width=110))


class _Escaping(yaml.SafeDumper):
    """Quotes strings with YAML's other line breaks: PyYAML would write them bare, and read a blank."""


_Escaping.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, '"' if set(text) & {"\x85", "\u2028", "\u2029"} else None
    ),
)
# An enum setting is written as its value.
_Escaping.add_multi_representer(Enum, lambda dumper, choice: dumper.represent_str(str(choice.value)))


def origins() -> dict[str, Any]:
    """Return the versions of packages and interpreter, and the commit of the code with whether it was modified."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {"python": platform.python_version(), "machine": platform.platform(), "versions": versions, **_commit()}


def digest(value: object) -> str:
    """Return a short hash of plain data."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _commit() -> dict[str, Any]:
    here = Path(__file__).resolve().parent.parent.parent
    if not (here / ".git").exists():
        return {"commit": None, "changed": None}

    def asked(*words: str) -> str:
        try:
            return git_runner.run(*words, folder=here, seconds=10).stdout.decode("utf-8", "replace").strip()
        except git_runner.GitError:
            return ""

    return {"commit": asked("rev-parse", "HEAD") or None, "changed": bool(asked("status", "--porcelain", "-uno"))}
