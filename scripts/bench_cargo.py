#!/usr/bin/env python3
"""What her hands cost: `cargo check` through them and the sandbox, beside bare `cargo check`, on a warm crate.

    .venv/bin/python scripts/bench_cargo.py [--json] [--rounds 15] [--crate PATH] [--sandbox auto] [--unchanged]

Both work on copies of one crate with target folders of their own, filled before the first measured round. Between two
checks a line of the crate changes, as it does when somebody works on it; with --unchanged nothing does, and what is
measured is starting up. The two take turns, and who begins alternates. Seconds are medians over the rounds, and the ratio is
the median of the rounds' own, whose two sides were a moment apart.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

MANIFEST = '[package]\nname = "warm"\nversion = "0.1.0"\nedition = "2021"\n'


def invented(folder: Path, functions: int = 300) -> Path:
    """A crate of the size a person works on: some thousand lines, std alone."""
    lines = ["use std::collections::HashMap;"]
    for n in range(functions):
        lines += [
            f"/// The words of a text that are longer than {n}, counted.",
            f"pub fn count_{n}(text: &str, limit: usize) -> HashMap<String, usize> {{",
            "    let mut found = HashMap::new();",
            f"    for word in text.split_whitespace().filter(|word| word.len() > {n} && word.len() < limit) {{",
            "        *found.entry(word.to_lowercase()).or_insert(0) += 1;",
            "    }",
            "    found",
            "}",
        ]
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "src" / "lib.rs").write_text("\n".join(lines) + "\n")
    return folder


def bare(folder: Path, target: Path) -> Callable[[], None]:
    env = {**os.environ, "CARGO_TARGET_DIR": str(target), "CARGO_TERM_COLOR": "never"}

    def check() -> None:
        subprocess.run(["cargo", "check", "--offline"], cwd=folder, env=env, check=True, capture_output=True)

    return check


def through(folder: Path, target: Path, which: str) -> tuple[Callable[[], None], str]:
    from rusta.tools.cargo import Cargo
    from rusta.tools.present import present
    from rusta.tools.sandbox import choose

    sandbox = choose(which)
    cargo = Cargo(folder, sandbox, target)

    def check() -> None:
        report = cargo.check()
        if not report.ok:
            sys.exit(present(report))
        present(report)

    return check, sandbox.name


def measure(crate: Path | None, which: str, rounds: int, unchanged: bool) -> dict[str, float | int | str]:
    times: dict[str, list[float]] = {"bare": [], "hands": []}
    with tempfile.TemporaryDirectory(prefix="bench-cargo-") as scratch:
        at = Path(scratch)
        first = (
            shutil.copytree(crate, at / "bare", ignore=shutil.ignore_patterns("target", ".git"))
            if crate
            else invented(at / "bare")
        )
        second = shutil.copytree(first, at / "hands")
        hands, sandbox = through(second, at / "target-hands", which)
        ways = {"bare": (first, bare(first, at / "target-bare")), "hands": (second, hands)}
        source = next(path for path in (Path("src/lib.rs"), Path("src/main.rs")) if (first / path).exists())
        for n in range(rounds + 2):
            for name in sorted(ways, reverse=bool(n % 2)):
                folder, check = ways[name]
                if not unchanged:
                    with (folder / source).open("a") as file:
                        file.write(f"// {n}\n")
                began = time.perf_counter()
                check()
                if n > 1:  # the first rounds build, and fill caches
                    times[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    ratio = statistics.median(hands / bare for hands, bare in zip(times["hands"], times["bare"], strict=True))
    return {
        "bare_s": medians["bare"],
        "hands_s": medians["hands"],
        "hands_over_bare": ratio,
        "sandbox": sandbox,
        "rounds": rounds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--crate", type=Path)
    parser.add_argument("--sandbox", default="auto")
    parser.add_argument("--unchanged", action="store_true")
    said = parser.parse_args()
    figures = measure(said.crate, said.sandbox, said.rounds, said.unchanged)
    if said.json:
        print(
            json.dumps(
                {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}
            )
        )
        return
    print(f"bare cargo check   {figures['bare_s']:.3f} s")
    print(f"through the hands  {figures['hands_s']:.3f} s, in {figures['sandbox']}")
    print(f"ratio              {figures['hands_over_bare']:.2f} (goal: at most 1.3)")


if __name__ == "__main__":
    main()
