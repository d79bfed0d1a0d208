"""What hostile crates do without a sandbox, under bubblewrap, and under Landlock.

python scripts/hostile.py [--json] [NAME ...]     each against throwaway victims in a temporary folder, with small bounds
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "tools" / "sandbox")]

from attacks import ATTACKS, BARE, BY_NAME, World, once  # noqa: E402

from rusta.tools.sandbox import preflight  # noqa: E402
from rusta.tools.sandbox.choice import KINDS  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *BY_NAME], metavar="NAME", help="these attacks alone")
    parser.add_argument("--json", action="store_true", help="one object on stdout instead of the table")
    asked = parser.parse_args()
    sandboxes = {name: kind() for name, kind in KINDS.items()}
    missing = {name: why for name, sandbox in sandboxes.items() if (why := preflight(sandbox))}
    rows = []
    for attack in [BY_NAME[name] for name in asked.names] or ATTACKS:
        with tempfile.TemporaryDirectory(prefix="rusta-hostile-", ignore_cleanup_errors=True) as folder:
            world = World(Path(folder).resolve(), attack)
            row: dict[str, object] = {"attack": attack.name, "does": attack.does, BARE: once(world, None)}
            for name, sandbox in sandboxes.items():
                if name in missing:
                    continue
                row[name] = once(world, sandbox)
                row[f"{name}_said"] = _said(world)
            rows.append(row)
            if not asked.json:
                _print(row, sandboxes)
    if asked.json:
        facts = {
            "n": len(rows),
            "succeeded_without": sum(bool(row[BARE]) for row in rows),
            **{
                f"escaped_{name}": sum(bool(row.get(name)) for row in rows) for name in sandboxes if name not in missing
            },
        }
        print(json.dumps({**facts, "not_run": missing, "attacks": rows}, indent=2))
    else:
        for name, why in missing.items():
            print(f"{name} was not tried: {why}")


def _said(world: World) -> str:
    """What the sandbox said of it: the limit that ended it, or the first refusal."""
    if world.ran is None:
        return ""
    return f"stopped: {world.ran.stopped}" if world.ran.stopped else str((*world.ran.denials, "")[0])


def _print(row: dict[str, object], sandboxes: object) -> None:
    ends = {True: "CAME THROUGH", False: "contained"}
    without = "came through" if row[BARE] else "did not work"
    print(f"{row['attack']:24} {row['does']}\n{'':24}   without: {without}")
    for name in KINDS:
        if name in row:
            print(f"{'':24}   {name}: {ends[bool(row[name])]}. {row[f'{name}_said']}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
