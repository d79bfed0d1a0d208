"""Rebuild cargo's configuration without secrets, for the sandbox, from a list of allowed keys.

`config.toml` may hold tokens, passwords of proxies and of registries, and any environment variables. The keys that a
build needs are listed below and kept; URLs lose their user and query; all else, including comments, is left out. So are
programs and network settings that are not used offline.

Source: The Cargo Book, "Configuration". Not covered: a secret in a compiler flag, a path or a branch's name.
"""

import json
import re
from pathlib import Path
from typing import Any

from rusta.tools.sandbox.environment import ENVIRONMENT
from rusta.tools.workspace_files import read_toml

LARGEST = 1 << 16  # bytes
ANY = "*"
Keys = dict[str, "Keys | bool"]  # True: a value, or a list of values


def _keys(names: str) -> Keys:
    return dict.fromkeys(names.split(), True)


SOURCE = _keys("replace-with directory local-registry registry git branch tag rev")
DEPENDENCY = _keys("path git branch tag rev version package registry features default-features optional")
PROFILE: Keys = _keys(
    "opt-level debug split-debuginfo strip debug-assertions overflow-checks lto panic incremental codegen-units rpath inherits "
    "codegen-backend rustflags trim-paths"
)
SHOWN: Keys = {
    "build": _keys("jobs target target-dir build-dir incremental rustc rustdoc rustflags rustdocflags dep-info-basedir warnings"),
    "env": {name: {ANY: True} for name in ENVIRONMENT if name != "PATH"},
    "future-incompat-report": _keys("frequency"),
    "net": _keys("offline"),
    "patch": {ANY: {ANY: DEPENDENCY}},
    "profile": {ANY: {**PROFILE, "build-override": PROFILE, "package": {ANY: PROFILE}}},
    "registries": {ANY: _keys("index protocol")},
    "registry": _keys("default"),
    "resolver": _keys("incompatible-rust-versions feature-unification"),
    "source": {ANY: SOURCE},
    "target": {ANY: _keys("linker rustflags rustdocflags runner")},
    "term": _keys("quiet verbose color unicode"),
    "unstable": {ANY: True},
}  # fmt: skip

ADDRESS = re.compile(
    r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]{0,30})://(?:(?P<user>[^/?#\s]*)@)?(?P<rest>[^?#\s]*)(?:[?#]\S*)?"
)


def harmless(file: Path) -> bytes:
    """Return the allowed part of this configuration as TOML; b"" where it cannot be read."""
    whole = read_toml(file, most=LARGEST) or {}
    return "".join(_toml(_kept(whole, SHOWN), ())).encode()


def _kept(said: dict[str, Any], keys: Keys) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in said.items():
        known = keys.get(name, keys.get(ANY))
        if isinstance(value, dict):
            inner = _kept(value, known) if isinstance(known, dict) else {}
            plain = inner if inner or (not value and isinstance(known, dict)) else None
        else:
            single = known is True or (isinstance(known, dict) and _plain_too(known))
            plain = _value(value) if single else None
        if plain is not None:
            found[name] = plain
    return found


def _plain_too(known: Keys) -> bool:
    """Return whether a table may also be a single value: an environment variable, a dependency's version."""
    return known is DEPENDENCY or known == {ANY: True}


def _value(said: Any) -> Any:
    """Return a string, number, boolean or a list of them, with URLs cleaned; None for anything else."""
    if isinstance(said, str):
        return ADDRESS.sub(_address, said)
    if isinstance(said, list):
        return [plain for one in said if not isinstance(one, list | dict) and (plain := _value(one)) is not None]
    return said if isinstance(said, bool | int | float) else None


def _address(found: re.Match[str]) -> str:
    user = (found["user"] or "").partition(":")[0]
    name = f"{user}@" if user and "ssh" in found["scheme"] else ""  # in an `https` URL the user may be a token
    return f"{found['scheme']}://{name}{found['rest']}"


def _toml(table: dict[str, Any], above: tuple[str, ...]) -> list[str]:
    lines = [f"{_key(name)} = {_written(value)}\n" for name, value in table.items() if not isinstance(value, dict)]
    if above and (lines or not table):
        lines.insert(0, f"[{'.'.join(map(_key, above))}]\n")
    for name, value in table.items():
        if isinstance(value, dict):
            lines += _toml(value, (*above, name))
    return lines


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _written(name)


def _written(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value).replace("\x7f", "\\u007f")
