"""mode=life: list the results of training phases, current and earlier ones, and restore one. Light: no torch."""

from dataclasses import dataclass
from typing import Any

from rusta.core.home import Home
from rusta.core.output import Output, print_plain, tell_facts
from rusta.registry import promotion
from rusta.registry.promotion import Life


@dataclass
class Lives:
    """`rusta life [PHASE]`, `rusta life restore N|PATH [PHASE]`."""

    home: Home
    of: str | None = None
    restore: str | None = None
    output: Output = Output.text

    def run(self) -> None:
        """Restore one, or list them."""
        said = promotion.restore(self.home, self.restore, self.of) if self.restore else None
        found = [_facts(one) for one in promotion.lives(self.home, self.of)]
        tell_facts(self.output, "life", {"done": said, "lives": found}, lambda: _tell(said, found))


def _facts(one: Life) -> dict[str, Any]:
    known = {key: one.card.get(key) for key in ("model", "tokens", "margin", "began")}
    return {"phase": one.phase, "earlier": one.number, "folder": str(one.folder), **known}


def _tell(said: str | None, found: list[dict[str, Any]]) -> None:
    if said:
        print_plain(said)
    for one in found:
        print_plain(_line(one))
    if not found:
        print_plain("Nothing was raised yet. What a phase would take: rusta plan personality")


def _line(one: dict[str, Any]) -> str:
    which = "now" if one["earlier"] is None else f"{one['earlier']:>3}"
    margin = f"margin {one['margin']:+.3f}" if isinstance(one["margin"], int | float) else "no margin"
    return f"{one['phase']:<12} {which}  {one['model'] or 'unknown base'} · {one['tokens'] or 0} tokens · {margin}  {one['folder']}"
