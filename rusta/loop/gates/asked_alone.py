"""Changes that approval given in advance for edits does not cover: `unsafe`, and what a manifest asks of others.

A dependency brings the code of strangers, a feature or another version changes what is built, another edition what the
code means, and `unsafe` what the compiler checks. Each is asked for by itself, with its price; only `approve=all` covers
them.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from rusta.loop.attempt.commit_chain import ChainLink, prices
from rusta.loop.gates.permissions import Approve

UNSAFE = re.compile(r"\bunsafe\b")


def asked_alone(approve: Approve, chain: Sequence[ChainLink], before: Callable[[str], bytes | None]) -> str:
    """Return why a person should be asked about this chain although edits were approved, "" where they need not be.

    `before` returns a file as it is in the workspace.
    """
    if approve is not Approve.edits or not chain:
        return ""
    said = []
    for path, content in chain[-1].state.items():
        old, new = ((side or b"").decode("utf-8", "replace") for side in (before(path), content))
        if PurePosixPath(path).name == "Cargo.toml" and old != new:
            said.append(f"it changes {path}: what is built, and with whose code")
        elif path.endswith(".rs") and len(UNSAFE.findall(new)) > len(UNSAFE.findall(old)):
            said.append(f"there is `unsafe` in {path}, which the compiler does not check")
    return f"This is no edit of code alone: {'; '.join(said)}. Its price: {prices(chain)}." if said else ""
