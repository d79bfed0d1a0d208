"""The one definition of the actions of a turn and their format: taught, rendered, parsed and repaired here.

The runtime parses the format, the system prompt teaches it, constrained decoding enforces it, and the training data of
the loop phase is rendered from it. Small read-only calls are JSON in tags; code is plain text and never inside JSON,
which costs this family of models accuracy (research: aider's code-in-json benchmark).
"""

from rusta.loop.attempt.actions.calls import example
from rusta.loop.attempt.actions.grammar import grammar, items_alone, prose
from rusta.loop.attempt.actions.kinds import (
    CALLS,
    Action,
    Call,
    CargoCall,
    Edit,
    Explain,
    Navigate,
    ReadCall,
    Recall,
    ReplaceItem,
    Search,
    SearchReplace,
    WholeFile,
)
from rusta.loop.attempt.actions.paths import Malformed, normalized_path
from rusta.loop.attempt.actions.reading import parse
from rusta.loop.attempt.actions.reply import Reply, ReplyProblem, Trouble, repair
from rusta.loop.attempt.actions.writing import format_description, render, render_reply

__all__ = [
    "CALLS",
    "Action",
    "Call",
    "CargoCall",
    "Edit",
    "Explain",
    "Malformed",
    "Navigate",
    "ReadCall",
    "Recall",
    "ReplaceItem",
    "Reply",
    "ReplyProblem",
    "Search",
    "SearchReplace",
    "Trouble",
    "WholeFile",
    "example",
    "format_description",
    "grammar",
    "items_alone",
    "normalized_path",
    "parse",
    "prose",
    "render",
    "render_reply",
    "repair",
]
