"""Judge whether a crate is repaired: it compiles with its tests, and every original test passes.

The original tests are restored first, so that changing the tests does not count as a repair. Real cargo runs them in
the sandbox.

Not covered: source that deceives its own tests on purpose, for example with a macro of its own named `assert_eq`.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from rusta.tools import items
from rusta.tools.cargo import Cargo, CargoReport
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.libtest import Outcome
from rusta.tools.repair_limits import overstepped
from rusta.tools.sandbox.base import Limits
from rusta.tools.sandbox.protocol import Sandbox

TEST = re.compile(r"#\[test\]\s*(?:#\[[^\]]*\]\s*)*(?:pub )?fn (\w+)")

LINE = re.compile(r" \(line \d+\)(?: - compile(?: fail)?)?$")


@dataclass(frozen=True)
class RepairVerdict:
    """The verdict, and its reason in a few words."""

    fixed: bool
    why: str


def code(error: Diagnostic) -> str:
    """Return an error's code, or a word for the kinds to which rustc gives none."""
    if error.code:
        return error.code
    if "lifetime may not live long enough" in error.message:
        return "lifetime"
    return "syntax" if re.search(r"expected|unclosed|mismatched closing|unexpected", error.message) else "uncoded"


def first_error(report: CargoReport) -> Diagnostic | None:
    """Return the first error: one in the source before one in the tests, else in the compiler's order."""
    outside = [error for error in report.errors if error.primary and tests_only(PurePath(error.primary.path))]
    inside = [error for error in report.errors if error not in outside]
    return next(iter([*inside, *outside]), None)


def count_tests(crate: Path) -> Counter[str]:
    """Count the tests of a crate by function name."""
    found = (TEST.findall(path.read_text("utf-8", "replace")) for path in rust_files(crate))
    return Counter(name for group in found for name in group)


def rust_files(crate: Path) -> list[Path]:
    """Return the Rust files of a crate, without build outputs."""
    return [path for path in sorted(crate.rglob("*.rs")) if path.relative_to(crate).parts[0] != "target"]


def tests_only(path: PurePath) -> bool:
    """Whether a file of a crate, or of a workspace member, is only for tests, benches or examples."""
    folders = path.parts[:-1]
    at = folders.index("src") if "src" in folders else len(folders)
    return bool({"tests", "benches", "examples"} & {*folders[:at]}) or "tests" in folders[at:]


def restore_tests(crate: Path, pristine: Path) -> None:
    """Restore the tests of `pristine` in `crate`: test-only files, and test modules and functions in other files."""
    for path in rust_files(pristine):
        inside = path.relative_to(pristine)
        there = crate / inside
        if tests_only(inside):
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(path.read_bytes())
        elif there.is_file() and (now := there.read_bytes()) != (then := path.read_bytes()):
            there.write_bytes(with_tests_of(now, then))


def with_tests_of(source: bytes, pristine: bytes) -> bytes:
    """Return `source` with the test items of `pristine`: each in its old place, or at the end if it was removed."""
    for item in _tests(pristine):
        text = pristine[item.start : item.end]
        old = next((other for other in _tests(source) if (other.path, other.kind) == (item.path, item.kind)), None)
        # An item that lost its `#[cfg(test)]` would conflict with the restored one.
        old = old or next((o for o in items.items(source) if (o.path, o.kind) == (item.path, item.kind)), None)
        if old is not None:
            source = source[: old.start] + text + source[old.end :]
        elif "::" not in item.path:
            source = source.rstrip() + b"\n\n" + text + b"\n"
    return source


def _tests(source: bytes) -> list[items.Item]:
    """Return the outermost items that only tests see."""
    found: list[items.Item] = []
    for item in items.items(source):
        head = source[item.start : item.code]
        if (b"#[cfg(test)]" in head or b"#[test]" in head) and not any(item.end <= other.end for other in found):
            found.append(item)
    return found


def changed_sources(crate: Path, pristine: Path) -> dict[str, bytes | None]:
    """Return the sources and manifests that differ from the pristine ones, by path."""
    files = {
        path.relative_to(folder).as_posix()
        for folder in (crate, pristine)
        for path in (*rust_files(folder), *folder.rglob("Cargo.toml"))
        if "target" not in path.relative_to(folder).parts
    }
    now = {path: _content(crate / path) for path in files}
    return {path: content for path, content in now.items() if content != _content(pristine / path)}


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


class Judge:
    """Judges crates in a sandbox. `seconds` is the limit for one run of the tests."""

    def __init__(self, sandbox: Sandbox, target: Path, seconds: float = 300) -> None:
        self.sandbox, self.target, self.limits = sandbox, target, Limits(seconds=seconds)

    def judge(self, crate: Path, pristine: Path, asked: str = "", tests: Counter[str] | None = None) -> RepairVerdict:
        """Restore the tests, run them, and look at what was changed for them to pass.

        `asked` is a package below whose tests have to run too, in the workspace or by itself. `tests` are those that
        have to run, by name, where a healthy crate told them; by default those that stand in the text.
        """
        restore_tests(crate, pristine)
        tests = count_tests(pristine) if tests is None else tests
        cargo = Cargo(crate, self.sandbox, self.target, self.limits)
        report = cargo.test()
        if asked and report.ok:  # it may stand by itself (`exclude`, or a `[workspace]` table of its own)
            report = _both(report, replace(cargo, workspace=crate / asked).test())
        if report.ok and tests - tests_run(report) and _behind_features(pristine):
            report = _both(report, replace(cargo, all_features=True).test())
        if report.errors:
            error = first_error(report)
            return RepairVerdict(False, f"does not compile: {code(error) if error else 'error'}")
        if report.stopped:
            return RepairVerdict(False, f"stopped: {report.stopped}")
        if report.failures:
            return RepairVerdict(False, f"fails {report.failures[0].name}")
        if not report.ok:
            return RepairVerdict(False, (report.output.splitlines() or ["cargo failed"])[0])
        done = tests_run(report)
        if gone := tests - done:
            return RepairVerdict(False, f"the test {next(iter(gone))} did not run")
        if why := overstepped(changed_sources(crate, pristine), lambda path: _content(pristine / path)):
            return RepairVerdict(False, why)
        return RepairVerdict(True, f"{sum(done.values())} tests pass" if done else "it compiles, and has no tests")


def tests_run(report: CargoReport) -> Counter[str]:
    """Count the tests that passed or were ignored, by function name; an example of the docs by its item, without its line."""
    names = (
        test.name.rpartition("::")[2] for test in report.tests if test.outcome in (Outcome.passed, Outcome.ignored)
    )
    return Counter(LINE.sub("", name) for name in names)


def _both(report: CargoReport, other: CargoReport) -> CargoReport:
    """Return a second run, with the tests of the first that it did not repeat."""
    known = {(test.suite, test.name) for test in other.tests}
    return replace(other, tests=other.tests + tuple(t for t in report.tests if (t.suite, t.name) not in known))


def _behind_features(crate: Path) -> bool:
    """Whether there are tests, or test-only files, that are only built with a feature."""
    named = re.compile(r"cfg\([^\]]*feature\s*=[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*(?:#\[test\]|(?:pub )?(?:mod|fn)\b)")
    return any(named.search(path.read_text("utf-8", "replace")) for path in rust_files(crate))
