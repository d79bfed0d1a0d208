"""From the scratch copy into the workspace: once, if it is allowed, each link of a chain as a step that can be taken back."""

from collections.abc import Generator, Sequence

from rusta.home import NoRoom
from rusta.loop.chain import Link, prices, reasons
from rusta.loop.events import Asked, Changed, Declined, Event, Proposed
from rusta.loop.permissions import Deed, Said
from rusta.loop.workplace import Workplace
from rusta.tools.patch import Refused


def into_workspace(place: Workplace, chain: Sequence[Link], doubt: str = "") -> Generator[Event, None, Said]:
    """Make the chain's changes to what a person keeps. Whether they were made, and if not, why; then they are proposed.

    `doubt` is why a person should look at them whatever was agreed beforehand.

    A file that is no longer what she read is not touched: the person has been there. Then no link is made, for only the whole
    chain was judged.
    """
    scratch = place.scratch
    scratch.become({})
    whole = scratch.difference(chain[-1].state)
    paths = sorted(chain[-1].state)
    if place.permissions.asks(Deed.EDIT, doubt):
        yield Asked(paths=paths, reason=reasons(chain), trade_off=prices(chain))
    said = place.permissions.may(Deed.EDIT, f"change {', '.join(paths)}", whole, doubt)
    if not said.yes:
        yield Proposed(reason=reasons(chain), trade_off=prices(chain), diff=whole, shown=said.asked)
        if said.why:
            yield Declined(gate="permission", why=said.why)
        return said
    state: dict[str, bytes | None] = {}
    made: list[Changed] = []
    standing = _standing(place)
    for link in chain:
        scratch.become(state)
        expected = {path: scratch.read(path) for path in link.state}
        changes = {path: content for path, content in link.state.items() if expected[path] != content}
        diff = scratch.difference(changes)
        about = link.hypothesis
        try:
            step = place.history.apply(
                changes, about.reason, about.trade_off, list(link.before), list(link.after),
                expected={path: expected[path] for path in changes},
            )  # fmt: skip
        except (Refused, NoRoom, KeyboardInterrupt) as refusal:
            if more := _standing(place) - standing:  # a Ctrl-C may come when the last was just done
                place.history.undo(more)
            if isinstance(refusal, KeyboardInterrupt):
                raise
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


def _standing(place: Workplace) -> int:
    return sum(step.state == "standing" for step in place.history.steps())
