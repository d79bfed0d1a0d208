"""What is wrong with a mirror, and the command that mends it."""

from collections.abc import Callable
from typing import Any

from rusta.core.errors import RustaError
from rusta.core.git_runner import GitError
from rusta.core.home import in_bytes
from rusta.mirror.mirror_lock import MirrorBusy, mirror_locked
from rusta.mirror.mirrors import Mirrors
from rusta.mirror.repository import opened_mirror


def mirror_findings(mirrors: Mirrors, name: str, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Check a mirror: its record, whether it is being updated, every object, its work tree, what it takes on the disk."""
    folder = mirrors.home.mirrors / name

    def row(ok: bool, what: str, mend: str = "") -> dict[str, Any]:
        return {"name": name, "ok": ok, "what": what, "mend": mend}

    try:
        upstream = mirrors.upstream(name)
        online = "" if upstream.folder else " network=online"
        with (
            mirror_locked(mirrors.records.folder / f"{name}.lock", name, say) as lock,
            opened_mirror(folder, lock) as repository,
        ):
            if not repository.exists:
                return [row(False, "it was not brought yet", f"rusta mirror update {name}{online}")]
            if trouble := repository.damage(thorough=True):
                return [row(False, trouble, f"rusta mirror renew {name}{online}")]
            found = [row(True, f"whole, {in_bytes(repository.size())}, of {upstream.address} ({upstream.follows})")]
            if upstream.folder and not upstream.folder.is_dir():
                found.append(row(False, f"its upstream {upstream.folder} is not there", f"rusta mirror remove {name}"))
            if not repository.newest or not repository.reflected or repository.laid_out != repository.newest:
                found.append(row(False, "an update of it was interrupted", f"rusta mirror update {name}{online}"))
            elif edited := repository.git("status", "--porcelain", "--untracked-files=no").stdout.splitlines():
                found.append(
                    row(
                        True,
                        f"{len(edited)} of its files were changed here; the next update that brings something may undo that",
                    )
                )
            if repository.size() > mirrors.most:
                found.append(
                    row(False, f"it takes more than {in_bytes(mirrors.most)}", f"rusta mirror update {name}{online}")
                )
            return found
    except MirrorBusy as busy:
        return [row(True, str(busy))]
    except GitError as error:
        return [row(False, str(error), f"rusta mirror renew {name}")]
    except RustaError as error:
        return [row(False, str(error))]
