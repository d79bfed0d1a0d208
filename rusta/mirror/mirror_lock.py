"""One lock per mirror, for one process and the gits it started: a git that outlives its killed parent still holds it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rusta.core.derived_files import make_way
from rusta.core.errors import RustaError
from rusta.core.output import aside

ORPHAN_S = 120.0  # time that is waited for a git whose parent was killed
OWN_S = 2.0  # time that is waited for a git of this process that was just killed, and dies
POLL_S = 0.05


class MirrorBusy(RustaError):
    """Another process is changing the mirror."""


@contextmanager
def mirror_locked(file: Path, name: str, say: Callable[[str], None] = aside) -> Iterator[int | None]:
    """Hold a mirror's lock and yield its descriptor, to be passed to the processes that are started (None on Windows).

    Raises `MirrorBusy` where another living process holds it. Where its holder was killed and a git of it still runs, that
    is waited for.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    make_way(file)
    with file.open("a+b") as lock:
        try:
            import fcntl
        except ImportError:  # Windows
            yield None
            return
        began, said = time.monotonic(), False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                holder, waited = _holder(file), time.monotonic() - began
                own = holder == os.getpid()
                if (_lives(holder) and not (own and waited < OWN_S)) or waited > ORPHAN_S:
                    raise MirrorBusy(
                        f"The mirror {name} is being updated by process {holder or 'unknown'}. Let it end, and say it again."
                    ) from None
            if not said and not own:
                say(f"An update of {name} was killed, and its git still runs: I wait for it.")
                said = True
            time.sleep(POLL_S)
        lock.truncate(0)
        lock.write(str(os.getpid()).encode())
        lock.flush()
        yield lock.fileno()


def _holder(file: Path) -> int:
    try:
        return int(file.read_bytes()[:20] or b"0")
    except (OSError, ValueError):
        return 0


def _lives(process: int) -> bool:
    if process <= 0:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # another user's
    return True
