"""Turn edits into the new bytes of files, without touching the disk.

An edit that does not apply is refused with a message for the model that says why and what the file has instead.
"""

from rusta.loop.attempt.edits.apply import AppliedEdits, apply_all, apply_edit
from rusta.loop.attempt.edits.text import DoesNotApply, Unchanged

__all__ = ["AppliedEdits", "DoesNotApply", "Unchanged", "apply_all", "apply_edit"]
