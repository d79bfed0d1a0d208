"""What hostile crates do without a sandbox, under bubblewrap, and under Landlock; and what hostile files, servers and texts do.

python scripts/hostile.py [--json] [NAME ...]     each against throwaway victims in a temporary folder, with small bounds

The second part is tests (tests/attacks_by_test.py): a test that fails is an attack that came through.
What a crate may not do is built into one and tried without a sandbox first. What another user of the machine prepares has
no such first run: it says what it achieved before it was held.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

OPEN = {
    "fill_disk_mapped on a file system in memory": "its writes are in no account of the kernel's; memory is its limit",
    "files that change folders while they are walked": "held only at twice the limit, by what the disk lost and they wrote",
    "fork bomb of root before Linux 6.14 where no cgroup may be made": "RLIMIT_NPROC exempts root; the looks hold, 50 ms apart",
    "sum over commands": "each may add what it is allowed; a target of more than 16 GB goes when a session begins",
}  # what is not held, and why

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "tools" / "sandbox")]

import attacks_by_test  # noqa: E402
from attacks import ATTACKS, BARE, BY_NAME, PLOTS, World, once  # noqa: E402

from rusta.tools.sandbox import preflight  # noqa: E402
from rusta.tools.sandbox.choice import KINDS  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "names",
        nargs="*",
        choices=[[], *BY_NAME, *(plot.name for plot in PLOTS)],
        metavar="NAME",
        help="these attacks alone",
    )
    parser.add_argument("--json", action="store_true", help="one object on stdout instead of the table")
    asked = parser.parse_args()
    sandboxes = {name: kind() for name, kind in KINDS.items()}
    missing = {name: why for name, sandbox in sandboxes.items() if (why := preflight(sandbox))}
    rows = []
    for attack in [attack for attack in ATTACKS if not asked.names or attack.name in asked.names]:
        with tempfile.TemporaryDirectory(prefix="rusta-hostile-", ignore_cleanup_errors=True) as folder:
            world = World(Path(folder).resolve(), attack)
            row: dict[str, object] = {"attack": attack.name, "does": attack.does, "before": attack.before}
            row[BARE] = once(world, None)
            for name, sandbox in sandboxes.items():
                if name in missing:
                    continue
                row[name] = once(world, sandbox)
                row[f"{name}_said"] = _said(world)
            rows.append(row)
            if not asked.json:
                _print(row, sandboxes)
    for plot in [plot for plot in PLOTS if not asked.names or plot.name in asked.names]:
        row = {"attack": plot.name, "does": plot.does, "before": plot.before}
        for name, sandbox in sandboxes.items():
            if name not in missing:
                with tempfile.TemporaryDirectory(prefix="rusta-hostile-", ignore_cleanup_errors=True) as folder:
                    row[name] = plot.came_through(Path(folder).resolve(), sandbox)
        rows.append(row)
        if not asked.json:
            _print(row, sandboxes)
    kinds = [] if asked.names else [_tested(kind) for kind in attacks_by_test.KINDS]
    for kind in [] if asked.json else kinds:
        print(f"{kind['number']:>2} {kind['name']}\n{'':24}   before: {kind['before']}")
        print(f"{'':24}   {kind['tried']} tried, {kind['held']} held, {kind['not_run']} not run here")
    if asked.json:
        facts = {
            "n": len(rows),
            "succeeded_without": sum(bool(row.get(BARE)) for row in rows),
            **{
                f"escaped_{name}": sum(bool(row.get(name)) for row in rows) for name in sandboxes if name not in missing
            },
            "tested": sum(kind["tried"] for kind in kinds),
            "tested_and_held": sum(kind["held"] for kind in kinds),
        }
        print(json.dumps({**facts, "not_run": missing, "open": OPEN, "attacks": rows, "kinds": kinds}, indent=2))
    else:
        for name, why in missing.items():
            print(f"{name} was not tried: {why}")
        print("open:", *(f"  {what}: {why}" for what, why in OPEN.items()), sep="\n")


def _tested(kind: attacks_by_test.Kind) -> dict[str, Any]:
    """Run the tests of one kind: how many were tried, held, and not run on this machine."""
    with tempfile.TemporaryDirectory(prefix="rusta-hostile-") as folder:
        report = Path(folder, "report.xml")
        words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *kind.tests]
        subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True)
        ends = Counter(
            next((child.tag for child in case), "held") for case in ElementTree.parse(report).iter("testcase")
        )
    tried = sum(ends.values()) - ends["skipped"]
    return {**vars(kind), "tried": tried, "held": ends["held"], "not_run": ends["skipped"]}


def _said(world: World) -> str:
    """What the sandbox said of it: the limit that ended it, or the first refusal."""
    if world.ran is None:
        return ""
    return f"stopped: {world.ran.stopped}" if world.ran.stopped else str((*world.ran.denials, "")[0])


def _print(row: dict[str, object], sandboxes: object) -> None:
    ends = {True: "CAME THROUGH", False: "contained"}
    print(f"{row['attack']:24} {row['does']}")
    if BARE in row:
        print(f"{'':24}   without: {'came through' if row[BARE] else 'did not work'}")
    if row["before"]:
        print(f"{'':24}   before: {row['before']}")
    for name in KINDS:
        if name in row:
            print(f"{'':24}   {name}: {ends[bool(row[name])]}. {row.get(f'{name}_said', '')}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
