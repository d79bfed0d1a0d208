"""Detect actions that the model copied from text it was given: a file, a diagnostic, a test's output, a journal entry.

The author of such a text may have put a tool call or an edit into it for a model to copy (prompt injection). An action
in an answer that already occurs in one of these texts, in any form that answers are parsed in, is attributed to the
text and not run. The same holds for a call that occurs only in the manual of the prompt, as its example.

Not covered: an instruction in plain words that the model turns into an action of its own. Permissions cover that, and
`unasked`, which limits approval given in advance to requests that ask for a change.
"""

import re
from dataclasses import dataclass, field

from rusta.loop.attempt.actions import Action, Call, parse
from rusta.tools.diagnostics import Diagnostic

TEXTS = 16  # texts that are kept whole
MOST = 2000  # foreign actions remembered per conversation
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
NUMBER = re.compile(r"^ {0,4}\d{1,6} ", re.MULTILINE)  # line numbers as `ToolRunner` prints them
QUOTED = re.compile(r'\\(["\\/])')


@dataclass
class Foreign:
    """The actions that occur in texts written by others, collected over one conversation."""

    actions: set[tuple[str, ...]] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)  # what was read, with white space normalized

    def read(self, text: str) -> None:
        """Record the actions in `text`, also without comment markers or line numbers, and as a string literal."""
        unnumbered = NUMBER.sub("", text)
        self.texts = [*self.texts, *(" ".join(form.split()) for form in (text, COMMENT.sub("", unnumbered)))][-TEXTS:]
        unescaped = QUOTED.sub(r"\1", text.replace("\\n", "\n"))
        for form in dict.fromkeys((text, unnumbered, COMMENT.sub("", text), COMMENT.sub("", unnumbered), unescaped)):
            for action in parse(form).actions:
                if len(self.actions) < MOST:
                    self.actions.add(_likeness(action))

    def has_code(self, code: str) -> bool:
        """Return whether code stands word for word in a text that was read lately."""
        plain = " ".join(code.split())
        return bool(plain) and any(plain in text for text in self.texts)

    def wrote(self, action: Action, request: str) -> bool:
        """Return whether the action occurs in a text that was read; False for a call on what `request` names."""
        named = isinstance(action, Call) and any(
            isinstance(said, str) and len(said) > 2 and said in request for said in vars(action).values()
        )
        return _likeness(action) in self.actions and not named


def dictated(code: str, error: Diagnostic) -> bool:
    """Return whether `code` occurs in the messages and labels of a diagnostic, compared without regard to white space.

    `compile_error!` and `#[deprecated]` let any author choose these texts. Code in the compiler's own suggestions is
    not examined.
    """
    spans = [*error.spans, *(span for child in error.children for span in child.spans)]
    said = [error.message, *(child.message for child in error.children), *(span.label or "" for span in spans)]
    return any(" ".join(code.split()) in " ".join(text.split()) for text in said)


def _likeness(action: Action) -> tuple[str, ...]:
    """Return the key by which two actions are equal: the type and the field values, with white space normalized."""
    return type(action).__name__, *(" ".join(str(said).split()) for said in vars(action).values())


def unasked(request: str) -> str:
    """Return why a person should review a change although changes were approved in advance, as a sentence.

    Empty unless the request is a question that asks for no change.
    """
    if QUESTION.match(request) and not ALSO.search(request):
        return "You asked a question, and for no change."
    return ""
