"""A gate for what stands ready-made in what she read: a file, the compiler's words, a test's output, an entry of a journal.

Whoever wrote it may have put a call or an edit there for a mind to copy. An action of her answer that such a text already
holds, in any form that her answers are parsed in, is that text's and is not run. So is a call that stands only in the manual
of her prompt, as its example.

Not covered: an instruction in plain words that the mind turns into an action of its own. Permissions hold that one, and
`unasked`, which keeps what was agreed beforehand to requests that ask for a change.
"""

import re
from dataclasses import dataclass, field

from rusta.loop.attempt.actions import Action, Call, parse
from rusta.tools.diagnostics import Diagnostic

MOST = 2000  # actions of others that are remembered in a conversation
QUESTION = re.compile(
    r"\s*(?:so|and|but|ok|okay|well|hi|hello|hey|please|rusta)?[\s,]*"
    r"(?:(?:what|why|how|when|where|who|which|whose|is|are|was|were|does|do|did|has|have|should|explain|describe|tell|summari[sz]e|"
    r"list|show|read|review|look|find|search|check|run|test)\b|(?:can|could|would|will) (?:you |i |we )?(?:please )?"
    r"(?:explain|describe|tell|summari[sz]e|list|show|read|review|look|find|search|check|run|test)\b)",
    re.IGNORECASE,
)
ALSO = re.compile(
    r"(?:\b(?:and|then|also|but)|[.;:,!?])\s{1,3}(?:please |then |also )*(?:fix|mend|repair|solve|resolve|add|change|make|write|"
    r"implement|remove|delete|rename|refactor|replace|update|use|move|convert|improve|create|extract|correct|edit|apply|clean|put)\b",
    re.IGNORECASE,
)
COMMENT = re.compile(r"^[ \t]*(?://[/!]?|/?\*{1,2}/?|#!?|--|;{1,3}|>(?!>)|\|)[ \t]?", re.MULTILINE)
NUMBER = re.compile(r"^ {0,4}\d{1,6} ", re.MULTILINE)  # as her hands number the lines of a file
QUOTED = re.compile(r'\\(["\\/])')


@dataclass
class Foreign:
    """The actions that stand in texts which others wrote, for as long as a conversation lasts."""

    actions: set[tuple[str, ...]] = field(default_factory=set)

    def read(self, text: str) -> None:
        """Remember what actions stand in `text`: as it is, without what marks a comment, and as a string of a program."""
        unnumbered = NUMBER.sub("", text)
        unescaped = QUOTED.sub(r"\1", text.replace("\\n", "\n"))
        for form in dict.fromkeys((text, unnumbered, COMMENT.sub("", text), COMMENT.sub("", unnumbered), unescaped)):
            for action in parse(form).actions:
                if len(self.actions) < MOST:
                    self.actions.add(_likeness(action))

    def wrote(self, action: Action, request: str) -> bool:
        """Whether this action stands in what was read; not a call on something that the person's `request` names."""
        named = isinstance(action, Call) and any(
            isinstance(said, str) and len(said) > 2 and said in request for said in vars(action).values()
        )
        return _likeness(action) in self.actions and not named


def dictated(code: str, error: Diagnostic) -> bool:
    """Whether `code` stands in the words of a diagnostic, which `compile_error!` and `#[deprecated]` let anybody choose.

    What the compiler suggests in code of its own is not looked at.
    """
    spans = [*error.spans, *(span for child in error.children for span in child.spans)]
    said = [error.message, *(child.message for child in error.children), *(span.label or "" for span in spans)]
    return any(" ".join(code.split()) in " ".join(text.split()) for text in said)


def _likeness(action: Action) -> tuple[str, ...]:
    """What makes two actions the same: their words, however they are laid out."""
    return type(action).__name__, *(" ".join(str(said).split()) for said in vars(action).values())


def unasked(request: str) -> str:
    """Why a change should be looked at although changes were agreed beforehand, in a sentence; empty where one was asked for."""
    if QUESTION.match(request) and not ALSO.search(request):
        return "You asked a question, and for no change."
    return ""
