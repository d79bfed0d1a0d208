"""Read stored contents from whichever store has them, and verify their sha256."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from rusta.tools.patch.journal import Kept
from rusta.tools.patch.refusals import Damaged
from rusta.tools.patch.store import ContentStore, FolderStore, GitStore
from rusta.tools.patch.tree import State


class Contents:
    """The stores of one workspace: its git if it has one, and Rusta's own folder for contents stored without git."""

    def __init__(self, workspace: Path, folder: FolderStore, git: GitStore | None) -> None:
        self.workspace = workspace
        self.name = "git" if git else "folder"
        self.store: ContentStore = git or folder  # for new contents
        self._stores: dict[str, ContentStore] = {"folder": folder, **({"git": git} if git else {})}

    def of(self, wanted: Sequence[Kept | None]) -> dict[str, bytes]:
        """Return bytes by their sha256. Raises `Damaged` where they are missing or have changed."""
        found: dict[str, bytes] = {}
        for name, store in self._stores.items():
            asked = {kept.name: kept.sha for kept in wanted if kept and kept.store == name}
            for one, data in store.get(asked).items():
                if hashlib.sha256(data).hexdigest() != asked[one]:
                    raise Damaged(
                        f"What /undo needs is damaged: {one} of {self.workspace} is not what I kept. I won't use it."
                    )
                found[asked[one]] = data
        if lost := next((kept for kept in wanted if kept and kept.sha not in found), None):
            raise Damaged(
                f"What /undo needs was kept in the git repository of {self.workspace}, as {lost.name}, and it is not there any more."
            )
        return found


def state(kept: Kept | None, data: Mapping[str, bytes]) -> State | None:
    """Return the state of a stored file, given the stored bytes by their sha256."""
    return State(data[kept.sha], kept.mode) if kept else None
