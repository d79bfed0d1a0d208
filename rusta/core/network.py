"""Network access, which is off unless the user turns it on."""

import os
from dataclasses import dataclass

from rusta.core.errors import RustaError


class DoorShut(RustaError):
    """Something needs network access while `network=offline`."""


@dataclass(frozen=True)
class Network:
    """`network=offline` (the default) or `network=online`."""

    online: bool  # whether sockets beyond this machine may be opened

    def settle(self) -> None:
        """Turn off libraries' telemetry and, while offline, their network use, by environment variables.

        Call before importing them.
        """
        if not self.online:
            os.environ["HF_HUB_OFFLINE"] = "1"
            os.environ["WANDB_MODE"] = "offline"
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        os.environ.setdefault("WANDB_SILENT", "true")  # Rusta prints the run's folder itself
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

    def require(self, purpose: str, command: str) -> None:
        """Raise `DoorShut` unless online. `command` is what the user would run to allow access."""
        if not self.online:
            raise DoorShut(
                f"{purpose} needs another machine, and the network is shut (network=offline). Open it: {command}"
            )
