"""How much is told while work goes on: `narration=quiet|normal|full`."""

from enum import StrEnum


class Narration(StrEnum):
    """How much she tells while she works."""

    quiet = "quiet"
    normal = "normal"
    full = "full"
