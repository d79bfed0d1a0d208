"""From the scratch copy into the workspace: once, if it is allowed, each link of a chain as a step that can be taken back."""

from collections.abc import Generator, Sequence

from rusta.home import NoRoom
from rusta.loop.events import Changed, Declined, Event, Proposed
from rusta.loop.permissions import Deed, Said
from rusta.loop.repair import Link, difference
from rusta.loop.workplace import Workplace
from rusta.tools.patch import Refused


def into_workspace(place: Workplace, chain: Sequence[Link]) -> Generator[Event, None, Said]:
    """Make the chain's changes to what a person keeps. Whether they were made, and if not, why; then they are proposed.

    A file that is no longer what she read is not touched: the person has been there. Then no link is made, for only the whole
    chain was judged.
    """
    scratch = place.scratch
    scratch.become({})
    whole = difference(chain[-1].state, scratch)
    hypothesis = chain[-1].hypothesis
    reason = "; ".join(dict.fromkeys(link.hypothesis.reason for link in chain))
    said = place.permissions.may(Deed.EDIT, f"change {', '.join(sorted(chain[-1].state))}", whole)
    if not said.yes:
        yield Proposed(reason=reason, trade_off=hypothesis.trade_off, diff=whole)
        if said.why:
            yield Declined(gate="permission", why=said.why)
        return said
    state: dict[str, bytes | None] = {}
    made: list[Changed] = []
    for link in chain:
        scratch.become(state)
        expected = {path: scratch.read(path) for path in link.state}
        changes = {path: content for path, content in link.state.items() if expected[path] != content}
        diff = difference(changes, scratch)
        about = link.hypothesis
        try:
            step = place.history.apply(
                changes, about.reason, about.trade_off, list(link.before), list(link.after),
                expected={path: expected[path] for path in changes},
            )  # fmt: skip
        except (Refused, NoRoom) as refusal:
            if made:
                place.history.undo(len(made))
            yield Declined(gate="workspace", why=str(refusal))
            scratch.sync()
            return Said(False)
        for path, content in changes.items() if about.source == "mind" else ():
            place.seen.wrote(path, expected[path], content)
        made.append(Changed(
            step=step.number, paths=sorted(changes), reason=about.reason, trade_off=about.trade_off, before=list(link.before),
            after=list(link.after), diff=diff, shown=said.asked and diff == whole,
        ))  # fmt: skip
        state = dict(link.state)
    yield from made
    scratch.sync()
    return Said(True)
