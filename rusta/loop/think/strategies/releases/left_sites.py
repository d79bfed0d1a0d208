"""What stands in the way of an upgrade: each error with what its name was in the old release, and what there is in the new one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.releases.function_values import called_instead
from rusta.loop.think.strategies.releases.release_changes import changed_releases
from rusta.loop.think.strategies.releases.replaced_items import missing_names, owner_of
from rusta.mirror.api import path_rank
from rusta.tools.diagnostics import Diagnostic
from rusta.upgrade.crate_changes import CrateChanges
from rusta.upgrade.replacements import old_items, replacements

MOST_ERRORS = 200


@dataclass(frozen=True)
class LeftSite:
    """One error. `item` is a path of the old release, `became` one of the new; "" where it is about no item that is known.

    `was` and `now` are their signatures.
    """

    place: str
    said: str
    item: str = ""
    became: str = ""
    was: str = ""
    now: str = ""
    why: str = ""

    def as_markdown(self) -> str:
        """Return it as an item of a list."""
        lines = [f"- {self.place}: {self.said}"]
        if self.item:
            lines.append(f"  was `{self.was or self.item}`")
        if self.now:
            lines.append(f"  is `{self.now}`")
        if self.why:
            lines.append(f"  {self.why}")
        return "\n".join(lines)


def left_sites(situation: Situation) -> list[LeftSite]:
    """Return the errors of a state, each once."""
    errors = [one for one in situation.errors if one.primary][:MOST_ERRORS]
    names = {word for one in errors for word in (*missing_names(one), *_named(situation, one))}
    releases = [changes for changes, _ in changed_releases(situation, errors, names)]
    found = dict[tuple[str, str], LeftSite]()
    for error in errors:
        said = f"{error.code or 'error'}, {error.message.splitlines()[0]}"
        found.setdefault(
            (error.place, said), next(_facts(situation, error, said, releases), LeftSite(error.place, said))
        )
    return list(found.values())


def _facts(situation: Situation, error: Diagnostic, said: str, releases: Sequence[CrateChanges]) -> Iterator[LeftSite]:
    """What is known of an error: of the name that is not found, else of what is named where it lies."""
    for changes in releases:
        if (method := called_instead(changes, error)) is not None:
            why = f"what was a function before is called by a method in {changes.crate} {changes.new} ({changes.place(method)})"
            yield LeftSite(error.place, said, "", method.path, "", method.signature, why)
    for word in missing_names(error):
        for changes in releases:
            for one in replacements(changes, word, owner_of(error)):
                why = f"{one.why} ({one.place})"
                value = f"{one.value}." if one.value else ""
                became = f"{value}{one.new.path.rpartition('::')[2]}" if value else one.new.path
                yield LeftSite(error.place, said, one.old.path, became, one.old.signature, one.new.signature, why)
    for word in missing_names(error):
        for changes in releases:
            gone = [one for one in old_items(changes, word, owner_of(error)) if one.path not in changes.by_path]
            for one in gone:
                why = f"{changes.crate} {changes.new} has nothing that I can tell took its place ({changes.place(one, old=True)})"
                yield LeftSite(error.place, said, one.path, "", one.signature, "", why)
            for one in old_items(changes, word, owner_of(error)):
                now = changes.by_path.get(one.path)
                if now is not None and now.gate and now.gate != one.gate:
                    why = f"in {changes.crate} {changes.new} it is there only with {now.gate} ({changes.place(now)})"
                    yield LeftSite(error.place, said, one.path, now.path, one.signature, now.signature, why)
    if error.code == "E0615" and (of := owner_of(error)) and (words := missing_names(error)):
        yield LeftSite(error.place, said, "", f"{of}::{words[0]}", "", "", "it is a method now, says rustc")
    for word in _named(situation, error):
        for changes in releases:
            for one in sorted(changes.was.get(word, ()), key=lambda item: path_rank(item.path)):
                now = changes.by_path.get(one.path)
                if now is not None and now.shape != one.shape:
                    why = f"its signature is another in {changes.crate} {changes.new} ({changes.place(now)})"
                    yield LeftSite(error.place, said, one.path, now.path, one.signature, now.signature, why)


def _named(situation: Situation, error: Diagnostic) -> list[str]:
    """The names in what an error points at, then those in its line."""
    found = dict[str, None]()
    for span in error.spans:
        code = situation.code(span.path) if span.primary else None
        if code is not None:
            texts = [code.source[span.start : span.end].decode("utf-8", "replace"), *span.text[:3]]
            found.update(dict.fromkeys(re.findall(r"[A-Za-z_]\w+", " ".join(texts))))
    return list(found)
