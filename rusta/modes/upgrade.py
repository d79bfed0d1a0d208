"""mode=upgrade: which dependencies are behind, and what moving one to a newer release would take. Changes nothing. Light: no torch."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rusta.core.errors import ConfigError
from rusta.core.network import Network
from rusta.core.output import Output, counted, print_plain, rendered, tell_facts
from rusta.mirror.registry_index import CRATE_NAME
from rusta.mirror.usage import workspace_usage
from rusta.tools.manifest import crate_folder

if TYPE_CHECKING:
    from rusta.mirror.fact import UsedAt

NOTHING = (
    "Nothing is behind: every direct dependency has the newest release that this workspace's Rust version allows{}."
)
ASKED = ", as far as cargo has heard (network=online asks)"


@dataclass
class UpgradeQuery:
    """The arguments of `rusta upgrade`, as text. `crate` is NAME or NAME@VERSION; without it the list is told."""

    crate: str | None = None


@dataclass
class UpgradeMode:
    """`rusta upgrade [CRATE[@VERSION]]`."""

    network: Network
    workspace: str | None = None
    output: Output = Output.text
    list_s: float = 8.0
    said: Mapping[str, str | None] = field(default_factory=dict)

    def run(self) -> None:
        """Print what is behind, or the plan of one upgrade."""
        crate = (self.said.get("crate") or "").strip()
        if crate:
            self._plan(crate)
        else:
            self._list()

    def _list(self) -> None:
        from rusta.ui.terminal.upgrade_report import behind_table
        from rusta.upgrade.behind import behind_crates

        found = behind_crates(self._folder, self.network, self._used, self.list_s, counted("comparing dependencies"))

        def tell() -> None:
            if found:
                rendered(behind_table(found))
                print_plain(f"What one of them would take: rusta upgrade {found[0].name}")
            else:
                print_plain(NOTHING.format("" if self.network.online else ASKED))

        tell_facts(self.output, "upgrade list", {"behind": [asdict(one) for one in found]}, tell)

    def _plan(self, said: str) -> None:
        from rusta.ui.terminal.upgrade_report import plan_text
        from rusta.upgrade.upgrade_plan import upgrade_plan

        crate, _, version = said.partition("@")
        if not CRATE_NAME.fullmatch(crate):
            raise ConfigError(
                f"rusta upgrade {said}: {crate!r} is no name of a crate. Say it as in Cargo.toml: rusta upgrade rand@0.9"
            )
        plan = upgrade_plan(
            self._folder, crate, version, self.network, self._used, counted(f"comparing {crate}'s releases")
        )
        facts = asdict(plan) | {"sites": plan.sites}
        tell_facts(self.output, "upgrade plan", facts, lambda: print_plain(plan_text(plan)))

    @property
    def _folder(self) -> Path:
        return crate_folder(Path(self.workspace or ".").expanduser().resolve())

    @cached_property
    def _usage(self) -> "UsedAt":
        return workspace_usage(self._folder).sites

    def _used(self, path: str) -> Sequence[str]:
        return self._usage(path)
