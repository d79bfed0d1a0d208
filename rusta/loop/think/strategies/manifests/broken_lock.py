"""A lock file that cargo cannot read, as after a merge: resolve it anew, from the manifests and what is on this machine.

Source: the Cargo Book, "Cargo.toml vs Cargo.lock". Not covered: keeping the versions that the readable parts name.
"""

from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis, name
from rusta.loop.think.situation import Situation
from rusta.tools.cargo_faults import Fault
from rusta.tools.lock_file import LOCK, relocked


def broken_lock(situation: Situation) -> Iterator[Hypothesis]:
    """Yield a lock file that is resolved anew."""
    error = next((one for one in situation.errors if one.code == Fault.lock_file), None)
    lock = relocked(situation.root, situation.files, situation.read, {LOCK: None}) if error else None
    if error and lock is not None:
        reason = "the lock file is resolved anew, as cargo cannot read it"
        yield Hypothesis(
            "craft", reason, "versions may differ from those it had", {LOCK: lock}, (name(error),), Cost.ASKED
        )
