"""Convert a JSON value to the call that it means, in any spelling models use. Raises `Malformed` with a correction."""

import difflib
from dataclasses import MISSING, fields
from typing import Any

from rusta.loop.attempt.actions import loose_json
from rusta.loop.attempt.actions.kinds import CALLS, Call
from rusta.loop.attempt.actions.paths import Malformed

NAMES = ("name", "tool", "tool_name", "function", "function_name", "action")
ARGUMENTS = ("arguments", "parameters", "args", "params", "input", "action_input", "kwargs")
WRITES = ("write", "edit", "create", "replace", "patch", "insert", "modify", "update", "append", "delete", "save")

HOW_TO_EDIT = (
    "Code does not travel in a call. Write `REPLACE ITEM Pool::take in src/pool.rs`, or `EDIT src/pool.rs` with SEARCH and "
    "REPLACE, or `FILE src/pool.rs`, and then the code in a fence."
)

# From a word in an answer to the call it names, and the value of `what` if the word is one (check -> cargo check).
KNOWN: dict[str, tuple[type[Call], str]] = {}
for _kind in CALLS.values():
    for _part in fields(_kind):
        for _choice in _part.metadata["choices"]:
            KNOWN |= {_choice: (_kind, _choice), f"{_kind.name}_{_choice}": (_kind, _choice)}
for _kind in CALLS.values():
    KNOWN |= dict.fromkeys((_kind.name, *_kind.also), (_kind, ""))


def named(value: Any) -> str:
    """Return the name of the call that a value is, or "" if it is other data that happens to be JSON."""
    if not isinstance(value, dict):
        return ""
    for key in NAMES:
        inner = value.get(key)
        if key == "function" and isinstance(inner, dict):
            return named(inner)
        if isinstance(inner, str) and inner.strip():
            # Other JSON objects have a "name" too, such as a package or a table row.
            called = any(part in value for part in ARGUMENTS) or _plain(inner) in KNOWN
            return inner.strip() if called else ""
    if len(value) == 1:
        (key, inner), *_ = value.items()
        return key if _plain(key) in KNOWN and isinstance(inner, dict) else ""
    return ""


def call(value: Any) -> Call:
    """Return the call that a value with a name means. Raises `Malformed`."""
    name = named(value)
    known = KNOWN.get(_plain(name))
    if known is None:
        raise Malformed(_unknown(name))
    kind, choice = known
    given = _arguments(value, kind)
    if choice and "what" not in given:
        given["what"] = choice
    return _made(kind, given)


def _plain(name: str) -> str:
    return "_".join(name[:80].lower().replace("-", " ").replace(".", " ").replace("::", " ").split())


def _unknown(name: str) -> str:
    there = ", ".join(CALLS)
    if any(word in name.lower() for word in WRITES):
        return f"There is no call {name[:60]!r}. {HOW_TO_EDIT}"
    close = difflib.get_close_matches(_plain(name), KNOWN, 1, 0.75)
    meant = f" Did you mean {KNOWN[close[0]][0].name}?" if close else ""
    return f"There is no call {name[:60]!r}.{meant} There are: {there}."


def _arguments(value: dict[str, Any], kind: type[Call]) -> dict[str, Any]:
    inner = value.get("function")
    if isinstance(inner, dict):
        value = inner
    if len(value) == 1:
        (only,) = value.values()
        if isinstance(only, dict):
            return only
    for key in ARGUMENTS:
        if key not in value:
            continue
        said = value[key]
        if isinstance(said, str):
            try:
                said, _ = loose_json.parse_value(said.strip())
            except loose_json.NotJson:
                said = value[key]
        if isinstance(said, dict):
            return dict(said)
        required = [part.name for part in fields(kind) if part.default is MISSING]
        if said is None or said == "" or said == []:
            return {}
        if len(required) == 1:
            return {required[0]: said[0] if isinstance(said, list) and len(said) == 1 else said}
        raise Malformed(f"{kind.name}: the arguments are an object, as {example(kind)}.")
    return {key: said for key, said in value.items() if key not in NAMES and key not in ("type", "id")}


def _made(kind: type[Call], given: dict[str, Any]) -> Call:
    fitted: dict[str, Any] = {}
    parts = {part.name: part for part in fields(kind)}
    spelled = {also: name for name, part in reversed(parts.items()) for also in part.metadata["also"]}
    strange = []
    for key, said in given.items():
        name = key if key in parts else spelled.get(_plain(key), _plain(key))
        if name not in parts:
            strange.append(key)
        elif said is not None:
            fitted.setdefault(name, said)
    if "lines" in strange and {"first", "last"} <= parts.keys():
        fitted |= _lines(given["lines"])
        strange.remove("lines")
    missing = [name for name, part in parts.items() if part.default is MISSING and name not in fitted]
    if missing:
        unknown = f" It does not know {', '.join(ascii(key)[:40] for key in strange[:4])}." if strange else ""
        raise Malformed(f"{kind.name} needs {', '.join(missing)}.{unknown} As {example(kind)}.")
    return kind(**fitted)


def _lines(said: Any) -> dict[str, Any]:
    """Convert `"10-40"` or `[10, 40]` to first and last."""
    if isinstance(said, (list, tuple)):
        ends = list(said)
    else:
        ends = [part.strip() for part in str(said)[:60].replace(":", "-").replace("..", "-").split("-")]
    ends = [end for end in ends if end != ""][:2]
    return dict(zip(("first", "last"), ends * 2 if len(ends) == 1 else ends, strict=False))


def example(kind: type[Call]) -> str:
    """Return the shortest well-formed call of a kind, for use in a correction."""
    given = {part.name: EXAMPLES[kind.name][part.name] for part in fields(kind) if part.name in EXAMPLES[kind.name]}
    return loose_json.json.dumps({"name": kind.name, "arguments": given}, ensure_ascii=False)


EXAMPLES: dict[str, dict[str, str | int]] = {
    "read": {"path": "src/pool.rs"},
    "search": {"text": "fn take"},
    "cargo": {"what": "check"},
    "explain": {"code": "E0502"},
    "navigate": {"what": "definition", "path": "src/pool.rs", "line": 12, "symbol": "take"},
    "recall": {"about": "E0502 in a loop"},
}
