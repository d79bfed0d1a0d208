"""Parse the output of a test binary: one result per test, from libtest's JSON events or its human-readable lines.

JSON events also show a test that started and did not finish, because it hangs or killed its process. The human-readable
lines show that only for a test that has run for a minute, or where tests run one at a time.

Not covered: a harness of the crate's own (`harness = false`), of which only the exit code counts; benchmarks.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The result of a test. `unfinished`: it started, and no end was reported."""

    passed = "passed"
    failed = "failed"
    ignored = "ignored"
    unfinished = "unfinished"


@dataclass(frozen=True)
class Test:
    """One test: its path, result, output if it failed, and the test binary (`suite`) as cargo names it."""

    __test__ = False  # keeps pytest from collecting this class

    name: str
    outcome: Outcome
    output: str = ""
    suite: str = ""


EVENTS = {"ok": Outcome.passed, "failed": Outcome.failed, "timeout": Outcome.unfinished, "ignored": Outcome.ignored}
LINE = re.compile(r"^test (?P<name>.+?)(?: - should panic)? \.\.\. ?(?P<end>ok|FAILED|ignored(?:, .*)?|)\s*$")
SLOW = re.compile(r"^test (?P<name>.+?) has been running for over \d+ seconds$")
SECTION = re.compile(r"^---- (?P<name>.+) stdout ----$")
SUITE = re.compile(r"^[ \t]+(?:Running (?:unittests )?(?P<file>\S+)(?: \(.*\))?|Doc-tests (?P<doc>\S+))$", re.M)


def suites(stderr: str) -> list[str]:
    """Return the names of the test binaries that cargo ran, in order, from cargo's stderr."""
    return [found["file"] or f"doc {found['doc']}" for found in SUITE.finditer(stderr)]


def from_events(lines: Iterable[str], ran: list[str]) -> list[Test]:
    """Parse `--format json`. Lines that are not events are skipped: threads of a test may print anywhere."""
    tests: dict[tuple[int, str], Test] = {}
    suite = -1
    for line in lines:
        try:
            said = json.loads(line[line.find("{") :]) if "{" in line else None
        except ValueError:
            continue
        if not isinstance(said, dict):
            continue
        if said.get("type") == "suite" and said.get("event") == "started":
            suite += 1
        elif said.get("type") == "test" and isinstance(said.get("name"), str):
            outcome = EVENTS.get(str(said.get("event")), Outcome.unfinished)
            output = "\n".join(str(said[key]).strip("\n") for key in ("stdout", "message") if said.get(key))
            named = ran[suite] if 0 <= suite < len(ran) else ""
            tests[suite, said["name"]] = Test(said["name"], outcome, output if outcome == Outcome.failed else "", named)
    return list(tests.values())


def from_text(lines: Iterable[str], ran: list[str]) -> list[Test]:
    """Parse libtest's human-readable lines."""
    ends = {"ok": Outcome.passed, "FAILED": Outcome.failed, "": Outcome.unfinished}
    tests: dict[tuple[int, str], Test] = {}
    outputs: dict[tuple[int, str], list[str]] = {}
    suite, section = -1, None
    for line in lines:
        if re.fullmatch(r"running \d+ tests?", line):
            suite, section = suite + 1, None
        elif found := SECTION.match(line):
            section = outputs.setdefault((suite, found["name"]), [])
        elif line == "failures:" or line.startswith("test result: "):
            section = None
        elif section is not None:
            section.append(line)
        elif found := LINE.match(line) or SLOW.match(line):
            end = found.groupdict().get("end", "")
            named = ran[suite] if 0 <= suite < len(ran) else ""
            tests[suite, found["name"]] = Test(found["name"], ends.get(end, Outcome.ignored), "", named)
    return [
        Test(test.name, test.outcome, "\n".join(outputs.get(key, [])).strip("\n"), test.suite)
        for key, test in tests.items()
    ]
