"""A module of std that is almost spelled right: the nearest name that exists is meant (E0432, E0433).

rustc says "could not find `collection` in `std`" and suggests nothing, since it compares items and not modules. Source: the
module list of std's documentation. Not covered: modules of other crates.
"""

import difflib
import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.statements import Rewrite

MISSING = re.compile(r"could not find `(\w+)` in `(?:std|core|alloc)`")
MODULES = re.findall(
    r"\w+",
    "alloc any arch array ascii backtrace borrow boxed cell char clone cmp collections convert default env error ffi fmt fs "
    "future hash hint io iter marker mem net num ops option os panic path pin prelude primitive process ptr rc result slice "
    "str string sync task thread time vec",
)


def misspelled_path(situation: Situation) -> Iterator[Hypothesis]:
    """Yield paths with the module of std that is nearest to the unknown one."""
    for error in situation.errors:
        place = error.primary
        found = MISSING.search(f"{error.message} {place.label if place else ''}")
        code = situation.code(place.path) if place and found else None
        if place is None or found is None or code is None:
            continue
        near = difflib.get_close_matches(found[1], MODULES, 1, 0.75)
        if near and code.source[place.start : place.end].decode("utf-8", "replace") == found[1]:
            edits = [Rewrite(place.start, place.end, near[0])]
            reason = f"std has no module `{found[1]}`, and one that is called `{near[0]}`"
            yield situation.hypothesis(error, reason, {place.path: edits}, Cost.NONE)
