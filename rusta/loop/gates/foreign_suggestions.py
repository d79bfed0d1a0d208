"""A gate for what comes out of a build in which a stranger's code took part: it may be a forgery in the compiler's name.

A procedural macro lives in rustc's own process, so no channel tells its words from rustc's. Where one is in the dependency
graph, or a build script, a suggestion, and a rewrite that follows a diagnostic's spans, is a stranger's text. What was agreed
beforehand (`approve=edits`) then covers it only as far as it adds nothing beyond a closed list (`tools.lexing`), and it passes
the gates that her own edits pass. All else is asked.

Not covered: the judge. The same stranger may have cargo and the tests say that all is well.
"""

from collections.abc import Mapping, Sequence

from rusta.loop.attempt.commit_chain import ChainLink
from rusta.loop.gates.explained import odd
from rusta.loop.gates.permissions import Approve
from rusta.loop.workplace import Workplace
from rusta.tools.lexing import unlisted
from rusta.tools.manifest import crates

NAMED = 3  # of those who could have forged it


def doubt(place: Workplace, chain: Sequence[ChainLink], start: Mapping[str, bytes | None] | None = None) -> str:
    """Why a person should look at this chain before it is made, in a sentence; empty where nothing speaks against it.

    `start` is what the chain was built upon, if not the workspace. Runs `cargo metadata` only if a link is not on the list.
    """
    if place.permissions.approve not in (Approve.edits, Approve.all):
        return ""  # a person looks anyway, or nothing is made
    why = _beyond_the_list(place, chain, dict(start or {}))
    if not why:
        return ""
    place.scratch.become({})  # whose code takes part, by the person's own manifests
    names = place.trial.build_code()
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"This may not be the compiler's own suggestion: {', '.join(names[:NAMED])}{more} took part in the build, and {why}."


def _beyond_the_list(place: Workplace, chain: Sequence[ChainLink], state: dict[str, bytes | None]) -> str:
    known = crates(place.root)
    listed = place.permissions.approve is Approve.all  # then only what she would have to explain is left to ask about
    for link in chain:
        about = link.hypothesis
        if about.source != "mind":
            for path, new in about.changes.items():
                old = state[path] if path in state else place.scratch.synced(path)
                if why := _why(path, old, new, known.needed, about.source == "craft", listed):
                    return why
        state = {**state, **link.state}
    return ""


def _why(path: str, old: bytes | None, new: bytes | None, needed: Sequence[str], moves: bool, listed: bool) -> str:
    if not path.endswith(".rs") or old is None or new is None:
        return f"{path} is no Rust source that was there before"
    if what := odd(new.decode("utf-8", "replace"), old.decode("utf-8", "replace")):
        return f"there is {what} in it"
    what = None if listed else unlisted(old, new, needed, moves)
    return f"{what} in {path} goes beyond what I apply unasked" if what else ""
