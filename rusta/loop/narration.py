"""How much is shown while work goes on: `narration=quiet|normal|full`."""

from enum import StrEnum


class Narration(StrEnum):
    """How much the agent reports while it works."""

    quiet = "quiet"
    normal = "normal"
    full = "full"
