"""What is said beside an example: at which states it compiles. The marks come from `example_checks`, or say why there are none."""

from collections.abc import Mapping
from dataclasses import dataclass

from rusta.mirror.fact import ChangeFact

WHOLE = "a new example"  # how a fact of an example begins that is told without its code
NOT_TRIED = "not compiled"


@dataclass(frozen=True)
class ExampleMark:
    """What became of an example's old and new program (`compiles at 1.2.0; does not compile at 1.3.0: E0061`); "" for none."""

    before: str = ""
    now: str = ""


ExampleMarks = Mapping[ChangeFact, ExampleMark]
UNMARKED = ExampleMark(NOT_TRIED, NOT_TRIED)


def example_lines(fact: ChangeFact, mark: ExampleMark) -> list[str]:
    """Return an example as a block of code: what was, and what is, each below its mark; one that is wholly new or gone in words."""
    if fact.gone or fact.text.startswith(WHOLE):
        return [fact.text, *(f"({told})" for told in (mark.before, mark.now) if told)]
    rust = bool(fact.program or fact.program_before) or fact.path.endswith(".rs")
    said, comment = list[str](), "//" if rust else "#"
    for name, text, told in (("before", fact.before, mark.before), ("now", fact.text, mark.now)):
        if text.strip():
            said += [f"{comment} {name}{f': {told}' if told and rust else ''}", *text.replace("```", "'''").split("\n")]
    return ["```rust" if rust else "```", *said, "```"] if said else []
