"""mode=mirror: mirrors of upstream repositories: bring them, what changed in them, a file of a state. Light: no torch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rusta.core.errors import ConfigError, RustaError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import Output, aside, counted, print_plain, tell_facts
from rusta.loop.gates.permissions import Approve
from rusta.mirror.mirror_check import mirror_findings
from rusta.mirror.mirror_view import MirrorView
from rusta.mirror.mirrors import Mirrors, NoMirror
from rusta.mirror.upstream import Upstream
from rusta.modes.sessions import list_limit
from rusta.ui.terminal import mirror_report
from rusta.ui.terminal.mirror_report import fetch_progress
from rusta.ui.terminal.standard_input import is_confirmed

if TYPE_CHECKING:
    from rusta.memory.recall.ephemeral import Ephemeral
    from rusta.memory.recall.recall import Memory
    from rusta.mirror.fact import UsedAt
    from rusta.mirror.reflection_cycle import ReflectedSource, ReflectionCycle
    from rusta.mirror.release_mirrors import ReleaseMirrors
    from rusta.mirror.revision_changes import RevisionChanges

MEGABYTE = 1_000_000
SHOWN = 20  # commits and files of a list, where nothing else is said
CRATE = "crate:"  # what the name of a mirror of a crate's releases begins with
LOCK = "Cargo.lock"
ADDS = ("branch", "release", "depth")  # settings of `add` that go into the upstream
MirrorResult = tuple[dict[str, Any], str]


class NotRemoved(RustaError):
    """The person did not confirm that a mirror be removed, or could not be asked."""


@dataclass
class MirrorQuery:
    """The arguments of `rusta mirror`, as text: a command, its words, and what belongs to `add`, `changes` and lists."""

    do: str = "list"
    query: str | None = None
    name: str | None = None
    since: str | None = None
    lock: str | None = None  # `from=Cargo.lock`
    branch: str | None = None
    release: str | None = None
    depth: str | None = None
    limit: str | None = None


@dataclass
class MirrorMode:
    """`rusta mirror list|status|add|update|reflect|cycle|changes|show|ask|remove|renew|doctor`."""

    home: Home
    network: Network
    mirrors: Mapping[str, Upstream]
    memory: "Memory | Ephemeral"
    workspace: str | None = None
    approve: Approve | None = None
    output: Output = Output.text
    most_mb: int = 500
    in_all_mb: int = 5000
    said: Mapping[str, str | None] = field(default_factory=dict)

    def run(self) -> None:
        """Run the command and print its result. Ends with exit status 1 where something waits or failed."""
        do, query = self.said.get("do") or "list", (self.said.get("query") or "").strip()
        commands: dict[str, Callable[[str], MirrorResult]] = {
            "list": self._list, "add": self._add, "status": self._status, "update": self._update, "changes": self._changes,
            "reflect": self._reflect, "cycle": self._cycle, "show": self._show, "ask": self._ask, "remove": self._remove,
            "renew": self._renew, "doctor": self._doctor,
        }  # fmt: skip
        if do not in commands:
            raise ConfigError(f"mirrors.do={do}: there are {', '.join(commands)}.")
        facts, told = commands[do](query)
        tell_facts(self.output, f"mirror {do}", facts, lambda: print_plain(told))
        if facts.get("trouble") or (do == "status" and facts["waiting"]):
            raise SystemExit(1)

    @property
    def _set(self) -> Mirrors:
        return Mirrors(self.home, self.mirrors, self.network, self.most_mb * MEGABYTE, self.in_all_mb * MEGABYTE)

    @property
    def _view(self) -> MirrorView:
        return MirrorView(self._set)

    @property
    def _shown(self) -> int:
        return list_limit(self.said.get("limit"), SHOWN)

    def _list(self, query: str) -> MirrorResult:
        offered = sorted(set(self.mirrors) - set(self._set.here()))
        facts = {"mirrors": self._view.listed(), "crates": self._releases.listed(), "offered": offered}
        return facts, mirror_report.mirror_list(facts)

    def _status(self, query: str) -> MirrorResult:
        crates = self._releases.listed()
        facts = self._view.status() | {"crates": crates}
        facts["waiting"] += [one["name"] for one in crates if one["waits"]]
        return facts, mirror_report.mirror_status(facts)

    def _add(self, query: str) -> MirrorResult:
        if query.startswith(CRATE):
            facts = {"name": query, **asdict(self._releases.add(query, self.said.get("since")))}
            return facts, mirror_report.release_added([facts])
        if self.said.get("lock") == LOCK:
            added = self._releases.add_locked(self._workspace)
            facts = {"added": [one for one in self._releases.listed() if one["name"] in added]}
            return facts, mirror_report.release_added(facts["added"])
        if not query:
            raise ConfigError(
                "rusta mirror add URL|PATH|NAME|crate:NAME, or rusta mirror add from=Cargo.lock: what of is missing."
            )
        options: dict[str, Any] = {key: value for key in ADDS if (value := self.said.get(key)) is not None}
        if "depth" in options:
            if not options["depth"].isdecimal():
                raise ConfigError(f"depth={options['depth']}. It is a number of commits, such as depth=100.")
            options["depth"] = int(options["depth"])
        update = self._set.add(query, self.said.get("name"), options, fetch_progress(self.said.get("name") or query))
        facts = self._view.update_facts(update)
        return facts, mirror_report.update_report(facts, self._shown)

    def _update(self, query: str) -> MirrorResult:
        names = query.split() or [*self._set.here(), *self._releases.here()]
        if not names:
            raise NoMirror(f"There is no mirror yet. Bring one: rusta mirror add {next(iter(self.mirrors), 'URL')} network=online; "
                           "or a folder: rusta mirror add PATH")  # fmt: skip
        for name in names:  # a name that is none is refused before anything is brought
            self._releases.record(name) if name.startswith(CRATE) else self._set.upstream(name)
        found: list[dict[str, Any]] = []
        for name in names:
            try:
                if name.startswith(CRATE):
                    found.append(
                        {"name": name, **asdict(self._releases.update(name)), "waits": self._releases.waits(name)}
                    )
                else:
                    found.append(self._view.update_facts(self._set.update(name, fetch_progress(name))))
            except RustaError as refusal:  # the others are brought all the same
                if len(names) == 1:
                    raise
                found.append({"name": name, "trouble": str(refusal)})
        self._set.trim_all()
        facts = {"updates": found, "trouble": [one["name"] for one in found if one.get("trouble")]}
        return facts, "\n".join(mirror_report.update_report(one, self._shown) for one in found)

    def _reflect(self, query: str) -> MirrorResult:
        names, found, nothing = query.split() or self._brought(), list[dict[str, Any]](), list[str]()
        for name in names:
            cycle = self._reflection(name)
            if cycle.source.waits(name):
                found.append(asdict(cycle.run(name)))
            else:
                nothing.append(name)
        facts = {"reflections": found, "nothing": nothing}
        return facts, mirror_report.reflection_report(facts)

    def _brought(self) -> list[str]:
        """The mirrors that have a state to reflect on."""
        repositories = (one["name"] for one in self._view.listed() if one["newest"] and not one["trouble"])
        return [*repositories, *self._releases.here()]

    def _cycle(self, query: str) -> MirrorResult:
        """Update, then reflect on what came."""
        updated, told = self._update(query)
        brought = [one["name"] for one in updated["updates"] if not one.get("trouble")]
        reflected, written = self._reflect(" ".join(brought)) if brought else ({"reflections": [], "nothing": []}, "")
        return {**updated, **reflected}, "\n".join(filter(None, [told, written]))

    def _reflection(self, name: str) -> "ReflectionCycle":
        from rusta.memory.recall.recall import Memory
        from rusta.mirror.reflection import MirrorJournal
        from rusta.mirror.reflection_cycle import ReflectionCycle

        if not isinstance(self.memory, Memory):
            raise ConfigError("memory=ephemeral keeps no journals, and what I reflect on I write down. Leave it out.")
        journal = MirrorJournal(self.memory, self.home.mirrors)
        return ReflectionCycle(self._states(name), journal, self._used, counted)

    def _states(self, name: str) -> "ReflectedSource":
        from rusta.mirror.repository_states import RepositoryStates

        return self._releases if name.startswith(CRATE) else RepositoryStates(self._set)

    def _compared(self, name: str) -> "RevisionChanges":
        """What is known of the change since the state that was reflected on last, or `since`."""
        from rusta.mirror.revision_changes import revision_changes

        with self._states(name).states(name, self.said.get("since")) as states:
            return revision_changes(states, self._used, counted(f"{name}: comparing packages"))

    @property
    def _releases(self) -> "ReleaseMirrors":
        from rusta.mirror.release_mirrors import ReleaseMirrors

        return ReleaseMirrors(self.home, self.network)

    @cached_property
    def _usage(self) -> "UsedAt":
        """Where the workspace uses an item; nowhere where it is no crate with a lock. Reads the workspace's sources."""
        from rusta.library.crate_sources import UnreadableLock
        from rusta.mirror.usage import workspace_usage

        try:
            return workspace_usage(self._workspace).sites
        except UnreadableLock:
            return lambda path: ()

    def _used(self, path: str) -> Sequence[str]:
        return self._usage(path)

    @property
    def _workspace(self) -> Path:
        return Path(self.workspace or ".").expanduser().resolve()

    def _renew(self, query: str) -> MirrorResult:
        facts = self._view.update_facts(self._set.renew(query, fetch_progress(query)))
        return facts, mirror_report.update_report(facts, self._shown)

    def _changes(self, query: str) -> MirrorResult:
        if query.startswith(CRATE):
            from rusta.mirror.told_changes import told_changes

            changes = self._compared(query)
            facts = {"name": query, "old": changes.old.revision, "new": changes.new.revision, **told_changes(changes)}
            return facts, mirror_report.release_changes(facts, self._shown)
        facts = self._view.changes(query, self.said.get("since"), fetch_progress(query))
        if facts["old"] != facts["new"]:
            from rusta.mirror.told_changes import told_changes

            facts |= told_changes(self._compared(query))
        return facts, mirror_report.change_report(facts, self._shown)

    def _show(self, query: str) -> MirrorResult:
        state, _, path = query.partition(" ")
        name, _, revision = state.partition("@")
        if not path.strip():
            raise ConfigError(
                "rusta mirror show NAME@REV PATH: the path of a file, or PATH::ITEM. REV is newest, reflected, a tag or a hash."
            )
        facts = self._view.shown(name, revision or "newest", path.strip())
        return facts, facts["text"]

    def _ask(self, query: str) -> MirrorResult:
        from rusta.memory.recall.recall import Memory
        from rusta.mirror.mirror_answers import MirrorAnswers

        found = MirrorAnswers(self.home, self.memory if isinstance(self.memory, Memory) else None, step=counted).ask(query)
        return {"question": query, **found.facts()}, found.text

    def _remove(self, query: str) -> MirrorResult:
        from rusta.mirror.state_index import StateIndex

        folder, index = self.home.mirrors / query, StateIndex.file_of(self.home, query)
        if query.startswith(CRATE):
            self._releases.remove(query)
            index.unlink(missing_ok=True)
            return {"removed": query}, f"{query} is no longer followed."
        if query not in self._set.here():
            raise NoMirror(f"There is no mirror {query!r} here. There are: {', '.join(self._set.here()) or 'none'}.")
        asked = self.approve not in (Approve.all, Approve.none)
        if self.approve != Approve.all and not (asked and is_confirmed(f"Remove the mirror {query} ({folder})?")):
            raise NotRemoved(f"The mirror {query} stays. If it is meant: rusta mirror remove {query} approve=all")
        self._set.remove(query)
        index.unlink(missing_ok=True)
        return {"removed": query, "folder": str(folder)}, f"The mirror {query} is gone."

    def _doctor(self, query: str) -> MirrorResult:
        findings = [one for name in self._set.here() for one in mirror_findings(self._set, name, aside)]
        facts = {"findings": findings, "trouble": sorted({one["name"] for one in findings if not one["ok"]})}
        return facts, mirror_report.findings_list(facts)
