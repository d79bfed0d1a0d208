"""Which test files `scripts/test fast` leaves out: `python tests/slow_files.py JUNIT.xml`, from a run with `--junitxml=JUNIT.xml`.

The cheapest files by seconds per test come first, until what they take together fills the time that is left for them.
"""

import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

SECONDS = 240.0  # of tests, in two processes two minutes
ALWAYS = {"test_architecture.py"}  # whatever it takes
LIST = Path(__file__).with_name("slow_files.txt")


def slow(report: Path) -> list[str]:
    """Paths below `tests/`, sorted."""
    taken, count = defaultdict[str, float](float), defaultdict[str, int](int)
    for case in ElementTree.parse(report).iter("testcase"):
        parts = (case.get("classname") or "").split(".")
        file = next(
            (f"{'/'.join(parts[1:n])}.py" for n in range(len(parts), 1, -1) if parts[n - 1].startswith("test_")), ""
        )
        taken[file] += float(case.get("time") or 0)
        count[file] += 1
    left, found = SECONDS, []
    for file in sorted(taken, key=lambda file: taken[file] / count[file]):
        left -= taken[file]
        found += [file] if left < 0 and file and file not in ALWAYS else []
    return sorted(found)


if __name__ == "__main__":
    LIST.write_text("\n".join(slow(Path(sys.argv[1]))) + "\n", encoding="utf-8")
