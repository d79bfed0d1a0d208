"""The door to other machines: shut unless a person opens it."""

import os
from dataclasses import dataclass

from rusta.core.errors import RustaError


class DoorShut(RustaError):
    """Something needs another machine while `network=offline`."""


@dataclass(frozen=True)
class Network:
    """`network=offline` (the default) or `network=online`."""

    online: bool  # whether sockets beyond this machine may be opened

    def settle(self) -> None:
        """Tell the libraries that would otherwise phone home. Call before importing them."""
        if not self.online:
            os.environ["HF_HUB_OFFLINE"] = "1"
            os.environ["WANDB_MODE"] = "offline"
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        os.environ.setdefault("WANDB_SILENT", "true")  # the run's folder is told by us
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

    def require(self, purpose: str, command: str) -> None:
        """Raise `DoorShut` unless online. `command` is what a person would run to allow it."""
        if not self.online:
            raise DoorShut(
                f"{purpose} needs another machine, and the network is shut (network=offline). Open it: {command}"
            )
