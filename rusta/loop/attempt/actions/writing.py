"""Render actions as text, in the one spelling that the prompt teaches and the training data uses."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, fields
from pathlib import PurePosixPath

from rusta.loop.attempt.actions.calls import EXAMPLES, example
from rusta.loop.attempt.actions.kinds import CALLS, Action, Call, ReplaceItem, SearchReplace, WholeFile
from rusta.loop.attempt.actions.paths import Malformed
from rusta.loop.attempt.actions.reading import HEAD

LANGUAGES = {
    ".rs": "rust",
    ".toml": "toml",
    ".md": "markdown",
    ".sh": "sh",
    ".json": "json",
    ".yml": "yaml",
    ".yaml": "yaml",
}
TICKS = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)
MARK = re.compile(r"^[ \t]*(?:<{5,9}|={5,9}|>{5,9})", re.MULTILINE)


def render(action: Action) -> str:
    """Return an action as text that `parse` reads back as the same action. Raises `Malformed` if no text can."""
    if isinstance(action, Call):
        given = {part.name: getattr(action, part.name) for part in fields(action)}
        said = {name: value for name, value in given.items() if value not in ("", 0, ())}
        body = json.dumps({"name": action.name, "arguments": said}, ensure_ascii=False)
        body = re.sub(r"<(?=[/tf])", r"\\u003c", body)  # or a tag inside an argument would be parsed as one
        return f"<tools>\n{body}\n</tools>"
    if not isinstance(action, SearchReplace) and any(HEAD.match(row) for row in action.code.split("\n", 2)[:2]):
        raise Malformed("That code begins with the mark of a SEARCH block, and would be read as one. Use EDIT path.")
    if isinstance(action, WholeFile):
        return f"FILE {action.path}\n{_fenced(action.code, action.path)}"
    if isinstance(action, ReplaceItem):
        line = f":{action.line}" if action.line else ""
        where = f" in {action.path}{line}" if action.path else ""
        return f"REPLACE ITEM {action.item}{where}\n{_fenced(action.code, action.path or 'a.rs')}"
    size = next((n for n in (7, 8, 9, 6, 5) if not _taken(action, n)), 0)
    if not size:
        raise Malformed("These SEARCH and REPLACE lines hold marks of every length. Send the whole file: FILE path.")
    block = f"{'<' * size} SEARCH\n{action.search}{'=' * size}\n{action.replace}{'>' * size} REPLACE\n"
    header = f"EDIT {action.path}\n" if action.path else ""
    return header + _fenced(block, action.path or "a.rs")


def render_reply(narration: str, actions: Sequence[Action]) -> str:
    """Return a whole answer: narration, then actions."""
    return "\n\n".join([*([narration.strip()] if narration.strip() else []), *(render(action) for action in actions)])


def _taken(action: SearchReplace, size: int) -> bool:
    return any(len(mark[0].strip()) == size for text in (action.search, action.replace) for mark in MARK.finditer(text))


def _fenced(code: str, path: str) -> str:
    longest = max((len(ticks) for ticks in TICKS.findall(code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{LANGUAGES.get(PurePosixPath(path).suffix, '')}\n{code}{fence}"


def format_description(calls: Iterable[str] = tuple(CALLS)) -> str:
    """Return the format's description for the system prompt: the given calls, and three ways to change code."""
    lines = []
    for name in calls:
        kind = CALLS[name]
        parts = [
            f"{part.name} ({part.metadata['says']}{': ' + ', '.join(c) if (c := part.metadata['choices']) else ''}"
            f"{'' if part.default is MISSING else '; may be left out'})"
            for part in fields(kind)
        ]
        lines.append(f"- {name}: {kind.does}. {'; '.join(parts)}.")
    shown = example(next((CALLS[name] for name in calls), CALLS["read"]))
    return MANUAL.format(calls="\n".join(lines), example=shown)


MANUAL = """\
# How I act
First I say in a sentence or two what I am about to do and why. Then I take one action, in exactly one of these forms, and stop.

To look, a call in tags:
<tools>
{example}
</tools>
The calls:
{calls}

To change one item (fn, struct, enum, impl ...), the item whole, with a comment where the reason is not obvious:
REPLACE ITEM Pool::take in src/pool.rs
```rust
pub fn take(&mut self) -> Option<Conn> {{
    self.free.pop()
}}
```

To change a few lines, the lines as they stand in the file, then what shall stand there:
EDIT src/pool.rs
```rust
<<<<<<< SEARCH
use std::rc::Rc;
=======
use std::sync::Arc;
>>>>>>> REPLACE
```

To write a short or a new file, all of it, nothing left out:
FILE src/main.rs
```rust
fn main() {{}}
```

When there is nothing left to do, I answer in words alone."""

assert EXAMPLES.keys() == CALLS.keys()
