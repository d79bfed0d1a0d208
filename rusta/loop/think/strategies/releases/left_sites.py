"""What stands in the way of an upgrade: each error with what its name was in the old release, and what there is in the new one."""

from dataclasses import dataclass

from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.releases.release_changes import changed_releases
from rusta.loop.think.strategies.releases.replaced_items import missing_names
from rusta.upgrade.replacements import replacements

MOST_ERRORS = 200
MOST_OFFERED = 2  # of one site


@dataclass(frozen=True)
class LeftSite:
    """One error: `was` and `now` are signatures, "" where it is about no item of a release that is known."""

    place: str
    said: str
    item: str = ""
    was: str = ""
    now: str = ""
    why: str = ""

    def as_markdown(self) -> str:
        """Return it as an item of a list."""
        lines = [f"- {self.place}: {self.said}"]
        if self.item:
            lines.append(f"  was `{self.was or self.item}`")
        if self.now:
            lines.append(f"  is `{self.now}`: {self.why}")
        return "\n".join(lines)


def left_sites(situation: Situation) -> list[LeftSite]:
    """Return the errors of a state, each once."""
    errors = [one for one in situation.errors if one.primary][:MOST_ERRORS]
    releases, found = list(changed_releases(situation, errors)), dict[tuple[str, str], LeftSite]()
    for error in errors:
        said = f"{error.code or 'error'}, {error.message.splitlines()[0]}"
        site = LeftSite(error.place, said)
        for word in missing_names(error):
            for changes, _ in releases:
                if became := replacements(changes, word):
                    old, first = became[0].old, became[0]
                    site = LeftSite(
                        error.place, said, old.path, old.signature, first.new.signature, f"{first.why} ({first.place})"
                    )
                    break
                if was := changes.was.get(word):
                    now = changes.by_path.get(was[0].path)
                    gone = f"{changes.crate} {changes.new} has nothing that I can tell took its place"
                    site = LeftSite(
                        error.place, said, was[0].path, was[0].signature, now.signature if now else "", gone
                    )
            if site.item:
                break
        found.setdefault((error.place, said), site)
    return list(found.values())
