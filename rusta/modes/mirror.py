"""mode=mirror: mirrors of upstream repositories: bring them, what changed in them, a file of a state. Light: no torch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
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
from rusta.mirror.own_upstreams import own_upstreams
from rusta.mirror.std_record import is_std_followed, std_size
from rusta.mirror.upstream import STD, Upstream
from rusta.modes.sessions import list_limit
from rusta.ui.terminal import mirror_report, schedule_report
from rusta.ui.terminal.mirror_commands import MirrorCommands
from rusta.ui.terminal.mirror_report import fetch_progress

if TYPE_CHECKING:
    from rusta.memory.recall.ephemeral import Ephemeral
    from rusta.memory.recall.recall import Memory
    from rusta.mirror.example_marks import ExampleMarks
    from rusta.mirror.fact import UsedAt
    from rusta.mirror.reflection import MirrorJournal, Reflection
    from rusta.mirror.reflection_cycle import ReflectedSource, ReflectionCycle
    from rusta.mirror.release_mirrors import ReleaseMirrors
    from rusta.mirror.revision_changes import RevisionChanges
    from rusta.mirror.std_mirror import StdMirror

MEGABYTE = 1_000_000
SHOWN = 20  # commits and files of a list, where nothing else is said
CRATE = "crate:"  # what the name of a mirror of a crate's releases begins with
LOCK = "Cargo.lock"
SKILL = "skill"  # what `export` exports
PAGES = "pages of Rust's documentation"
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
    rhythm: str = "hand"  # how often `install` has a cycle run: hand, daily, weekly
    limit: str | None = None


@dataclass
class MirrorMode:
    """`rusta mirror list|status|add|update|reflect|cycle|changes|show|ask|remove|renew|install|export|doctor`."""

    home: Home
    network: Network
    mirrors: Mapping[str, Upstream]
    memory: "Memory | Ephemeral"
    workspace: str | None = None
    approve: Approve | None = None
    output: Output = Output.text
    most_mb: int = 500
    in_all_mb: int = 5000
    examples_s: int = 90
    sandbox: Mapping[str, Any] | None = None  # deferred; null: the best one of this machine
    speaker: Mapping[str, Any] = field(
        default_factory=dict
    )  # deferred parts: mind, identity, generation, model, phase, trust
    said: Mapping[str, str | None] = field(default_factory=dict)

    def run(self) -> None:
        """Run the command and print its result. Ends with exit status 1 where something waits or failed."""
        do, query = self.said.get("do") or "list", (self.said.get("query") or "").strip()
        commands: dict[str, Callable[[str], MirrorResult]] = {
            "list": self._list, "add": self._add, "status": self._status, "update": self._update, "changes": self._changes,
            "reflect": self._reflect, "cycle": self._cycle, "show": self._show, "ask": self._ask, "remove": self._remove,
            "renew": self._renew, "install": self._install, "export": self._export, "doctor": self._doctor,
        }  # fmt: skip
        if do not in commands:
            raise ConfigError(f"mirrors.do={do}: there are {', '.join(commands)}.")
        facts, told = commands[do](query)
        tell_facts(self.output, f"mirror {do}", facts, lambda: print_plain(told))
        if facts.get("trouble") or (do == "status" and facts["waiting"]):
            raise SystemExit(1)

    @property
    def _set(self) -> Mirrors:
        return Mirrors(self.home, self._offered, self.network, self.most_mb * MEGABYTE, self.in_all_mb * MEGABYTE)

    @cached_property
    def _offered(self) -> dict[str, Upstream]:
        return own_upstreams(Path(self.home.root, "conf", "mirror"), self.mirrors)

    @property
    def _view(self) -> MirrorView:
        return MirrorView(self._set)

    @property
    def _shown(self) -> int:
        return list_limit(self.said.get("limit"), SHOWN)

    def _list(self, query: str) -> MirrorResult:
        offered = sorted(set(self._offered) - set(self._set.here()))
        crates = self._listed_crates()
        facts = {"mirrors": self._view.listed(), "crates": crates, "offered": offered}
        return facts, mirror_report.mirror_list(facts)

    def _status(self, query: str) -> MirrorResult:
        from rusta.mirror.cycle_schedule import CycleSchedule

        crates = self._listed_crates()
        facts = self._view.status() | {"crates": crates, "schedule": CycleSchedule().state()}
        facts["size"] += std_size(self.home)
        facts["waiting"] += [one["name"] for one in crates if one["waits"]]
        return facts, f"{mirror_report.mirror_status(facts)}\n{schedule_report.schedule_line(facts['schedule'])}"

    def _add(self, query: str) -> MirrorResult:
        if query.startswith(CRATE):
            facts = {"name": query, **asdict(self._releases.add(query, self.said.get("since")))}
            self._keep_apis(query)
            return facts, mirror_report.release_added([facts])
        if query == STD:
            facts = {"name": STD, **asdict(self._std.add(self.said.get("since"), counted(PAGES)))}
            return facts, mirror_report.release_added([facts])
        if self.said.get("lock") == LOCK:
            added = self._releases.add_locked(self._workspace)
            facts = {"added": [one for one in self._releases.listed() if one["name"] in added]}
            self._keep_apis(*added)
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
        self._set.trim_all()
        self._keep_apis(update.name)
        facts = self._view.update_facts(update)
        return facts, mirror_report.update_report(facts, self._shown)

    def _update(self, query: str) -> MirrorResult:
        names = query.split() or [*self._set.here(), *self._crates]
        if not names:
            raise NoMirror(f"There is no mirror yet. Bring one: rusta mirror add {next(iter(self._offered), 'URL')} network=online; "
                           "or a folder: rusta mirror add PATH")  # fmt: skip
        for name in names:  # a name that is none is refused before anything is brought
            self._must_be_known(name)
        found: list[dict[str, Any]] = []
        for name in names:
            try:
                if name == STD:
                    self._std.update(counted(PAGES))
                    found += self._std.listed()
                elif name.startswith(CRATE):
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
        self._keep_apis(*(one["name"] for one in found if not one.get("trouble") and one["name"] != STD))
        facts = {"updates": found, "trouble": [one["name"] for one in found if one.get("trouble")]}
        return facts, "\n".join(mirror_report.update_report(one, self._shown) for one in found)

    def _reflect(self, query: str) -> MirrorResult:
        names, found, nothing = query.split() or self._brought(), list[dict[str, Any]](), list[str]()
        for name in names:
            if name == STD:
                waits, run = self._std.waits(), self._reflect_on_std
            else:
                waits, run = self._states(name).waits(name), partial(self._reflected, name)
            if waits:
                found.append(asdict(run()))
            else:
                nothing.append(name)
        facts = {"reflections": found, "nothing": nothing}
        return facts, mirror_report.reflection_report(facts)

    def _brought(self) -> list[str]:
        """The mirrors that have a state to reflect on."""
        repositories = (one["name"] for one in self._view.listed() if one["newest"] and not one["trouble"])
        return [*repositories, *self._crates]

    @property
    def _crates(self) -> list[str]:
        """The mirrors that are no repositories."""
        return [*self._releases.here(), *([STD] if is_std_followed(self.home) else [])]

    def _listed_crates(self) -> list[dict[str, Any]]:
        return [*self._releases.listed(), *(self._std.listed() if is_std_followed(self.home) else [])]

    def _must_be_known(self, name: str) -> None:
        """Raise `NoMirror` for a name that is none."""
        if name == STD:
            self._std.record()
        elif name.startswith(CRATE):
            self._releases.record(name)
        else:
            self._set.upstream(name)

    def _cycle(self, query: str) -> MirrorResult:
        """Update, then reflect on what came."""
        updated, told = self._update(query)
        brought = [one["name"] for one in updated["updates"] if not one.get("trouble")]
        reflected, written = self._reflect(" ".join(brought)) if brought else ({"reflections": [], "nothing": []}, "")
        return {**updated, **reflected}, "\n".join(filter(None, [told, written]))

    def _reflection(self, name: str) -> "ReflectionCycle":
        from rusta.mirror.reflection_cycle import ReflectionCycle

        return ReflectionCycle(self._states(name), self._journal, self._used, counted)

    def _reflected(self, name: str) -> "Reflection":
        self._keep_apis(name)  # also of the state before, which notes are about
        return self._reflection(name).run(name)

    def _reflect_on_std(self) -> "Reflection":
        return self._std.reflect(self._journal, self._used, counted)

    @property
    def _journal(self) -> "MirrorJournal":
        from rusta.mirror.reflection import MirrorJournal

        memory = self._journals("what I reflect on I write down")
        return MirrorJournal(memory, self.home.mirrors, self._marks, self._own_words)

    def _journals(self, why: str) -> "Memory":
        from rusta.memory.recall.recall import Memory

        if not isinstance(self.memory, Memory):
            raise ConfigError(f"memory=ephemeral keeps no journals, and {why}. Leave it out.")
        return self.memory

    def _marks(self, of: "RevisionChanges") -> "ExampleMarks":
        """At which states the changed examples compile; none where that is switched off."""
        from rusta.core.deferred_parts import built_part
        from rusta.mirror.example_checks import ExampleChecks
        from rusta.tools.sandbox import Confinement, NoSandbox

        if not self.examples_s:
            return {}
        confinement = built_part(self.sandbox) or Confinement()
        try:
            sandbox = confinement.choose()
        except NoSandbox:
            sandbox = None
        return ExampleChecks(sandbox, self.examples_s, self.network.online).marks(of)

    def _own_words(self, facts: str) -> str:
        return self._speaks(facts)

    @cached_property
    def _speaks(self) -> Callable[[str], str]:
        """What a mind says beside facts, where it is trusted to."""
        from rusta.loop.think.reflection_words import trusted_words

        return trusted_words(self.speaker, self.home) if self.speaker else lambda facts: ""

    def _states(self, name: str) -> "ReflectedSource":
        from rusta.mirror.repository_states import RepositoryStates

        return self._releases if name.startswith(CRATE) else RepositoryStates(self._set)

    def _compared(self, name: str) -> "RevisionChanges":
        """What is known of the change since the state that was reflected on last, or `since`."""
        from rusta.mirror.revision_changes import revision_changes

        if name == STD:
            return self._std.changes(self.said.get("since"), self._used, counted(PAGES))
        with self._states(name).states(name, self.said.get("since")) as states:
            return revision_changes(states, self._used, counted(f"{name}: comparing packages"))

    def _keep_apis(self, *names: str) -> None:
        """Keep what a turn looks up when it recalls a note about an item of these mirrors, where something is new."""
        from rusta.mirror.kept_apis import KeptApis, crate_key

        def newest(name: str) -> tuple[str, str, str]:
            if name.startswith(CRATE):
                return "", self._releases.record(name).newest, crate_key(name.removeprefix(CRATE))
            return name, self._set.records.note(name).newest, ""

        with KeptApis(self.home) as apis:
            due = [name for name in names if name != STD and not apis.knows(*newest(name))]
        if due:
            from rusta.mirror.read_apis import keep_apis

            keep_apis(self._set, self._releases, due, self._workspace, counted)

    def _forget_apis(self, name: str) -> None:
        from rusta.mirror.kept_apis import KeptApis

        with KeptApis(self.home) as apis:
            apis.forget(name)

    @property
    def _releases(self) -> "ReleaseMirrors":
        from rusta.mirror.release_mirrors import ReleaseMirrors

        return ReleaseMirrors(self.home, self.network)

    @cached_property
    def _std(self) -> "StdMirror":
        from rusta.library.compiler_pages import CompilerPages
        from rusta.mirror.std_mirror import StdMirror
        from rusta.tools.toolchain import Installed

        return StdMirror(self.home, CompilerPages(Installed(self._workspace), None))

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
        if query.startswith(CRATE) or query == STD:
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

        found = MirrorAnswers(self.home, self.memory if isinstance(self.memory, Memory) else None, step=counted).ask(
            query
        )
        return {"question": query, **found.facts()}, found.text

    def _remove(self, query: str) -> MirrorResult:
        from rusta.mirror.state_index import StateIndex

        folder, index = self.home.mirrors / query, StateIndex.file_of(self.home, query)
        if query.startswith(CRATE):
            self._releases.remove(query)
            index.unlink(missing_ok=True)
            return {"removed": query}, f"{query} is no longer followed."
        if query == STD:
            self._std.remove()
            return {"removed": query}, "std is no longer followed."
        if query not in self._set.here():
            raise NoMirror(f"There is no mirror {query!r} here. There are: {', '.join(self._set.here()) or 'none'}.")
        if not self._commands.is_approved(f"Remove the mirror {query} ({folder})?"):
            raise NotRemoved(f"The mirror {query} stays. If it is meant: rusta mirror remove {query} approve=all")
        self._set.remove(query)
        self._forget_apis(query)
        index.unlink(missing_ok=True)
        return {"removed": query, "folder": str(folder)}, f"The mirror {query} is gone."

    @property
    def _commands(self) -> MirrorCommands:
        return MirrorCommands(self.home, self.network, self.approve)

    def _install(self, query: str) -> MirrorResult:
        if query == "remove":
            return self._commands.remove_schedule()
        if query:
            raise ConfigError(f"rusta mirror install {query}: there is remove, and rhythm=daily or rhythm=weekly.")
        settings = (f"workspace={self._workspace}",) if self.workspace else ()
        return self._commands.install_schedule(self.said.get("rhythm") or "hand", settings)

    def _export(self, query: str) -> MirrorResult:
        from rusta.mirror.licences import MirrorLicences

        what, _, folder = query.partition(" ")
        if what != SKILL:
            raise ConfigError(f"rusta mirror export {what}: there is skill, as in rusta mirror export skill FOLDER")
        memory = self._journals("what is exported are their notes")
        return self._commands.export_skills(memory, MirrorLicences(self._set, self._releases).licence, folder.strip())

    def _doctor(self, query: str) -> MirrorResult:
        findings = [one for name in self._set.here() for one in mirror_findings(self._set, name, aside)]
        facts = {"findings": findings, "trouble": sorted({one["name"] for one in findings if not one["ok"]})}
        return facts, mirror_report.findings_list(facts)
