"""Run cargo check, clippy, test, run and Miri on a crate inside the sandbox, and return the results as values.

Commands run offline, with a lock file that was brought up to date outside the sandbox (`dependencies.py`) and a target
folder of their own. Their output is parsed into diagnostics, test results and the remaining lines.

Not covered: cross compilation, benches, and a runner named in the crate's configuration (tests are started by a
runner of our own).
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from rusta.core.errors import ConfigError
from rusta.tools import build_code, cargo_faults, libtest, miri, unbuildable
from rusta.tools.dependencies import UNFETCHED, UNLOCKED, Unfetched, Unlocked, fetch, unfetched
from rusta.tools.diagnostics import BuildTarget, Diagnostic, Heard, Level, parse
from rusta.tools.explain import Explanation, explain
from rusta.tools.libtest import Outcome, Test
from rusta.tools.manifest import crate_folder, members_aside, own_harness, path_dependencies, root_of
from rusta.tools.rustfmt import Formatted, fmt
from rusta.tools.sandbox.base import Limits, Ran, SandboxCommand, Stopped
from rusta.tools.sandbox.protocol import Sandbox
from rusta.tools.toolchain import Installed

LIBRARIES = ("lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro")
JSON = ("--frozen", "--message-format=json")
JOB_MB = 1024  # of memory that one rustc may need; a build that reaches the limit for all of them is stopped
# Cargo's progress and summary lines. Whatever displays the diagnostics counts them itself.
CHATTER = re.compile(
    r"^\s*(?:Checking|Compiling|Finished|Running|Doc-tests|Blocking|Locking|Fresh|Dirty|Updating|Adding|Documenting|Preparing)\s"
    r"|^(?:error|warning): (?:could not compile|build failed|test failed, to rerun|doctest failed, to rerun)"
    r"|^(?:error|warning): (?:\d+ targets? failed:|`[^`]*` \([^)]*\) generated \d+ warning)|^    `[^`]*`$"
)


@dataclass(frozen=True)
class CargoReport:
    """The result of one cargo command.

    `output` is what it printed apart from diagnostics, tests and cargo's progress lines.
    """

    command: str
    ok: bool
    diagnostics: tuple[Diagnostic, ...] = ()
    tests: tuple[Test, ...] = ()
    seconds: float = 0.0
    denials: tuple[str, ...] = ()
    output: str = ""
    stopped: Stopped | None = None
    packages: frozenset[str] = frozenset()  # packages that were compiled or found fresh
    aside: tuple[Diagnostic, ...] = ()  # errors that are no fault of the code, one of each target; `ok` is without them
    built: frozenset[BuildTarget] = frozenset()  # targets that compiled or were fresh, of dependencies too

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Diagnostics of level error."""
        return tuple(one for one in self.diagnostics if one.level == Level.error)

    @property
    def failures(self) -> tuple[Test, ...]:
        """Tests that failed or did not finish."""
        return tuple(test for test in self.tests if test.outcome in (Outcome.failed, Outcome.unfinished))


@dataclass(frozen=True)
class Target:
    """A build target of a package: `kind` is lib, bin, test, example, bench, proc-macro or custom-build."""

    name: str
    kind: str
    source: Path


@dataclass(frozen=True)
class Package:
    """A member of the workspace."""

    name: str
    version: str
    edition: str
    folder: Path
    targets: tuple[Target, ...]
    dependencies: tuple[str, ...]
    features: tuple[str, ...]


@dataclass
class Cargo:
    """Cargo commands on one crate or workspace with all its members. Nothing is read before the first command.

    `target` is the target folder. If `workspace` is a copy, `copy_of` is the user's folder, which replaces it in
    cargo's output. `lacked` are errors, as code and package, of what this machine lacks: known before, and set aside
    from then on, so that the rest is judged. `asked` is the package below it that a person asked about: if cargo refuses it, as where the
    workspace does not list it, that is the result of check, clippy and test. With `all_features` every feature is on.
    Raises `NotACrate`, `NoCargo`, `Unfetched` or `Unlocked` for what the user has to fix; errors of the crate itself,
    including an invalid `Cargo.toml`, are in the `CargoReport`. Ctrl-C ends the command and raises `KeyboardInterrupt`.
    """

    workspace: Path
    sandbox: Sandbox
    target: Path
    limits: Limits = Limits()  # noqa: RUF009  frozen
    online: bool = False
    copy_of: Path | None = None
    asked: Path | None = None
    all_features: bool = False
    lacked: frozenset[tuple[str | None, str]] = frozenset()

    def check(self, all_targets: bool = False) -> CargoReport:
        """Run `cargo check`; `all_targets` includes tests, examples and benches. What fails does not hide other targets."""
        return self._report("check", all_targets)

    def clippy(self, all_targets: bool = False) -> CargoReport:
        """Run `cargo clippy`; `all_targets` includes tests, examples and benches."""
        return self._report("clippy", all_targets)

    def run(self, args: Sequence[str] = (), binary: str = "", stdin: bytes = b"") -> CargoReport:
        """Run `cargo run`. `output` is what the program printed, stdout before stderr."""
        chosen = ["--bin", _word(binary, "binary")] if binary else []
        ran = self._cargo(["run", *JSON, *chosen, "--", *args], stdin=stdin)
        heard = self._heard(ran.stdout)
        report = self._told("cargo run", ran, heard)
        return replace(report, output="\n".join([*heard.rest, *filter(None, [report.output])]))

    def test(self, filter: str = "", docs: bool = True) -> CargoReport:
        """Run `cargo test` and return each test's result; `docs` also runs the doc tests.

        A test that hangs is stopped at the time limit and reported as unfinished. libtest prints JSON only where
        unstable options are allowed, so RUSTC_BOOTSTRAP is set for the test binaries, and for nothing that is compiled.
        """
        words = [_word(filter, "filter")] if filter else []
        if refused := self._refusal("cargo test"):
            return refused
        events = not own_harness(self._folder)
        report = self._tests(words, events)
        if events and not report.ok and not report.tests and "nightly compiler" in report.output:
            report = self._tests(words, events := False)  # for a runner of another target
        apart: list[str] = []
        if report.aside and not report.errors:  # cargo runs no test while one target of them does not compile
            apart, targets = self._others(report.aside)
            report = replace(self._tests(words, events, [*apart, *targets]), aside=report.aside)
        if report.errors or report.stopped or not docs or not (report.ok or report.tests):
            return report
        return _joined(report, self._doctests(words, apart))

    def miri(self, filter: str = "") -> CargoReport:
        """Run `cargo miri test`: the tests in Miri, rustc's interpreter. Raises `NoMiri` where it is not installed."""
        words = [_word(filter, "filter")] if filter else []
        cargo = miri.find_miri(self._folder)
        library = miri.library(cargo, self.target.with_name(f"{self.target.name}-miri"))
        env = {
            "PATH": f"{cargo.parent}{os.pathsep}{self.installed.path()}", "MIRI_SYSROOT": os.fspath(library),
            "CARGO_TARGET_DIR": os.fspath(self.target / "miri"),
        }  # fmt: skip
        ran = self._cargo(
            ["miri", "test", *self._whole, "--tests", "--no-fail-fast", *JSON, "--", *words],
            env=env,
            program=cargo,
            readable=(library,),
        )
        heard = self._heard(ran.stdout)
        said = ran.stderr.decode("utf-8", "replace")
        report = self._told("cargo miri test", ran, heard)
        seen = (*heard.diagnostics, *miri.parse(ran.stderr, self._folder, root_of(self._folder)))
        return replace(report, diagnostics=seen, tests=tuple(libtest.from_text(heard.rest, libtest.suites(said))))

    def fmt(self, paths: Sequence[str] | None = None) -> Formatted:
        """Run rustfmt on `paths`, or on all files that need it. Nothing is written: the new contents are returned."""
        return fmt(self.program, self._folder, paths)

    def explain(self, code: str) -> Explanation:
        """Run `rustc --explain`, or clippy's for a clippy lint."""
        return explain(self.program, code)

    def metadata(self) -> tuple[Package, ...]:
        """Return the workspace's members, from `cargo metadata --no-deps`.

        Raises `ConfigError` for an invalid manifest.
        """
        ran, _ = self._once(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        try:
            said = json.loads(ran.stdout)
        except ValueError:
            why = ran.stderr.decode("utf-8", "replace").strip()
            raise ConfigError(f"cargo cannot read {self._folder / 'Cargo.toml'}: {why}") from None
        return tuple(_package(one) for one in said["packages"])

    def build_code(self) -> tuple[str, ...]:
        """List the code that runs during a build: proc macros, build scripts, programs named in cargo's configuration.

        Every package of the lock file counts, whatever its platform or feature. If cargo cannot list them, one entry
        says so.
        """
        root = root_of(self._folder)
        words = ["metadata", "--frozen", "--format-version", "1"]
        ran, _ = self._once(words)
        if ran.code:  # packages for other platforms may not be on this machine
            ran, _ = self._once([*words, "--filter-platform", self._host])
        found = build_code.from_metadata(ran.stdout) if not ran.code else None
        configured = tuple(build_code.from_configuration(self._folder, root))
        return (*(("what the lock file names, which cargo does not tell",) if found is None else found), *configured)

    @cached_property
    def installed(self) -> Installed:
        """The toolchain that the workspace selects."""
        return Installed(self._folder)

    @cached_property
    def version(self) -> str:
        """The compiler's name and version ("rustc 1.95.0"), or "" if it does not print one."""
        return " ".join(self.program("rustc", ["--version"]).stdout.decode("utf-8", "replace").split()[:2])

    @cached_property
    def _folder(self) -> Path:
        return crate_folder(self.workspace)

    @cached_property
    def _keep_going(self) -> list[str]:
        """Return the option by which a target that fails does not hide others; stable since cargo 1.74."""
        found = re.search(r"(\d+)\.(\d+)", self.version)
        return ["--keep-going"] if found and (int(found[1]), int(found[2])) >= (1, 74) else []

    @property
    def _jobs(self) -> dict[str, str]:
        """Return cargo's number of jobs where one per processor may not fit in memory, and the user has set none."""
        most = max(1, self.limits.memory_mb // JOB_MB)
        few = "CARGO_BUILD_JOBS" in os.environ or (os.cpu_count() or 1) <= most
        return {} if few else {"CARGO_BUILD_JOBS": str(most)}

    @property
    def _whole(self) -> list[str]:
        features = ["--all-features"] if self.all_features else []
        return [*features, *(["--workspace"] if members_aside(self._folder) else [])]

    @cached_property
    def _host(self) -> str:
        said = self.program("rustc", ["-vV"]).stdout.decode("utf-8", "replace")
        return next((line.removeprefix("host: ") for line in said.splitlines() if line.startswith("host: ")), "")

    def program(self, name: str, words: Sequence[str], stdin: bytes = b"", cwd: Path | None = None) -> Ran:
        """Run another program of the same toolchain in the sandbox, with no writable folder."""
        path = {"PATH": self.installed.path(), "RUST_BACKTRACE": "0"}
        command = SandboxCommand((os.fspath(self.installed.bin / name), *words), cwd or self._folder, (), path, stdin)
        return self.sandbox.run(command, self.limits).heeding_ctrl_c()

    def _tests(self, words: Sequence[str], events: bool, targets: Sequence[str] = ("--tests",)) -> CargoReport:
        spoken = ["-Z", "unstable-options", "--format", "json"] if events else []
        runner = (
            {f"CARGO_TARGET_{self._host.upper().replace('-', '_')}_RUNNER": "env RUSTC_BOOTSTRAP=1"} if events else {}
        )
        ran = self._cargo(["test", *self._whole, *targets, "--no-fail-fast", *JSON, "--", *words, *spoken], env=runner)
        heard = self._heard(ran.stdout)
        names = libtest.suites(ran.stderr.decode("utf-8", "replace"))
        read = libtest.from_events if events else libtest.from_text
        return replace(self._told("cargo test", ran, heard), tests=tuple(read(heard.rest, names)))

    def _others(self, aside: Sequence[Diagnostic]) -> tuple[list[str], list[str]]:
        """Return the options that leave out the packages of these errors and what leans on them, and those that name every
        target with tests but these."""
        packages = self.metadata()
        out = {(one.target.kind, one.target.name) for one in aside if one.target}
        gone = {one.package for one in aside if not one.target}
        while more := {one.name for one in packages if one.name not in gone and gone & {*one.dependencies}}:
            gone |= more
        apart = [word for one in packages if one.name in gone for word in ("--exclude", one.name)]
        whole = ["--workspace"] if apart and "--workspace" not in self._whole else []
        kept = {
            (one.kind, one.name) for package in packages if package.name not in gone for one in package.targets
        } - out
        library = ["--lib"] if any(kind in LIBRARIES for kind, _ in kept) else []
        named = [word for kind, name in sorted(kept) if kind in ("bin", "test") for word in (f"--{kind}", name)]
        return [*whole, *apart], [*library, *named]

    def _doctests(self, words: Sequence[str], apart: Sequence[str]) -> CargoReport | None:
        ran = self._cargo(["test", *self._whole, *apart, "--doc", "--no-fail-fast", *JSON, "--", *words])
        said = ran.stderr.decode("utf-8", "replace")
        if "no library targets found" in said:
            return None
        heard = self._heard(ran.stdout)
        report = self._told("cargo test --doc", ran, heard)
        return replace(report, tests=tuple(libtest.from_text(heard.rest, libtest.suites(said))))

    def _report(self, command: str, all_targets: bool) -> CargoReport:
        if refused := self._refusal(f"cargo {command}"):
            return refused
        words = [command, *self._keep_going, *self._whole, *JSON, *(["--all-targets"] if all_targets else [])]
        ran = self._cargo(words)
        return self._told(f"cargo {command}", ran, self._heard(ran.stdout))

    def _refusal(self, command: str) -> CargoReport | None:
        """Return a report of cargo's refusal of the package asked about, as of one that its workspace does not list; else None."""
        if self.asked is None or not (self.asked / "Cargo.toml").is_file():
            return None
        manifest = os.fspath(self.asked / "Cargo.toml")
        ran, said = self._once(
            ["metadata", "--no-deps", "--format-version", "1", "--offline", "--manifest-path", manifest]
        )
        if not cargo_faults.of_this_machine(said):
            return None
        return self._told(command, replace(ran, stdout=b""), self._heard(b""))

    def _heard(self, stdout: bytes) -> Heard:
        return parse(stdout, self._folder, root_of(self._folder))

    def _told(self, command: str, ran: Ran, heard: Heard) -> CargoReport:
        said = ran.stderr.decode("utf-8", "replace").splitlines()
        rest = "\n".join(line for line in said if line.strip() and not CHATTER.search(line))
        if self.copy_of is not None:
            rest = rest.replace(str(self._folder), str(self.copy_of))
        denials = tuple(str(denial) for denial in ran.denials)
        ok = ran.code == 0 and ran.stopped is None
        told, aside = unbuildable.split([cargo_faults.typed(one) for one in heard.diagnostics])
        if not ok and ran.stopped is None:
            errors = bool(aside) or any(one.level is Level.error for one in told)
            stderr = ran.stderr.decode("utf-8", "replace")
            told += tuple(cargo_faults.from_stderr(stderr, self._folder, root_of(self._folder), errors))
            lacked = tuple(one for one in told if one.level is Level.error and (one.code, one.package) in self.lacked)
            told, aside = tuple(one for one in told if one not in lacked), aside + lacked
            ok = bool(aside) and not any(one.level is Level.error for one in told)
        return CargoReport(
            command, ok, told, (), ran.seconds, denials, rest, ran.stopped, heard.packages, aside, heard.built
        )

    def _cargo(self, words: Sequence[str], **more: Any) -> Ran:
        """Run cargo.

        If the lock file is not up to date, or (with `online`) a dependency is missing, run `fetch` outside the sandbox
        and try once more.
        """
        ran, said = self._once(words, **more)
        if UNLOCKED.search(said) or (self.online and UNFETCHED.search(said)):
            try:
                fetch(self._folder, self.online, self.copy_of)
            except (Unfetched, Unlocked) as refusal:
                if not cargo_faults.of_this_machine(refusal.said):
                    raise
                return replace(ran, stderr=refusal.said.encode())
            ran, said = self._once(words, **more)
        if UNFETCHED.search(said) and not cargo_faults.of_this_machine(said):
            raise unfetched(said, self.copy_of or self._folder, self.online)
        return ran

    def _once(
        self,
        words: Sequence[str],
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        program: Path | None = None,
        readable: tuple[Path, ...] = (),
    ) -> tuple[Ran, str]:
        """Run cargo once; return the result, and its stderr if it failed."""
        self.target.mkdir(parents=True, exist_ok=True)
        settled = {
            "PATH": self.installed.path(), "CARGO_TARGET_DIR": os.fspath(self.target), "CARGO_NET_OFFLINE": "true",
            "CARGO_TERM_COLOR": "never", "CARGO_TERM_PROGRESS_WHEN": "never", "RUST_BACKTRACE": "0", **self._jobs,
        }  # fmt: skip
        cargo = os.fspath(program or self.installed.bin / "cargo")
        seen = (*path_dependencies(root_of(self._folder)), *readable)
        command = SandboxCommand((cargo, *words), self._folder, (self.target,), settled | dict(env or {}), stdin, seen)
        ran = self.sandbox.run(command, self.limits).heeding_ctrl_c()
        return ran, ran.stderr.decode("utf-8", "replace") if ran.code else ""


def _joined(first: CargoReport, then: CargoReport | None) -> CargoReport:
    if then is None:
        return first
    seen = set(first.diagnostics)
    return replace(
        first, ok=first.ok and then.ok, tests=first.tests + then.tests, seconds=first.seconds + then.seconds,
        diagnostics=first.diagnostics + tuple(one for one in then.diagnostics if one not in seen),
        denials=first.denials + then.denials, stopped=then.stopped,
        output="\n".join(filter(None, [first.output, then.output])),
    )  # fmt: skip


def _word(said: str, what: str) -> str:
    """Return a name unchanged. Raises `ConfigError` if a program would take it for an option."""
    if said.startswith("-"):
        raise ConfigError(f"{said!r} is no {what}: it starts like an option. Name a {what}.")
    return said


def _package(said: dict[str, Any]) -> Package:
    return Package(
        said["name"], said["version"], said["edition"], Path(said["manifest_path"]).parent,
        tuple(Target(one["name"], one["kind"][0], Path(one["src_path"])) for one in said["targets"]),
        tuple(one["name"] for one in said["dependencies"]), tuple(said["features"]),
    )  # fmt: skip
