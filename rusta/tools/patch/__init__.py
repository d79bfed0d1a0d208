"""Reversible edits: `EditHistory` makes them, and can undo each."""

from rusta.tools.patch.history import EditHistory
from rusta.tools.patch.refusals import Busy, Conflict, Damaged, EditRefused, OutsideWorkspace, Stale
from rusta.tools.patch.steps import EditStep

__all__ = ["Busy", "Conflict", "Damaged", "EditHistory", "EditRefused", "EditStep", "OutsideWorkspace", "Stale"]
