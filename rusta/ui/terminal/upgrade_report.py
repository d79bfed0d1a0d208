"""What `rusta upgrade` prints: the dependencies that are behind, and the plan of one upgrade."""

from collections.abc import Iterator, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from rusta.core.output import many
from rusta.upgrade.affected_items import AffectedItem
from rusta.upgrade.behind import BehindCrate
from rusta.upgrade.rules import UpgradeRule
from rusta.upgrade.upgrade_plan import UpgradePlan

MOST_SITES = 6  # of one item


def behind_table(crates: Sequence[BehindCrate]) -> Table:
    """The dependencies that are behind, a row each."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in ("crate", "locked", "newest", "what it touches", "with it"):
        table.add_column(head)
    for one in crates:
        newest = f"{one.newest}{'' if one.compatible else ' (another major)'}" if one.newest else ""
        newer = f"{one.newer} needs a newer Rust" if one.newer else ""
        table.add_row(
            one.name, one.locked, "; ".join(filter(None, [newest, newer])), _touched(one), ", ".join(one.siblings)
        )
    return table


def _touched(one: BehindCrate) -> str:
    if not one.newest:
        return ""
    if one.items is None:
        return f"not compared yet: rusta upgrade {one.name}"
    if not one.items:
        return "no item that is used here changed"
    return f"{many(one.items, 'item')} at {many(one.sites or 0, 'place')}"


def plan_text(plan: UpgradePlan) -> str:
    """A plan as Markdown."""
    return "\n".join(_lines(plan)).rstrip()


def _lines(plan: UpgradePlan) -> Iterator[str]:
    yield f"# {plan.crate} {plan.old} to {plan.new}"
    yield ""
    asked = "; ".join(f"{one.file}: {one.key} = {one.requirement or 'workspace'}" for one in plan.requirements)
    yield f"- asked for in {asked}" if asked else "- no manifest of this workspace asks for it by itself"
    if plan.compatible:
        yield f"- the requirement allows it: `cargo update -p {plan.crate}`"
    if plan.rust:
        yield f"- {plan.new} needs Rust {plan.rust}, which is more than this workspace's `rust-version` promises"
    for one in plan.siblings:
        yield f"- {one} depends on {plan.crate} {plan.old}: unless it moves along, there are two versions whose types do not fit each other"
    yield f"- {_summary(plan)}"
    for item in plan.items:
        yield ""
        yield from _item(item)
    if plan.guide:
        yield ""
        yield "## From its migration guide"
        for section in plan.guide:
            yield ""
            yield from (f"> {line}".rstrip() for line in section.text.splitlines())
            yield f"> ({section.place})"


def _summary(plan: UpgradePlan) -> str:
    others = f" {many(plan.others, 'other item')} changed that this workspace does not use." if plan.others else ""
    if not plan.items:
        return f"No item of its own that this workspace uses changed.{others}"
    return f"{many(len(plan.items), 'item')} that this workspace uses changed, at {many(plan.sites, 'place')}.{others}"


def _item(one: AffectedItem) -> Iterator[str]:
    yield f"## {one.kind} `{one.path}` {one.said}"
    yield ""
    more = f" and {len(one.sites) - MOST_SITES} more" if len(one.sites) > MOST_SITES else ""
    yield f"Used at {', '.join(one.sites[:MOST_SITES])}{more}."
    if one.became:
        why = "" if one.quote and one.quoted_at in one.why else f": {one.why}"
        yield f"In the new release there is {', '.join(f'`{path}`' for path in one.became)}{why}."
    if one.note:
        yield f"Its note: {one.note}"
    if one.old or one.new:
        yield ""
        yield "```rust"
        yield from (f"// {label}\n{signature}" for label, signature in (("was", one.old), ("is", one.new)) if signature)
        yield "```"
    if one.quote:
        yield ""
        yield from (f"> {line}".rstrip() for line in one.quote.splitlines())
        yield f"> ({one.quoted_at})"
    yield ""
    yield f"({one.place})"


def rules_text(known: Mapping[str, Sequence[UpgradeRule]]) -> str:
    """The rules of all crates, a line each."""
    if not known:
        return "There are no rules yet. An upgrade that holds makes them: rusta upgrade CRATE@VERSION"
    lines = list[str]()
    for crate, rules in known.items():
        for one in rules:
            became = f"{one.value}.{one.became.rpartition('::')[2]}()" if one.value else one.became
            proved = f"(proved in {', '.join(one.proved)})"
            lines.append(f"- {crate} {one.old} to {one.new}: `{one.item}` is `{became}` {proved}")
    return "\n".join([*lines, "", "One crate's file, to read or to hand on: rusta upgrade rules CRATE"])
