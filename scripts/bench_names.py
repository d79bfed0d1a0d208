#!/usr/bin/env python3
"""How often the gate of names calls a name unknown, on the documentation of real crates, whose names are nearly all real.

    .venv/bin/python scripts/bench_names.py [--json] --folder DIR [--lines 2000] [--crates 40] [--seed 1] [--home HOME]

DIR holds crates, one folder each, as `$CARGO_HOME/registry/src/*/` does. Of a seeded choice of crates the lines of doc comments
and Markdown files that hold a name are taken, about as many of each crate. For each crate the workspace is the crate itself, and
its dependencies as far as their sources lie in DIR. Needs rust-docs; the index of HOME is used where it is built, and built there
otherwise. Prints every unknown name with its line, to be judged by hand: a typo or an outdated name is rightly unknown.

unknown_share: unknown of the names that are known or unknown. Not covered: how many invented names are caught
(tests/library/test_name_gate.py).
"""

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rusta.core.home import Home  # noqa: E402
from rusta.library.crate_index import CrateIndex  # noqa: E402
from rusta.library.crate_sources import LockedCrate  # noqa: E402
from rusta.library.documentation import Documentation  # noqa: E402
from rusta.library.index import Library, NotBuilt  # noqa: E402
from rusta.library.name_gate import check_names  # noqa: E402
from rusta.library.said_names import names_in  # noqa: E402
from rusta.library.source_items import library_name  # noqa: E402
from rusta.tools.toolchain import Installed  # noqa: E402
from rusta.tools.workspace_files import read_toml  # noqa: E402

FEWEST = 20  # lines with names of a crate that is looked at
LARGEST = 24 << 20  # bytes of a crate's sources
DEEPEST = 4  # dependencies of dependencies
DOC = re.compile(r"\s*//[/!](?!/) ?(.*)")


@dataclass(frozen=True)
class Line:
    crate: Path
    block: str  # the documentation that it stands in
    start: int  # of the line in the block
    end: int
    where: str


def blocks(crate: Path) -> Iterator[tuple[str, int, str]]:
    """File, line and text of each piece of documentation: the doc comments above an item, a section of a Markdown file."""
    for path in sorted(crate.rglob("*.rs")):
        lines, start = list[str](), 0
        text = path.read_text(encoding="utf-8", errors="replace") if path.stat().st_size < 2_000_000 else ""
        for n, line in enumerate((*text.split("\n"), "")):
            if found := DOC.match(line):
                start = n if not lines else start
                lines.append(found[1])
            elif lines:
                yield str(path.relative_to(crate)), start + 1, "\n".join(lines)
                lines = []
    for path in sorted(crate.rglob("*.md")):
        lines, start, fenced = list[str](), 0, False
        for n, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n")):
            fenced ^= line.lstrip().startswith("```")
            if line.startswith("#") and not fenced and lines:
                yield str(path.relative_to(crate)), start + 1, "\n".join(lines)
                lines, start = [], n
            lines.append(line)
        yield str(path.relative_to(crate)), start + 1, "\n".join(lines)


def lines_with_names(crate: Path) -> list[Line]:
    found = []
    for file, first, text in blocks(crate):
        places = sorted({one.place for one in names_in(text)})
        at = 0
        for n, line in enumerate(text.split("\n")):
            end = at + len(line)
            if any(at <= place <= end for place in places):
                found.append(Line(crate, text, at, end, f"{crate.name}/{file}:{first + n}"))
            at = end + 1
    return found


def workspace(crate: Path, folders: dict[str, list[Path]]) -> list[LockedCrate]:
    """The crate as a workspace of its own, with its dependencies and theirs."""
    found, todo = dict[Path, LockedCrate](), [(crate, 0)]
    while todo:
        folder, depth = todo.pop(0)
        manifest: dict[str, Any] = read_toml(folder / "Cargo.toml", folder) or {}
        package = manifest.get("package", {})
        name, version = str(package.get("name", folder.name)), str(package.get("version", "0.0.0"))
        library = library_name(manifest) or name.replace("-", "_")
        found[folder] = LockedCrate(name, version, folder, depth == 0, depth > 0, depth == 1, library)
        tables = [manifest, *(one for one in manifest.get("target", {}).values())]
        for table in tables if depth < DEEPEST else ():
            for kind in ("dependencies", "dev-dependencies")[: 2 if depth == 0 else 1]:
                for key, said in table.get(kind, {}).items():
                    called = said.get("package", key) if isinstance(said, dict) else key
                    wanted = str(said.get("version", "") if isinstance(said, dict) else said).lstrip("^=~ ")
                    fits = [
                        one
                        for one in folders.get(called, [])
                        if one.name.startswith(f"{called}-{wanted.split('.')[0]}")
                    ]
                    for one in (fits or folders.get(called, []))[-1:]:
                        if one not in found and all(one != other for other, _ in todo):
                            todo.append((one, depth + 1))
    return list(found.values())


def opened(home: Home) -> Library:
    documentation = Documentation.of(Installed(ROOT).bin)
    if documentation is None:
        raise SystemExit("There is no documentation. Install it: rustup component add rust-docs")
    try:
        return Library.open(home, documentation)
    except NotBuilt:
        return Library.build(home, documentation, lambda done, of: None)


def measured(folder: Path, wanted: int, most_crates: int, seed: int, home: Home) -> dict[str, Any]:
    chance = random.Random(seed)
    every = sorted(one for one in folder.iterdir() if (one / "Cargo.toml").is_file())
    folders = dict[str, list[Path]]()
    for one in every:
        folders.setdefault(re.sub(r"-\d+\.\d+\.\d+.*$", "", one.name), []).append(one)
    chosen = dict[Path, list[Line]]()
    for one in chance.sample(every, len(every)):
        small = len(chosen) < most_crates and sum(file.stat().st_size for file in one.rglob("*.rs")) < LARGEST
        if small and len(lines := lines_with_names(one)) >= FEWEST:
            chosen[one] = lines
    taken, left = list[Line](), wanted
    for n, one in enumerate(sorted(chosen, key=lambda one: len(chosen[one]))):
        share = min(len(chosen[one]), left // (len(chosen) - n))
        taken += chance.sample(chosen[one], share)
        left -= share
    totals = {"known": 0, "unknown": 0, "unchecked": 0}
    unknown = list[dict[str, str]]()
    library = opened(home)
    with tempfile.TemporaryDirectory() as temporary, CrateIndex.open(Home(temporary, "")) as crates:
        crate, reports = None, dict[str, Any]()
        for line in taken:
            if line.crate != crate:
                crate, reports = line.crate, {}
                crates.refresh(workspace(crate, folders), lambda done, of: None)
            if line.block not in reports:
                reports[line.block] = check_names(line.block, library, crates)
            report = reports[line.block]
            for name in dict.fromkeys(one.shown for one in names_in(line.block) if line.start <= one.place <= line.end):
                kind = next(kind for kind in totals if name in getattr(report, kind))
                totals[kind] += 1
                if kind == "unknown":
                    unknown.append(
                        {"name": name, "where": line.where, "line": line.block[line.start : line.end].strip()}
                    )
    names = sum(totals.values())
    share = totals["unknown"] / max(1, totals["known"] + totals["unknown"])
    return {
        "crates": len(chosen),
        "lines": len(taken),
        "names": names,
        **totals,
        "unknown_share": round(share, 5),
        "unknowns": unknown,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one object of JSON")
    parser.add_argument("--folder", type=Path, required=True, help="a folder of crates")
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--crates", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", default=str(Path.home() / ".rusta"), help="whose index of the documentation is used")
    said = parser.parse_args()
    found = measured(said.folder, said.lines, said.crates, said.seed, Home(said.home, ""))
    if said.json:
        print(json.dumps(found, indent=1))
        return
    for one in found["unknowns"]:
        print(f"{one['name']}\n    {one['where']}\n    {one['line'][:200]}")
    print(" ".join(f"{key}={value}" for key, value in found.items() if key != "unknowns"))


if __name__ == "__main__":
    main()
