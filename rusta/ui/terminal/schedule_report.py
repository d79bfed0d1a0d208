"""What `rusta mirror install` and `rusta mirror export skill` print."""

from collections.abc import Mapping
from typing import Any

from rusta.core.output import many, visible

HOW = {"daily": "once a day", "weekly": "once a week"}


def planned_schedule(facts: Mapping[str, Any]) -> str:
    """What would be written, file by file."""
    lines = [f"{facts['scheduler']} would run this {HOW[facts['rhythm']]}: {facts['command']}"]
    for one in facts["files"]:
        lines += ["", f"{one['where']}{'  (as it is there)' if one['is_so'] else ''}:", one["text"].rstrip()]
    if not facts["online"]:
        lines += ["", "It asks no upstream beyond this machine. To let it: network=online"]
    return visible("\n".join(lines))


def schedule_report(facts: Mapping[str, Any]) -> str:
    """What came of it."""
    if facts["rhythm"] == "hand":
        now = schedule_line(facts["now"])
        return (
            f"{now} Have them run: rusta mirror install rhythm=weekly (or daily), and network=online to ask upstreams."
        )
    if facts["written"]:
        beside = " Also while you are not logged in: loginctl enable-linger" if facts["scheduler"] == "systemd" else ""
        return (
            f"A cycle runs {HOW[facts['rhythm']]} from now on, by {facts['scheduler']}.{beside}\n"
            "Away with it: rusta mirror install remove"
        )
    if facts["is_so"]:
        return f"Nothing to do: a cycle runs {HOW[facts['rhythm']]} already, by {facts['scheduler']}."
    said = f"rusta mirror install rhythm={facts['rhythm']}{' network=online' if facts['online'] else ''} approve=all"
    return f"{planned_schedule(facts)}\n\nNothing was written. Write it: {said}"


def schedule_removed(facts: Mapping[str, Any]) -> str:
    """What was taken away."""
    if not facts["removed"]:
        return "Nothing was installed. Cycles run by hand: rusta mirror-update"
    return visible(f"No cycle runs by itself any more. Gone: {', '.join(facts['removed'])}")


def schedule_line(now: Mapping[str, Any]) -> str:
    """How often a cycle runs, as the status says it."""
    if now["trouble"]:
        return visible(f"Whether cycles run by themselves I cannot say: {now['trouble']}")
    if now["rhythm"] == "hand":
        return "Cycles run by hand (rusta mirror-update)."
    return f"A cycle runs {HOW.get(now['rhythm'], now['rhythm'])}, by {now['scheduler']}."


def skill_report(facts: Mapping[str, Any]) -> str:
    """Which skills lie where."""
    lines = [f"{facts['folder']}:"]
    for one in facts["skills"]:
        left = f", {one['left_out']} more did not fit" if one["left_out"] else ""
        lines.append(f"  {one['name']}: {many(one['notes'] - one['left_out'], 'note')} on {one['crate']}{left}")
    same = f", {len(facts['same'])} as they were" if facts["same"] else ""
    lines.append(f"{many(len(facts['written']), 'file')} written{same}.")
    lines += [f"Not written, for it is none of mine, or was edited: {path}" for path in facts["kept"]]
    if facts["kept"]:
        lines.append("Replace them: approve=all")
    return visible("\n".join(lines))
