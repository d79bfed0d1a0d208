"""Ask before applying compiler suggestions where third-party code ran during the build, since they may be forged.

A procedural macro runs in rustc's own process, so its output cannot be told from rustc's. If the dependency graph has a
procedural macro or a build script, then a suggestion, and a rewrite that follows a diagnostic's spans, is treated as
third-party text. Approval given in advance (`approve=edits`) then covers it only if it adds nothing beyond a closed
list (`tools.lexing`) and passes the gates that the model's own edits pass. A person is asked about everything else; with
`approve=all` a manifest that a rule of our own changed is covered, too.

Not covered: the verdict itself. The same third-party code can make cargo and the tests report success.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from rusta.loop.attempt.commit_chain import ChainLink
from rusta.loop.gates.explained import odd
from rusta.loop.gates.permissions import Approve
from rusta.loop.workplace import Workplace
from rusta.tools.lexing import unlisted
from rusta.tools.manifest import crate_names

MANIFESTS = ("Cargo.toml", "Cargo.lock")
NAMED = 3  # packages listed in the message, of those that could have forged the suggestion


def doubt(place: Workplace, chain: Sequence[ChainLink], start: Mapping[str, bytes | None] | None = None) -> str:
    """Return why a person should review this chain before it is applied, as a sentence; empty where there is no reason.

    `start` is the state that the chain was built upon, if not the workspace. Runs `cargo metadata` only if a link is
    not covered by the list.
    """
    if place.permissions.approve not in (Approve.edits, Approve.all):
        return ""  # a person is asked anyway, or nothing is applied
    why = _beyond_the_list(place, chain, dict(start or {}))
    if not why:
        return ""
    place.scratch.become({})  # the dependency graph is read from the manifests as the user has them
    names = place.trial.build_code()
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"This may not be the compiler's own suggestion: {', '.join(names[:NAMED])}{more} took part in the build, and {why}."


def _beyond_the_list(place: Workplace, chain: Sequence[ChainLink], state: dict[str, bytes | None]) -> str:
    known = crate_names(place.root)
    listed = place.permissions.approve is Approve.all  # then only constructs that need a comment are asked about
    for link in chain:
        about = link.hypothesis
        if about.source != "mind":
            for path, new in about.changes.items():
                old = state[path] if path in state else place.scratch.synced(path)
                if listed and about.source == "craft" and PurePosixPath(path).name in MANIFESTS:
                    continue  # a rule of our own wrote it, and `approve=all` covers dependencies and features
                if why := _why(path, old, new, known.needed, about.source == "craft", listed):
                    return why
        state = {**state, **link.state}
    return ""


def _why(path: str, old: bytes | None, new: bytes | None, needed: Sequence[str], moves: bool, listed: bool) -> str:
    if not path.endswith(".rs") or old is None or new is None:
        return f"{path} is no Rust source that was there before"
    before = old.decode("utf-8", "replace")
    if what := odd(new.decode("utf-8", "replace"), before):
        return f"there is {what} in it"
    what = None if listed else unlisted(old, new, needed, moves)
    return f"{what} in {path} goes beyond what I apply unasked" if what else ""
