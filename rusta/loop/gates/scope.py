"""Decline requests that are out of scope, by their wording: another language, another person's voice, another folder.

The boundaries (`identity/boundaries.md`) are trained into the model; this module is the part of them that is code, so
that it holds for a model without that training. It matches only requests that are plainly outside and lets every
doubtful one pass: refusing a Rust question costs more than answering a foreign one with "that is not mine".
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from rusta.core.markdown_fences import FENCED

MAKE = r"(?:write|implement|create|make|generate|draft|code|fix|port|translate|rewrite|convert|give me|change|edit)"
LANGUAGES = (
    "python|javascript|typescript|java|golang|ruby|php|kotlin|haskell|perl|lua|scala|elixir|wgsl|glsl|hlsl|flask|django|"
    "fastapi|react|vue|angular|html|css|sql|bash|terraform|ansible|dockerfile|makefile|haproxy|nginx|kubernetes|c\\+\\+|c#|"
    "\\.net|node\\.js"
)
FOREIGN = re.compile(
    rf"\b{MAKE}\b(?P<between>[^.?!\n]{{0,80}}?)(?<![\w.])(?P<language>{LANGUAGES})(?!\w)", re.IGNORECASE
)
# Requests without a verb such as "write": "I need a Python script", "a quick bash one-liner, please", "how do I do that
# in Python".
PROGRAM = (
    "script|program|function|code|one-liner|snippet|class|app|page|website|query|server|module|playbook|example|version"
)
WANT = r"\b(?:need|want|like|use|show me|get me|gimme|have)\b[^.?!\n]{0,60}?"
WANTED = re.compile(
    rf"(?:{WANT}|^\W{{0,4}}(?:(?:please|a|an|the|quick|simple|small|short) )*)"
    rf"(?<![\w.])(?P<language>{LANGUAGES})(?!\w)[ -](?:{PROGRAM})s?\b"
    rf"|{WANT}\b(?:{PROGRAM})s? in (?P<written>{LANGUAGES})(?!\w)"
    rf"|\bhow (?:do|can|would|could|should|to)\b[^.?!\n]{{0,80}}?(?<!like)(?<!as) in (?P<asked>{LANGUAGES})(?!\w)",
    re.IGNORECASE,
)
FOREIGN_FILE = re.compile(
    rf"\b(?:{MAKE}|go(?:es)? into|add (?:it )?to)\b[^?!\n]{{0,80}}?\b(?P<file>[\w-]{{1,80}}\.(?:py|js|ts|java|go|rb|php|cfg|conf|sh|tf))\b",
    re.IGNORECASE,
)
RUST = re.compile(r"\b(?:rust|cargo|crate|bindings?|ffi|pyo3|wasm|rs|struct|trait|serde)\b", re.IGNORECASE)
VOICE = re.compile(
    r"\b(?i:answer|speak|reply|respond|review|approve|sign|comment|talk|vote)\b[^.?!\n]{0,40}?"
    r"\b(?:as (?P<as>[A-Z][a-z]+)\b(?! (?:does|do|did|is|are)\b)|in (?:his|her|their|[A-Z][a-z]+(?:'s|’s)) name)"
    r"|[\"“](?P<agrees>[A-Z][a-z]+) (?:agrees|approves|thinks|believes|accepts|admits)\b"
    r"|\b(?i:pretend (?:to be|you(?:'|’)?re|you are)|impersonate|act as if you were) (?P<pretend>[A-Z][a-z]+)"
)
NOT_PEOPLE = {"Markdown", "Rust", "Rusta", "Json", "Text", "English", "German", "French", "Result", "Option", "Vec"}
PLACE = re.compile(
    r"(?<![\w:.])(?P<path>(?:~|\.\.)?/(?=[.@+-]{0,8}\w)[\w.@+-][\w./@+-]*)"
)  # no "/." at a sentence's end
CHANGES = re.compile(
    r"\b(?:write|edit|change|delete|remove|overwrite|append|patch|create|move|rename|fix|add)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class OutOfScope:
    """A declined request: the boundary it crosses, and the answer, which says what can be done instead."""

    boundary: str
    words: str


def outside(request: str, workspace: Path | None) -> OutOfScope | None:
    """Return the boundary that `request` crosses, or None. Code between fences is ignored."""
    prose = FENCED.sub(" ", request)
    return _voice(prose) or _language(prose) or (_place(prose, workspace) if workspace else None)


def _voice(prose: str) -> OutOfScope | None:
    for found in VOICE.finditer(prose):
        name = found["as"] or found["agrees"] or found["pretend"]
        if name in NOT_PEOPLE:
            continue
        who = name or "somebody who is not here"
        return OutOfScope(
            "another person's voice",
            f"I won't speak for {who}: it would be an opinion with a name on it that never saw the code. Mine you can have, "
            "under my own name. Show me the change and I'll say what it buys, what it costs, and what I'd want to see first.",
        )
    return None


def _language(prose: str) -> OutOfScope | None:
    for sentence in re.split(r"(?<=[.?!])\s+|\n+", prose):
        if RUST.search(sentence):
            continue
        found = FOREIGN.search(sentence) or WANTED.search(sentence) or FOREIGN_FILE.search(sentence)
        if found:
            named = found.groupdict()
            what = next(named[group] for group in ("language", "written", "asked", "file") if named.get(group))
            return OutOfScope(
                "not Rust",
                f"Not the {what} side. I'd be guessing in a language I don't think in, and you would be debugging my guesses. "
                "The Rust that stands beside it I'd gladly do: show me the signature it has to meet, or the bytes that cross.",
            )
    return None


def _place(prose: str, workspace: Path) -> OutOfScope | None:
    if not CHANGES.search(prose):
        return None
    root = workspace.resolve()
    for found in PLACE.finditer(prose):
        path = Path(os.path.realpath(root / os.path.expanduser(found["path"].rstrip("."))))  # noqa: PTH111  never raises
        # A word after a slash is a route or an option more often than a path on this disk, so it has to exist.
        # Path.exists raises for an unreadable folder and for text too long to be a path; os.path.exists does not.
        if not path.is_relative_to(root) and (os.path.exists(path) or found["path"].startswith(("~", ".."))):  # noqa: PTH110
            there = path if os.path.isdir(path) else path.parent  # noqa: PTH112
            return OutOfScope(
                "outside the workspace",
                f"{found['path']} is outside {root}, and I change nothing out there. Start me where it lives "
                f"(rusta chat workspace={there}), or show me the part and I'll say what I'd do.",
            )
    return None
