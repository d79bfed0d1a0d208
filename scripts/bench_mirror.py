#!/usr/bin/env python3
"""What the mirror tells of changes, beside what is true: public APIs beside rustdoc's JSON, times, sizes, and releases replayed.

    .venv/bin/python scripts/bench_mirror.py [--parts api,speed] [--json] [--upstreams DIR] [--rounds 3]
    .venv/bin/python scripts/bench_mirror.py --parts stale,questions --json
    .venv/bin/python scripts/bench_mirror.py --parts replay,size,words --upstreams DIR --json
    .venv/bin/python scripts/bench_mirror.py --quick       the first two pairs of releases, one round of the trees
    .venv/bin/python scripts/bench_mirror.py --parts api --only rand --fresh

api: the pairs of benchmarks/mirror/releases.toml. Cargo brings the sources (over the network, once) and rustdoc documents
both ends as JSON (RUSTC_BOOTSTRAP=1) in RUSTA_HOME/bench; a change is one (kind, public path, change), without auto and blanket
implementations. Every one that only one side tells is printed. What was measured is kept: a run that was killed goes on, --fresh begins
anew. speed: two trees of tokio and of burn 100 commits apart, from the bare repositories in --upstreams DIR. size: the tokens of the facts
of the same changes beside the raw diff's. replay: cycles over twelve releases of tokio without a mind; every change and every line of its
changelog is to stand in one note, and nothing is to be written twice. words: what the stand-in says beside the notes of one of these
releases, what of it the guard keeps, and whether its measured trust lets it speak. stale: the notes of benchmarks/mirror/notes.toml,
planted into journals and recalled: those whose item changed have to be flagged, the others not. questions: those of
tests/mirror/questions.jsonl on real changes since November 2025, put to the mirrors with notes, to the library alone and to minds
alone; right, wrong and silent are shares of them; --show prints the answers of mirrors and library that are not right.
With --json the last line of stdout is one object; progress and misses go to stderr.
"""

import argparse
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PARTS = ("api", "speed", "stale", "questions", "size", "replay", "words")
DEFAULT = ("api", "speed")
OF_UPSTREAMS = ("speed", "size", "replay", "words")
QUICK = 2
SHOWN = 100  # misses of a pair


def said() -> argparse.Namespace:
    """What the person asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line of stdout")
    parser.add_argument("--parts", default=",".join(DEFAULT), help=f"which of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help=f"only the first {QUICK} pairs, one round")
    parser.add_argument("--only", help="only the pair of this package")
    parser.add_argument("--upstreams", type=Path, help="where the bare repositories lie, for speed")
    parser.add_argument("--show", action="store_true", help="print answers that are not right, of questions")
    parser.add_argument("--rounds", type=int, default=3, help="of speed")
    parser.add_argument("--work", type=Path, help="where to work; default RUSTA_HOME/bench")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before; what rustdoc made stays")
    return parser.parse_args()


def main() -> int:
    """Measure, and print the figures."""
    from benchmarks.shell import reported

    asked = said()
    return reported(lambda: measured(asked), asked.json)


def measured(asked: argparse.Namespace) -> dict[str, object]:
    """Run the parts that were asked for; return their figures."""
    from rusta.core.errors import ConfigError
    from rusta.core.home import standard

    parts = [part for part in asked.parts.split(",") if part]
    if unknown := [part for part in parts if part not in PARTS]:
        raise ConfigError(f"--parts {unknown[0]}: there is no such part. There are: {', '.join(PARTS)}")
    work = (asked.work or standard() / "bench").resolve() / "mirror"
    work.mkdir(parents=True, exist_ok=True)
    figures = dict[str, object]()
    if "api" in parts:
        figures |= apis(asked, work)
    if needing := [part for part in parts if part in OF_UPSTREAMS]:
        if asked.upstreams is None:
            raise ConfigError(
                f"--parts {needing[0]} needs --upstreams DIR, where the bare repositories of tokio and burn lie."
            )
        figures |= of_upstreams(asked, parts, work)
    if "stale" in parts:
        from benchmarks.mirror.stale_notes import stale_figures

        figures |= stale_figures(work)
    if "questions" in parts:
        from benchmarks.mirror.change_questions import question_figures

        figures |= question_figures(work, asked.fresh, asked.show)
    return figures


def of_upstreams(asked: argparse.Namespace, parts: list[str], work: Path) -> dict[str, object]:
    """Run the parts that read real repositories."""
    from benchmarks.mirror import replay, sizes, trees, words
    from rusta.core.home import Home, standard

    figures, home = dict[str, object](), Home(str(standard()), str(work))
    if "speed" in parts:
        figures |= trees.speed_figures(asked.upstreams, 1 if asked.quick else asked.rounds)
    if "size" in parts:
        figures |= sizes.size_figures(asked.upstreams, sizes.counted_by_stand_in(home))
    if "replay" in parts:
        releases = replay.RELEASES[-3:] if asked.quick else replay.RELEASES
        figures |= replay.replay_figures(trees.upstream_folders(asked.upstreams)["tokio"], work / "replay", releases)
    if "words" in parts:
        figures |= words.words_figures(trees.upstream_folders(asked.upstreams)["tokio"], work / "words", home)
    return figures


def apis(asked: argparse.Namespace, work: Path) -> dict[str, object]:
    """Compare the pairs of the list, each beside rustdoc."""
    from benchmarks.mirror.compared import api_figures, compared, keep_row, recalled_rows
    from benchmarks.mirror.documented import listed
    from rusta.core.errors import RustaError

    file = work / "api.jsonl"
    if asked.fresh:
        file.unlink(missing_ok=True)
    rows, pairs = recalled_rows(file), listed()
    if asked.only:
        pairs = [pair for pair in pairs if pair.new.package == asked.only]
    found = []
    for pair in pairs[: QUICK if asked.quick else None]:
        name = f"{pair.new.package} {pair.old.version} {pair.new.version}"
        if (row := rows.get(name)) is None:
            try:
                row = compared(pair, work)
            except RustaError as refusal:
                print(f"{name:<32}left out: {refusal}", file=sys.stderr)
                continue
            keep_row(file, row)
        found.append(row)
        print(
            f"{name:<32}{row.units:>6} changes {row.both:>6} told {len(row.extra):>4} extra {len(row.missed):>4} missed"
            f"{row.seconds:>7.2f} s beside {row.rustdoc_seconds:.1f} s",
            file=sys.stderr,
        )
        for mark, units in (("+", row.extra), ("-", row.missed)):
            for kind, path, change in units[:SHOWN]:
                print(f"    {mark} {change} {kind} {path}", file=sys.stderr)
    return api_figures(found)


if __name__ == "__main__":
    sys.exit(main())
