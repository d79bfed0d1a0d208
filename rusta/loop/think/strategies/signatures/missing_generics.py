"""A generic type without its arguments: `_` stands for them, so that rustc says what they are (E0107).

rustc's own suggestion names the parameters of the type (`Option<T>`), which mean nothing here. With `_` in their place it
infers them and suggests the type that the function gives back (E0121), or accepts them inside of a body. Source: rustc's
explanations of E0107 and E0121. Not covered: fields and arguments, whose types nothing infers.
"""

from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.statements import Rewrite


def missing_generics(situation: Situation) -> Iterator[Hypothesis]:
    """Yield types with `_` for every argument that rustc misses."""
    for error in situation.errors:
        if error.code != "E0107":
            continue
        for suggestion in error.suggestions:
            parts = [part for part in suggestion.parts if part.text.startswith(("<", ", "))]
            path = parts[0].span.path if len(parts) == len(suggestion.parts) == 1 else ""
            if not path or situation.code(path) is None:
                continue
            part = parts[0]
            names = part.text.strip("<>, ").split(",")
            if any(name.strip().startswith("'") for name in names):
                continue
            blank = ", ".join("_" for _ in names)
            text = f"<{blank}>" if part.text.startswith("<") else f", {blank}"
            edits = [Rewrite(part.span.start, part.span.end, text)]
            reason = "the type's arguments are left to rustc, which infers and names them"
            yield situation.hypothesis(error, reason, {path: edits}, Cost.SMALL)
