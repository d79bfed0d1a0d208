"""What `rusta mirror` prints: texts from the facts that it gives as JSON, and the progress of a fetch."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rusta.core.home import in_bytes
from rusta.core.output import counted, many, visible
from rusta.mirror.upstream import STD

PROGRESS = re.compile(r"(?:remote: )?(?P<what>[A-Z][a-z]+ [a-z]+):\s+\d+% \((?P<done>\d+)/(?P<of>\d+)\)")
SHORT = 9  # characters of a hash
COMMIT = 40  # characters of a whole one
SUBJECT = 100  # characters of a commit's first line that are shown


def fetch_progress(name: str) -> Callable[[str], None]:
    """Return what takes git's lines of progress and shows them: a line that is rewritten, off a terminal one per step."""
    last = dict[str, tuple[int, int]]()

    def heard(line: str) -> None:
        if (found := PROGRESS.match(line)) and (what := found["what"]) in ("Receiving objects", "Resolving deltas"):
            at = int(found["done"]), int(found["of"])
            if last.get(what) != at:  # git repeats a step's last line
                last[what] = at
                counted(f"{name}: {what.lower()}")(*at)

    return heard


def mirror_list(facts: Mapping[str, Any]) -> str:
    """The mirrors that are here, and those that an option offers."""
    lines = [*map(_line, facts["mirrors"]), *map(_release, facts["crates"])] or ["No mirror is here yet."]
    if facts["offered"]:
        lines += [
            "",
            f"Can be brought: {', '.join(facts['offered'])}. rusta mirror add {facts['offered'][0]} network=online",
        ]
    if not any(one["name"] == STD for one in facts["crates"]):
        lines.append("std, one toolchain after another: rusta mirror add std")
    return "\n".join(lines)


def mirror_status(facts: Mapping[str, Any]) -> str:
    """What waits, and what it all takes."""
    lines = [*map(_line, facts["mirrors"]), *map(_release, facts["crates"])] or ["No mirror is here yet."]
    lines.append(
        f"{in_bytes(facts['size'])} of {in_bytes(facts['in_all'])}; a mirror may take {in_bytes(facts['most'])}."
    )
    if facts["over"]:
        lines.append(f"More than a mirror may take: {', '.join(facts['over'])}. rusta mirror doctor")
    if facts["waiting"]:
        lines.append(
            f"New since it was reflected: {', '.join(facts['waiting'])}. rusta mirror changes {facts['waiting'][0]}"
        )
    return "\n".join(lines)


def _line(one: Mapping[str, Any]) -> str:
    if one["trouble"]:
        return f"{one['name']:<12} {one['trouble']}"
    waits = f"{many(one['commits'], 'commit')}, {many(one['files'], 'file')} wait" if one["waits"] else "nothing waits"
    return (
        f"{one['name']:<12} {one['newest'][:SHORT]}  {waits} · {in_bytes(one['size'])} · asked {one['asked'][:16].replace('T', ' ')} · "
        f"{one['address']}, {one['follows']}"
    )


def _release(one: Mapping[str, Any]) -> str:
    """A crate's line: the release that was understood last, and the newest."""
    waits = f"{one['newest']} waits" if one["waits"] else "nothing waits"
    asked = f" · asked {one['asked'][:16].replace('T', ' ')}" if one["asked"] else ""
    return visible(f"{one['name']:<12} {one['reflected']}  {waits}{asked}")


def release_added(crates: Sequence[Mapping[str, Any]]) -> str:
    """The crates that are followed from now on."""
    lines = [f"{one['name']}: from {one['reflected']} on; the newest here is {one['newest']}." for one in crates]
    return visible("\n".join(lines)) if lines else "Every crate of the lock is followed already."


def release_changes(facts: Mapping[str, Any], most: int) -> str:
    """What differs between two releases of a crate."""
    head = f"{facts['name']}: {facts['old']} -> {facts['new']}"
    return "\n".join([visible(head), *_api(facts, most), *_facts(facts, most), f"  {visible(_judgement(facts))}"])


def update_report(facts: Mapping[str, Any], most: int) -> str:
    """What an update brought."""
    if trouble := facts.get("trouble"):
        return f"{facts['name']}: {trouble}"
    if "before" not in facts:
        return _release(facts)
    name, newest = facts["name"], facts["newest"][:SHORT]
    if not facts["before"]:
        lines = [
            f"{name}: brought, {facts['followed'].removeprefix('refs/')} at {newest}. What changes from here on is told."
        ]
    elif not facts["new"]:
        waits = f" What waits: rusta mirror changes {name}" if facts["waits"] else ""
        lines = [f"{name}: nothing new ({newest}).{waits}"]
    else:
        lines = [
            f"{name}: {facts['before'][:SHORT]} -> {newest}, {facts['followed'].removeprefix('refs/')}",
            *_differences(facts, most),
        ]
    if (laid_out := facts["laid_out"]) and (skipped := laid_out["skipped"]):
        reasons: dict[str, list[str]] = {}
        for path, why in skipped.items():
            reasons.setdefault(why, []).append(path)
        lines += [f"  not laid out, {why}: {_some(paths)}" for why, paths in reasons.items()]
    return "\n".join([*lines, *(f"  {one}" for one in facts["notes"])])


def change_report(facts: Mapping[str, Any], most: int) -> str:
    """What differs between two states."""
    head = f"{facts['name']}: {facts['old'][:SHORT]} ({facts['since']}) -> {facts['new'][:SHORT]}, {facts['address']}"
    if facts["old"] == facts["new"]:
        return f"{head}\nNothing differs. From another state: rusta mirror changes {facts['name']} since=TAG"
    return "\n".join(
        [head, *_differences(facts, most), *_api(facts, most), *_facts(facts, most), f"  {visible(_judgement(facts))}"]
    )


def reflection_report(facts: Mapping[str, Any]) -> str:
    """What was written of each mirror, and where; how to take it back."""
    lines = list[str]()
    for one in facts["reflections"]:
        head = f"{one['mirror']}: {_revision(one['old'])} -> {_revision(one['new'])}"
        if not one["substantial"]:
            lines.append(f"{head}. I wrote nothing: {one['why']}")
            continue
        kept = [many(len(one["notes"]), "note"), *([many(len(one["habits"]), "habit")] if one["habits"] else [])]
        lines.append(f"{head}. I wrote {' and '.join(kept)}: {one['why']}")
        lines += [f"  {path}" for path in (*one["notes"], *one["habits"])]
        lines += [f"  no longer holds: {path}" for path in (*one["superseded"], *one["stale"])]
    if any(one["notes"] for one in facts["reflections"]):
        lines.append("Read one: rusta devlog show PATH. Away with it: rusta devlog forget PATH")
    if facts["nothing"] and not lines:
        lines.append(f"Nothing waits to be reflected: {', '.join(facts['nothing'])}.")
    return "\n".join(visible(line) for line in lines)


def _revision(said: str) -> str:
    """A commit by the beginning of its hash, a version as it is."""
    return said[:SHORT] if len(said) == COMMIT else said


def _api(facts: Mapping[str, Any], most: int) -> list[str]:
    """The changes of the API, an item a line, and its old and new signature where that changed."""
    found = facts["api"]
    lines = [f"  {many(len(found), 'change')} of the API"]
    for one in found[:most]:
        lines.append(f"    {one['change']:<11}{one['kind']} {one['path']}")
        if one["change"] == "signature" and one["old"] != one["new"]:
            lines += [f"               was {one['old']}", f"               is  {one['new']}"]
        elif one["note"]:
            lines.append(f"               {one['note']}")
    lines += [f"    ... {len(found) - most} more: limit={len(found)}"] if len(found) > most else []
    if facts["unread"]:
        missed = ", ".join(f"{what} ({count})" for what, count in list(facts["unread"].items())[:3])
        lines.append(f"  not read: {missed}{' and others' if len(facts['unread']) > 3 else ''}")
    return [visible(line) for line in lines]


def _facts(facts: Mapping[str, Any], most: int) -> list[str]:
    """What else changed, a line each."""
    found = [one for one in facts["facts"] if not one["minor"]]
    lines = [f"  {many(len(found), 'other fact')}"] if found else []
    for one in found[:most]:
        text = " ".join(one["text"].split())
        lines.append(f"    {one['kind']:<11}{text[:SUBJECT]}{'…' if len(text) > SUBJECT else ''}  ({one['place']})")
    lines += [f"    ... {len(found) - most} more: limit={len(found)}"] if len(found) > most else []
    return [visible(line) for line in lines]


def _judgement(facts: Mapping[str, Any]) -> str:
    return f"Worth a reflection: {facts['why']}." if facts["substantial"] else f"No reflection: {facts['why']}."


def findings_list(facts: Mapping[str, Any]) -> str:
    """What is wrong with which mirror."""
    lines = []
    for one in facts["findings"]:
        mend = f"  Mend it: {one['mend']}" if one["mend"] else ""
        lines.append(f"{'+' if one['ok'] else '-'} {one['name']:<12} {one['what']}{mend}")
    return "\n".join(lines or ["No mirror is here yet."])


def _differences(facts: Mapping[str, Any], most: int) -> list[str]:
    commits, files = facts["commits"], facts["changes"]
    lines = [f"  {many(len(commits), 'commit')}"]
    lines += [f"    {one['hash'][:SHORT]}  {one['date'][:10]}  {one['subject'][:SUBJECT]}" for one in commits[:most]]
    lines += [f"    ... {len(commits) - most} more: limit={len(commits)}"] if len(commits) > most else []
    kinds = ", ".join(f"{count} {kind}" for kind, count in facts["kinds"].items())
    lines += [f"  {many(len(files), 'file')}{f': {kinds}' if kinds else ''}"]
    lines += [f"    {_change(one)}" for one in files[:most]]
    lines += [f"    ... {len(files) - most} more: limit={len(files)}"] if len(files) > most else []
    return [visible(line) for line in lines]


def _change(one: Mapping[str, Any]) -> str:
    before = f"  (was {one['before']})" if one["before"] else ""
    return f"{one['change']:<8} {one['path']}{before}"


def _some(paths: Sequence[str]) -> str:
    return visible(", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else ""))
