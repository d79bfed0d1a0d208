"""The sentence that tells how what an entry says of an item stands beside the mirror and the workspace's lock."""

from dataclasses import dataclass

from rusta.core.output import visible
from rusta.mirror.fact import short

LONGEST = 700  # characters


@dataclass(frozen=True)
class StandingFacts:
    """What is known. `here` and `there` say what is so in the locked version and in the mirror's newest state, "" where it is the same."""

    crate: str
    note: str  # the state that the entry speaks of, as it is shown
    by: str
    day: str
    item: str
    locked: str  # "" where the workspace does not depend on the crate, or there is none
    newest: str
    holds: bool
    same: bool  # the entry speaks of the version that is locked
    looked: bool  # the locked version could be looked at
    here: str
    there: str
    written: str = ""  # the signature in the entry, where that is what is compared


def standing_text(of: StandingFacts) -> str:
    """Return it in one line."""
    return short(" ".join(visible(_said(of)).split()), LONGEST)


def _said(of: StandingFacts) -> str:
    item, mirror = f"`{of.item}`", f"the mirror says {of.newest}: `{of.item}` {of.there}"
    if of.by == "signature":
        where = f"{of.crate} {of.locked}, which this workspace has" if of.here else f"the mirror ({of.newest})"
        return f"My note writes `{short(of.written, 200)}`; in {where}, {item} {of.here or of.there}."
    if of.by == "date":
        opening = f"My note of {of.day} says no version of {of.crate}; the newest was {of.note} then"
    else:
        opening = f"My note is of {of.crate} {of.note}"
    if of.here:
        more = f" T{mirror[1:]}." if of.there and of.there != of.here else ""
        return f"{opening}, and this workspace has {of.locked}: {item} {of.here}.{more}"
    if of.holds and of.same:
        return f"{opening}, as this workspace has it, so it still holds here; {mirror}."
    if of.holds:
        return f"{opening}; in {of.locked}, which this workspace has, it still holds; {mirror}."
    unread = f" This workspace has {of.locked}, which I could not look at." if of.locked and not of.looked else ""
    return f"{opening}, {mirror}.{unread}"
