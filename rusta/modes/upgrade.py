"""mode=upgrade: which dependencies are behind, what moving one to a newer release would take, and doing it. Light: no torch.

An upgrade is tried in a copy, in the sandbox; the workspace changes after everything passed and a person agreed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rusta.core.errors import ConfigError, RustaError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import Output, as_json, aside, counted, event, print_plain, rendered, tell_facts
from rusta.loop.gates.permissions import Approve
from rusta.loop.narration import Narration
from rusta.mirror.registry_index import CRATE_NAME
from rusta.mirror.usage import workspace_usage
from rusta.tools.manifest import crate_folder
from rusta.upgrade.rules import UpgradeRules

if TYPE_CHECKING:
    from rusta.loop.attempt.upgrade_session import Upgraded
    from rusta.mirror.fact import UsedAt
    from rusta.upgrade.upgrade_plan import UpgradePlan

NOTHING = (
    "Nothing is behind: every direct dependency has the newest release that this workspace's Rust version allows{}."
)
ASKED = ", as far as cargo has heard (network=online asks)"


class NotUpgraded(RustaError):
    """The upgrade did not pass, or was not agreed to; what stands in the way was told."""


@dataclass
class UpgradeQuery:
    """The arguments of `rusta upgrade`, as text. `crate` is NAME or NAME@VERSION; without it the list is told."""

    do: str = "apply"  # or plan: nothing is tried; or rules: those of a crate, or which crates have some
    crate: str | None = None


@dataclass
class UpgradeMode:
    """`rusta upgrade [plan] [CRATE[@VERSION]]`."""

    home: Home
    network: Network
    sandbox: Mapping[str, Any] | None = None  # deferred; null: the best one of this machine
    workspace: str | None = None
    approve: Approve | None = None
    narration: Narration = Narration.normal
    output: Output = Output.text
    list_s: float = 8.0
    try_s: float = 600.0
    said: Mapping[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take enums by their values: a kept configuration has text."""
        self.output, self.narration = Output(self.output), Narration(self.narration)
        self.approve = Approve(self.approve) if self.approve else None

    def run(self) -> None:
        """Print what is behind, or the plan of one upgrade, and try it."""
        crate = (self.said.get("crate") or "").strip()
        if self.said.get("do") == "rules":
            self._rules(crate)
        elif crate:
            self._upgrade(crate, self.said.get("do") == "plan")
        else:
            self._list()

    def _list(self) -> None:
        from rusta.ui.terminal.upgrade_report import behind_table
        from rusta.upgrade.behind import behind_crates

        found = behind_crates(self._folder, self.network, self._used, self.list_s, counted("comparing dependencies"))

        def tell() -> None:
            if found:
                rendered(behind_table(found))
                print_plain(f"What one of them would take: rusta upgrade plan {found[0].name}")
            else:
                print_plain(NOTHING.format("" if self.network.online else ASKED))

        tell_facts(self.output, "upgrade list", {"behind": [asdict(one) for one in found]}, tell)

    def _rules(self, crate: str) -> None:
        from rusta.ui.terminal.upgrade_report import rules_text

        rules = UpgradeRules(self.home.upgrades)
        if crate:
            text = rules.exported(crate)
            facts = {"crate": crate, "rules": [asdict(one) for one in rules.of(crate)]}
            tell_facts(self.output, "upgrade rules", facts, lambda: print_plain(text.rstrip()))
            return
        known = {name: rules.of(name) for name in rules.crates()}
        listed = {"rules": {name: [asdict(one) for one in of] for name, of in known.items()}}
        tell_facts(self.output, "upgrade rules", listed, lambda: print_plain(rules_text(known)))

    def _upgrade(self, said: str, only_plan: bool) -> None:
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
        if only_plan:
            tell_facts(self.output, "upgrade plan", facts, lambda: print_plain(plan_text(plan)))
            return
        if self.output is Output.text:
            print_plain(plan_text(plan))
        done, told = self._tried(plan)
        if self.output in (Output.json, Output.jsonl):
            facts |= {
                "made": done.made, "passed": bool(done.chain), "steps": [one.hypothesis.reason for one in done.chain],
                "left": [asdict(one) for one in done.left], "checks": done.count.checks, "tried": done.count.tried, "text": told,
            }  # fmt: skip
            if self.output is Output.json:
                as_json(facts)
            else:
                event("upgrade", **facts)
        if not done.made:
            passed = f"{crate} {plan.new} passes, and is not in your files." if done.chain else ""
            raise NotUpgraded(passed or f"{crate} stays at {plan.old}.")

    def _tried(self, plan: "UpgradePlan") -> "tuple[Upgraded, str]":
        """Try the upgrade and offer it; return what came of it, and what was said."""
        from rusta.core.deferred_parts import built_part
        from rusta.loop.attempt.repair_search import Budget
        from rusta.loop.attempt.upgrade_session import UpgradeSession, UpgradeStep
        from rusta.loop.workplace import Workplace
        from rusta.tools.sandbox import Confinement
        from rusta.ui.terminal import questions
        from rusta.ui.terminal.progress_line import ProgressLine
        from rusta.ui.terminal.upgrade_trial import upgrade_shown
        from rusta.upgrade.releases_between import releases_between

        waiting = ProgressLine.on_stderr()
        asking = questions.at_a_terminal(waiting) if self.output is Output.text else None
        confinement = built_part(self.sandbox) or Confinement()
        place = Workplace.open(
            self._folder, Path(self.home.root), confinement.choose(asking.yes if asking else None), confinement.limits,
            self.approve, asking.permission if asking else None, f"upgrade-{plan.crate}", self.network.online,
        )  # fmt: skip
        session = UpgradeSession(place, None, Budget(seconds=self.try_s), UpgradeRules(self.home.upgrades))
        with place.history:
            if place.history.recovered:
                aside(place.history.recovered)
            between = releases_between(plan.crate, plan.old, plan.new)
            events = session.run(UpgradeStep(plan.crate, plan.old, plan.new), between)
            return upgrade_shown(events, self.output, self.narration, waiting)

    @property
    def _folder(self) -> Path:
        return crate_folder(Path(self.workspace or ".").expanduser().resolve())

    @cached_property
    def _usage(self) -> "UsedAt":
        return workspace_usage(self._folder).sites

    def _used(self, path: str) -> Sequence[str]:
        return self._usage(path)
