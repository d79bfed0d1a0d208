"""Write a chain from the scratch copy to the workspace, if allowed, each link as a step that can be undone."""

from collections.abc import Generator, Iterator, Sequence

from rusta.core.home import NoRoom
from rusta.loop.attempt.commit_chain import ChainLink, prices, reasons
from rusta.loop.attempt.proposals import ProposalPart, apply_proposal
from rusta.loop.attempt.scratch_copy import Scratch
from rusta.loop.events import Asked, Changed, Declined, Event, Proposed
from rusta.loop.gates.permissions import Deed, PersonAnswer
from rusta.loop.workplace import Workplace
from rusta.tools.patch import EditRefused, EditStep


def into_workspace(
    place: Workplace, chain: Sequence[ChainLink], doubt: str = ""
) -> Generator[Event, None, PersonAnswer]:
    """Apply the chain's changes to the workspace, or store them as a proposal if they are not allowed.

    Returns whether they were made, and if not, why. `doubt` is why a person should review them despite approval given
    in advance.

    If a file is no longer as it was read, a person has edited it: then no link is applied, since only the whole chain
    was checked.
    """
    scratch = place.scratch
    scratch.become({})
    whole = scratch.difference(chain[-1].state)
    paths = sorted(chain[-1].state)
    if place.permissions.asks(Deed.EDIT, doubt):
        yield Asked(paths=paths, reason=reasons(chain), trade_off=prices(chain))
    said = place.permissions.may(Deed.EDIT, f"change {', '.join(paths)}", whole, doubt)
    if not said.yes:
        yield proposed(place, chain, reasons(chain), shown=said.asked)
        if said.why:
            yield Declined(gate="permission", why=said.why)
        return said
    parts = list(_parts(scratch, chain))
    try:
        made = apply_proposal(place.history, parts)
    except (EditRefused, NoRoom) as refusal:
        yield Declined(gate="workspace", why=str(refusal))
        scratch.sync()
        return PersonAnswer(False)
    for link, part in zip(chain, parts, strict=True):
        for path, (was, becomes) in part.files.items() if link.hypothesis.source == "mind" else ():
            place.seen.wrote(path, was, becomes)
    yield from changes(made, parts, shown=said.asked)
    scratch.sync()
    return PersonAnswer(True)


def proposed(place: Workplace, chain: Sequence[ChainLink], reason: str, shown: bool = False) -> Proposed:
    """Store the chain for a person to apply later. `shown` if they have just seen its diff."""
    parts = list(_parts(place.scratch, chain))
    place.scratch.become({})
    diff, trade_off = place.scratch.difference(chain[-1].state), prices(chain)
    number = place.proposals.keep(reason, trade_off, diff, parts)
    return Proposed(reason=reason, trade_off=trade_off, diff=diff, shown=shown, number=number)


def changes(made: Sequence[EditStep], parts: Sequence[ProposalPart], shown: bool = False) -> Iterator[Changed]:
    """Yield one `Changed` per applied step. `shown` if the person has just approved the whole diff."""
    for step, part in zip(made, parts, strict=True):
        yield Changed(
            step=step.number, paths=sorted(part.files), reason=part.reason, trade_off=part.trade_off, before=list(part.before),
            after=list(part.after), diff=part.diff, shown=shown, approved=[one.number for one in made],
        )  # fmt: skip


def _parts(scratch: Scratch, chain: Sequence[ChainLink]) -> Iterator[ProposalPart]:
    """Yield each link's changes over the one before. Leaves the copy in some state of the chain."""
    scratch.become({})
    for link in chain:
        was = {path: scratch.read(path) for path in link.state}
        files = {path: (was[path], content) for path, content in link.state.items() if was[path] != content}
        diff = scratch.difference({path: becomes for path, (_, becomes) in files.items()})
        about = link.hypothesis
        yield ProposalPart(about.reason, about.trade_off, link.before, link.after, files, diff)
        scratch.become(link.state)
