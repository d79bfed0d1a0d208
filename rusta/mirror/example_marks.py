"""What is said beside an example: at which states it compiles. The marks come from `example_checks`, or say why there are none."""

from collections.abc import Mapping
from dataclasses import dataclass

from rusta.mirror.fact import ChangeFact

NOT_TRIED = "not compiled: nothing was asked to"


@dataclass(frozen=True)
class ExampleMark:
    """What became of an example's old and new program (`compiles at 1.2.0; does not compile at 1.3.0: E0061`); "" for none."""

    before: str = ""
    now: str = ""


ExampleMarks = Mapping[ChangeFact, ExampleMark]
UNMARKED = ExampleMark(NOT_TRIED, NOT_TRIED)


def example_lines(fact: ChangeFact, mark: ExampleMark) -> list[str]:
    """Return an example as a Rust block: what was, and what is, each below its mark; its own words where it is wholly new or gone."""
    if not (fact.program or fact.program_before or fact.before) and not _is_rust(fact):
        return [f"> {line}".rstrip() for line in fact.text.split("\n")]
    said = list[str]()
    if fact.gone or (
        fact.program and not fact.program_before and not fact.before and fact.text.startswith("a new example")
    ):
        return [fact.text, *filter(None, [f"({mark.before or mark.now})"])]
    for name, text, told in (("before", fact.before, mark.before), ("now", fact.text, mark.now)):
        if text.strip():
            said += [f"// {name}: {told}" if told else f"// {name}", *text.replace("```", "'''").split("\n")]
    return ["```rust", *said, "```"] if said else []


def _is_rust(fact: ChangeFact) -> bool:
    return fact.path.endswith(".rs")
