"""What a turn of work came to, for whoever asked by a script: what changed, what is proposed, whether the judge is content."""

from dataclasses import dataclass, field
from typing import Any

from rusta.loop.events import Changed, Declined, Ended, Event, Proposed, Recalled


@dataclass
class TurnSummary:
    """Counted up as events pass."""

    changed: list[dict[str, Any]] = field(default_factory=list)
    proposed: list[dict[str, Any]] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)
    recalled: list[str] = field(default_factory=list)
    steps: int = 0
    clean: bool = False

    def see(self, event: Event) -> None:
        """Take note of an event."""
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
            case Ended():
                self.steps, self.clean = event.steps, event.clean

    def spoken(self) -> dict[str, Any]:
        """Of a turn in which she only spoke."""
        return {"recalled": self.recalled, "declined": self.declined}

    def facts(self) -> dict[str, Any]:
        """As JSON holds it."""
        return dict(vars(self))
