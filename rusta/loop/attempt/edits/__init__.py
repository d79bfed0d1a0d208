"""From an edit to the bytes of the files it makes: nothing here touches the disk.

What does not apply is refused with a message for her that shows why and what stands there instead.
"""

from rusta.loop.attempt.edits.apply import AppliedEdits, apply, apply_all
from rusta.loop.attempt.edits.text import DoesNotApply, Unchanged

__all__ = ["AppliedEdits", "DoesNotApply", "Unchanged", "apply", "apply_all"]
