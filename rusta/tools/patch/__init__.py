"""Edits that can be taken back: `History` makes them, and knows the way to before each."""

from rusta.tools.patch.history import History
from rusta.tools.patch.refusals import Busy, Conflict, Damaged, OutsideWorkspace, Refused, Stale
from rusta.tools.patch.steps import Step

__all__ = ["Busy", "Conflict", "Damaged", "History", "OutsideWorkspace", "Refused", "Stale", "Step"]
