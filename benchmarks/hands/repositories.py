"""Real repositories, as they are and with one fault planted: what she says of each beside cargo's own exit codes.

A repository is a folder with two checkouts, `release` and `newest`. Each is copied, untouched, and cargo is asked by
itself in the sandbox, offline: `check`, then `test`, of what the workspace is for (libraries, programs, tests,
examples; no benchmarks). Then a person's question goes through the command line, without a model. In one of the two
that build, a mutation is planted in a member, and she is asked to mend it.

Both builds use one target folder, so that the dependencies are built once; the members lie at different paths, and are
built by each.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from benchmarks.hands.measure import Case
from rusta.core.errors import ConfigError, RustaError
from rusta.data.mutation import items, lifetimes, ownership, values  # noqa: F401  registers the operators
from rusta.data.mutation.judge import code, first_error, tests_only
from rusta.data.mutation.mutation import OPERATORS, apply_site, digest
from rusta.data.mutation.source import RustSource
from rusta.loop.attempt.scratch_copy import Scratch
from rusta.tools.cargo import Cargo, Package
from rusta.tools.manifest import members_aside
from rusta.tools.repair_limits import overstepped
from rusta.tools.sandbox.base import Limits, Ran, SandboxCommand
from rusta.tools.sandbox.folders import remove
from rusta.tools.sandbox.protocol import Sandbox

STATES = ("release", "newest")
QUESTION = "Does it build, and do its tests pass?"
REQUEST = "Fix the error, please."
PATIENCE = 30  # sites that are tried in cargo until one breaks the build as intended
LARGEST = 200_000  # bytes of a source file that is mutated
ENDS = re.compile(r"^test result: \w+\. (?P<passed>\d+) passed; (?P<failed>\d+) failed;", re.M)
QUOTED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Checkout:
    """One state of a repository, in a folder."""

    name: str
    state: str
    folder: Path

    @property
    def digest(self) -> str:
        """By content."""
        return Case(self.name, "", self.folder).digest


@dataclass(frozen=True)
class Own:
    """What cargo came to by itself: the commands, their exit codes (None: stopped), and the tests that it counted."""

    check: str
    checked: int | None
    test: str
    tested: int | None
    passed: int
    failed: int
    said: str


@dataclass(frozen=True)
class Row:
    """What came of one question (`asked` is "state") or of one planted fault ("fault").

    `right` of a fault: its file was named. `version` is a digest of the program that was measured.
    """

    name: str
    state: str
    asked: str
    digest: str
    version: str
    right: bool
    mended: bool
    worse: bool
    said: str
    cargo: str
    why: str
    seconds: float
    members: int

    def as_line(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


def found(folder: Path) -> dict[str, list[Checkout]]:
    """Return the checkouts of each repository in a folder. Raises `ConfigError` where there are none."""
    inside = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    known = {
        path.name: [Checkout(path.name, state, path / state) for state in STATES if (path / state).is_dir()]
        for path in inside
    }
    known = {name: checkouts for name, checkouts in known.items() if checkouts}
    if not known:
        raise ConfigError(
            f"{folder} has no repositories. Two checkouts of each: {folder}/NAME/release, {folder}/NAME/newest"
        )
    return known


class Repositories:
    """Measures one repository after another. `work` is a folder of its own, `seconds` the wall time for one repository."""

    def __init__(self, sandbox: Sandbox, work: Path, rows: Path, seconds: float, command: float, seed: int) -> None:
        self.sandbox, self.work, self.rows, self.seconds, self.command, self.seed = (
            sandbox,
            work,
            rows,
            seconds,
            command,
            seed,
        )
        room = Path(__file__).resolve().parents[2] / "rusta"
        parts = [path for folder in ("loop", "tools") for path in sorted((room / folder).rglob("*.py"))]
        self.version = digest(*(path.read_bytes() for path in parts))

    def run(self, checkouts: Sequence[Checkout], quick: bool, told: Callable[[Row], None]) -> Iterator[Row]:
        """Yield the rows of one repository, measured or known; `quick` plants no fault."""
        self.until = time.monotonic() + self.seconds
        known = {(row.name, row.state, row.asked, row.digest): row for row in read(self.rows)}
        healthy: list[tuple[Checkout, Own | None]] = []
        for checkout in checkouts:
            row = known.get((checkout.name, checkout.state, "state", checkout.digest))
            own = None
            if row is None:
                own = self._own(self._placed(checkout))
                row = self._kept(self._stated(checkout, own))
            told(row)
            yield row
            if row.cargo.startswith("check 0"):
                healthy.append((checkout, own))
        if healthy and not quick:
            checkout, own = healthy[-1]
            row = known.get((checkout.name, checkout.state, "fault", f"{checkout.digest}-{self.seed}"))
            row = row or self._kept(self._planted(checkout, own))
            told(row)
            yield row
        for folder in (self.work / "at", self.work / "home" / "scratch"):
            remove(folder)

    @property
    def _left(self) -> float:
        return max(1.0, self.until - time.monotonic())

    def _kept(self, row: Row) -> Row:
        self.rows.parent.mkdir(parents=True, exist_ok=True)
        with self.rows.open("a", encoding="utf-8") as out:
            out.write(row.as_line() + "\n")
        return row

    def _placed(self, checkout: Checkout) -> Path:
        """Return a copy of a checkout, with its `.git`, at one path for both states; new times, by which cargo sees changes."""
        place = self.work / "at" / checkout.name
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(
            checkout.folder, place, symlinks=True, ignore=shutil.ignore_patterns("target"), copy_function=_anew
        )
        return place

    def _target(self, place: Path) -> Path:
        return Scratch(place, self.work / "home").target

    def _cargo(self, place: Path) -> Cargo:
        return Cargo(
            place, self.sandbox, self._target(place), Limits(seconds=min(self.command, self._left), disk_mb=8192)
        )

    def _own(self, place: Path) -> Own:
        """Ask cargo itself."""
        cargo = self._cargo(place)
        whole = ["--workspace"] if members_aside(place) or not (place / "src").is_dir() else []
        check = ["check", *whole, "--bins", "--tests", "--examples", "--keep-going", "--frozen"]
        test = ["test", *whole, "--no-fail-fast", "--frozen"]
        try:
            libraries = any(target.kind in ("lib", "proc-macro") for one in cargo.metadata() for target in one.targets)
            check[1 + len(whole) : 1 + len(whole)] = ["--lib"] if libraries else []
            checked = self._ran(cargo, check)
        except RustaError as refusal:  # of the toolchain, or of a manifest
            return Own("cargo " + " ".join(check), 101, "", None, 0, 0, str(refusal))
        said = _text(checked)
        told = ("cargo " + " ".join(check), None if checked.stopped else checked.code)
        if checked.code or checked.stopped:
            return Own(*told, "", None, 0, 0, said)
        tested = self._ran(cargo, test)
        counts = [
            (int(one["passed"]), int(one["failed"])) for one in ENDS.finditer(tested.stdout.decode("utf-8", "replace"))
        ]
        return Own(
            *told, "cargo " + " ".join(test), None if tested.stopped else tested.code, sum(one for one, _ in counts),
            sum(one for _, one in counts), said + _text(tested),
        )  # fmt: skip

    def _ran(self, cargo: Cargo, words: Sequence[str]) -> Ran:
        cargo.target.mkdir(parents=True, exist_ok=True)
        env = {
            "PATH": cargo.installed.path(), "CARGO_TARGET_DIR": os.fspath(cargo.target), "CARGO_NET_OFFLINE": "true",
            "CARGO_TERM_COLOR": "never",
        }  # fmt: skip
        command = SandboxCommand(
            (os.fspath(cargo.installed.bin / "cargo"), *words), cargo.workspace, (cargo.target,), env
        )
        return self.sandbox.run(command, cargo.limits).heeding_ctrl_c()

    def _asked(self, place: Path, request: str, approve: str) -> tuple[str, str, float]:
        """Return what she answers on the command line, what she tells meanwhile, and the seconds."""
        words = [
            sys.executable, "-m", "rusta", "ask", request, f"workspace={place}", "model=fake", "engine=fake", "output=json",
            "memory=ephemeral", f"approve={approve}", f"sandbox.seconds={int(self.command)}", "sandbox.disk_mb=8192",
        ]  # fmt: skip
        env = {**os.environ, "RUSTA_HOME": os.fspath(self.work / "home")}
        began = time.monotonic()
        try:
            ran = subprocess.run(words, capture_output=True, text=True, timeout=self._left, env=env)
        except subprocess.TimeoutExpired:
            return "", f"stopped after {self._left:.0f} s, what is left for this repository", time.monotonic() - began
        try:
            said = str(json.loads(ran.stdout)["text"])
        except (ValueError, KeyError):  # she refused, or crashed: then there is no answer, and stderr says why
            said = ""
        return said, ran.stderr.strip(), time.monotonic() - began

    def _stated(self, checkout: Checkout, own: Own) -> Row:
        place = self.work / "at" / checkout.name
        said, beside, seconds = self._asked(place, QUESTION, "none")
        refused = not said and "Traceback" not in beside and "stopped after" not in beside
        said = said or (beside.splitlines() or ["nothing"])[-1]
        wrong = list(contradicted(said, refused, own))
        told = f"check {own.checked}" + (
            f", test {own.tested} ({own.passed} passed, {own.failed} failed)" if own.test else ""
        )
        return Row(
            checkout.name, checkout.state, "state", checkout.digest, self.version, not wrong, False, False, said,
            f"{told}: {own.check}{f'; {own.test}' if own.test else ''}", "; ".join(wrong), round(seconds, 1), _members(self._cargo(place)),
        )  # fmt: skip

    def _planted(self, checkout: Checkout, own: Own | None) -> Row:
        place = self._placed(checkout)
        row = partial(
            Row, checkout.name, checkout.state, "fault", f"{checkout.digest}-{self.seed}", self.version,
            members=_members(self._cargo(place)),
        )  # fmt: skip
        own = own or self._own(place)
        fault = self._fault(place)
        if fault is None:
            return row(False, False, False, "", "", "no site breaks the build as its mutation intends", 0.0)
        path, kind, was = fault
        broken = _sources(place)
        said, beside, seconds = self._asked(place, REQUEST, "all")
        named = any(
            re.search(rf"(?<![\w/]){re.escape(path)}:\d+", text) or f"`{path}`" in text for text in (said, beside)
        )
        after = self._own(place)
        now = _sources(place)
        changes = {name: now.get(name) for name in {*broken, *now} if now.get(name) != broken.get(name)}
        why = overstepped(changes, lambda name: was if name == path else broken.get(name))
        worse = after.checked == 0 and (after.failed > own.failed or after.passed < own.passed)
        mended = after.checked == 0 and after.tested == own.tested and not worse and not why
        told = f"check {after.checked}, test {after.tested} ({after.passed} passed, {after.failed} failed; before: "
        told += f"test {own.tested}, {own.passed} passed, {own.failed} failed)"
        return row(
            named,
            mended,
            worse,
            said or beside[-400:],
            told,
            f"{kind} in {path}{f'; {why}' if why else ''}",
            round(seconds, 1),
        )

    def _fault(self, place: Path) -> tuple[str, str, bytes] | None:
        """Plant a mutation that breaks the build; return its file, its name and code, and the file as it was."""
        cargo, chance = self._cargo(place), random.Random(f"{self.seed}:{place.name}")
        members = list(cargo.metadata())
        sources = _of_members(members[1:] or members, place) or _of_members(members, place)
        tried = 0
        sites = [
            (source, operator, site)
            for operator in OPERATORS.values()
            for source in sources
            for site in operator.find(source)
        ]
        kinds: Mapping[str, list[Any]] = {name: [one for one in sites if one[1].name == name] for name in OPERATORS}
        for name in chance.sample(sorted(kinds), len(kinds)):
            for source, operator, site in chance.sample(kinds[name], min(2, len(kinds[name]))):
                text = apply_site(source.text, site)
                if tried == PATIENCE or time.monotonic() > self.until:
                    return None
                tried += 1
                (place / source.path).write_bytes(text)
                error = first_error(cargo.check())
                if error and code(error) in operator.intends and error.primary and error.primary.path == source.path:
                    return source.path, f"{name} ({code(error)})", source.text
                (place / source.path).write_bytes(source.text)
        return None


def contradicted(said: str, refused: bool, own: Own) -> Iterator[str]:
    """Yield what of a statement is not so by cargo's own exit codes; `refused`: she said why she cannot try it."""
    yes, no = "It builds." in said, refused or "It does not build" in said
    if own.checked is None:
        return  # cargo itself came to no judgement in its time
    if not (yes or no):
        yield f"says neither, and check exits with {own.checked}"
    elif yes != (own.checked == 0):
        yield f"says that it {'builds' if yes else 'does not build'}, and check exits with {own.checked}"
    if no:
        yield from (f"names `{one}`, which cargo does not" for one in QUOTED.findall(said) if one not in own.said)
    if not yes or own.tested is None:
        return
    passes = "Its tests pass" in said or "It has no tests" in said
    if passes != (own.tested == 0):
        yield f"says that the tests {'pass' if passes else 'do not pass'}, and test exits with {own.tested}"
    counted = re.search(r"(\d+) passed", said)
    if counted and int(counted[1]) != own.passed:
        yield f"counts {counted[1]} passed, cargo {own.passed}"


def _members(cargo: Cargo) -> int:
    try:
        return len(cargo.metadata())
    except RustaError:
        return 0


def _of_members(members: Sequence[Package], place: Path) -> list[RustSource]:
    found = {
        path
        for member in members
        for target in member.targets
        if target.kind in ("lib", "bin", "proc-macro")
        for path in target.source.parent.rglob("*.rs")
    }
    names = sorted(
        path.relative_to(place).as_posix() for path in found if path.is_relative_to(place) and path.is_file()
    )
    kept = [name for name in names if not tests_only(PurePath(name)) and (place / name).stat().st_size < LARGEST]
    return [RustSource(name, (place / name).read_bytes()) for name in kept]


def _sources(place: Path) -> dict[str, bytes]:
    paths = [path for pattern in ("*.rs", "Cargo.toml") for path in place.rglob(pattern) if path.is_file()]
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in paths}


def _text(ran: Ran) -> str:
    return (ran.stderr + b"\n" + ran.stdout).decode("utf-8", "replace")


def _anew(source: str, to: str) -> None:
    shutil.copyfile(source, to)
    shutil.copymode(source, to)


def read(rows: Path) -> list[Row]:
    """The rows of a file; one that was cut off by a kill, or of another form, is passed over."""
    lines = rows.read_text(encoding="utf-8").splitlines() if rows.is_file() else []
    said = (json.loads(line) for line in lines if line.startswith("{") and line.endswith("}"))
    names = {one.name for one in fields(Row)}
    return [Row(**one) for one in said if set(one) == names]


def figures(rows: Sequence[Row]) -> dict[str, object]:
    """One flat object."""
    stated, planted = ([row for row in rows if row.asked == asked] for asked in ("state", "fault"))
    return {
        "repositories": len({row.name for row in rows}),
        "workspaces_of_five": len({row.name for row in rows if row.members >= 5}),
        "statements": len(stated),
        "right": sum(row.right for row in stated),
        "builds": sum(row.cargo.startswith("check 0") for row in stated),
        "planted": len(planted),
        "file_named": sum(row.right for row in planted),
        "mended": sum(row.mended for row in planted),
        "worse": sum(row.worse for row in planted),
        "seconds_statements": round(sum(row.seconds for row in stated), 1),
        "seconds_planted": round(sum(row.seconds for row in planted), 1),
        "versions": len({row.version for row in rows}),
    }
