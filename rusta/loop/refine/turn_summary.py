"""The result of a turn as data for scripts: what changed, what is proposed, whether cargo reports no errors."""

from dataclasses import dataclass, field
from typing import Any

from rusta.loop.events import (
    Changed,
    Declined,
    Ended,
    Event,
    MarkedStale,
    MirrorLookedUp,
    NamesLookedUp,
    NoteCompared,
    Proposed,
    Recalled,
)


@dataclass
class TurnSummary:
    """Collects the result from the events of a turn."""

    changed: list[dict[str, Any]] = field(default_factory=list)
    proposed: list[dict[str, Any]] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)
    recalled: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)  # of what was recalled: what the documentation contradicts
    compared: list[dict[str, Any]] = field(default_factory=list)  # of what was recalled: what differs by now
    mirror: list[dict[str, Any]] = field(default_factory=list)  # of items that were asked for: what a mirror says
    names: dict[str, list[str]] = field(default_factory=dict)  # of what the model said: known, unknown, unchecked
    steps: int = 0
    clean: bool = False

    def see(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case Changed():
                self.changed.append(
                    {
                        "step": event.step,
                        "paths": event.paths,
                        "reason": event.reason,
                        "trade_off": event.trade_off,
                        "diff": event.diff,
                    }
                )
            case Proposed():
                said = {
                    "number": event.number,
                    "reason": event.reason,
                    "trade_off": event.trade_off,
                    "diff": event.diff,
                }
                self.proposed.append(said)
            case Declined():
                self.declined.append(f"{event.gate}: {event.why}")
            case Recalled():
                self.recalled.append(event.path)
            case MarkedStale():
                self.stale.append(event.path)
            case NoteCompared():
                self.compared.append({key: value for key, value in vars(event).items() if key != "at"})
            case MirrorLookedUp():
                self.mirror.append({key: value for key, value in vars(event).items() if key != "at"})
            case NamesLookedUp():
                self.names = {"known": event.known, "unknown": event.unknown, "unchecked": event.unchecked}
            case Ended():
                self.steps, self.clean = event.steps, event.clean

    def spoken(self) -> dict[str, Any]:
        """Return the fields that apply to a turn of conversation without work on a crate."""
        return {
            "recalled": self.recalled, "stale": self.stale, "compared": self.compared, "mirror": self.mirror,
            "declined": self.declined, "names": self.names,
        }  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Return all fields as a JSON-compatible dict."""
        return dict(vars(self))
