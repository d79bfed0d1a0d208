"""Questions on real changes of published crates since November 2025, put to the mirrors, to the library alone, and to a mind alone.

The crates' sources are those of exactly the versions that the questions name, in a cargo home and a home of Rusta's of the benchmark's own:
each mirror is added at the older version and reflected on once, so that there are notes. A run that was killed goes on.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.truth.minds import KeptAnswers, awake
from benchmarks.truth.questions import Question, Verdict, read, shares
from rusta.core.errors import RustaError
from rusta.core.home import Home, standard
from rusta.core.network import Network
from rusta.core.output import counted

QUESTIONS = Path(__file__).resolve().parent.parent.parent / "tests" / "mirror" / "questions.jsonl"
MODELS = {"bare": "qwen2_5_coder_0_5b", "bare_1_5b": "qwen2_5_coder_1_5b"}
MOST_TOKENS = 120
Asked = Callable[[str], str]


@dataclass(frozen=True)
class ChangeQuestion:
    """A question with its grader, the two versions of the crate that it is about, and who wrote it.

    "author" before the code, "author, held out" on crates that the code was never tried on, "reader" somebody who saw no code."""

    graded: Question
    crate: str
    old: str
    new: str
    by: str


def change_questions(path: Path = QUESTIONS) -> list[ChangeQuestion]:
    """Return the questions of a file of JSON lines."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        ChangeQuestion(graded, row["crate"], row["old"], row["new"], row["by"])
        for graded, row in zip(read(path), rows, strict=True)
    ]


def question_figures(work: Path, fresh: bool, show: bool) -> dict[str, object]:
    """Ask every question in every way; return the shares of right, wrong and silent answers. `work` keeps what was made."""
    folder, every = work / "questions", change_questions()
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    kept = KeptAnswers(folder / "answers.jsonl", fresh=False)
    facts: dict[str, object] = {
        "questions": len(every),
        "questions_by_reader": sum(one.by == "reader" for one in every),
    }
    with _own_cargo_home(folder / "cargo", every):
        home = Home(str(folder / "home"), "")
        _reflected(home, every)
        _documented(home)
        for arm, said in (
            ("mirror", _mirror(home)),
            ("mirror_chat", _chat(home)),
            ("library", _library(home, folder, every)),
        ):
            verdicts = [_graded(one, said, arm, show) for one in every]
            facts |= shares(verdicts, arm)
            for by in dict.fromkeys(one.by for one in every):
                of = [verdict for one, verdict in zip(every, verdicts, strict=True) if one.by == by]
                facts |= shares(of, f"{arm}_{by.rpartition(', ')[2].replace(' ', '_')}")
    for arm, model in MODELS.items():
        try:
            said = _mind(Home(str(standard()), ""), model)
        except RustaError as refusal:
            print(f"{arm}: left out: {refusal}", file=sys.stderr)
            continue
        facts |= shares([kept.verdict(one.graded, f"bare {model}", said) for one in every], arm)
    return facts


def _graded(one: ChangeQuestion, said: Asked, arm: str, show: bool) -> Verdict:
    answer = said(one.graded.question)
    verdict = one.graded.grade(answer)
    if show and verdict is not Verdict.RIGHT:
        print(f"\n## {arm} {one.graded.id} {verdict}: {one.graded.question}\n{answer}\n", file=sys.stderr)
    return verdict


@contextmanager
def _own_cargo_home(folder: Path, every: Sequence[ChangeQuestion]) -> Iterator[None]:
    """Run with a cargo home that holds the named versions and nothing else; what this machine lacks is brought by cargo."""
    from rusta.mirror.releases import CrateUpstream

    sources = folder / "registry" / "src" / "copied"
    for name, version in sorted({(one.crate, version) for one in every for version in (one.old, one.new)}):
        to = sources / f"{name}-{version}"
        if not to.is_dir():
            partial = to.with_name(f".{to.name}")
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(CrateUpstream(name, Network(online=True)).files(version).root, partial)
            partial.rename(to)
    before = os.environ.get("CARGO_HOME")
    os.environ["CARGO_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["CARGO_HOME"]
        else:
            os.environ["CARGO_HOME"] = before


def _reflected(home: Home, every: Sequence[ChangeQuestion]) -> None:
    """Add a mirror of each crate at its oldest version, and reflect on it where that was not done."""
    from rusta.memory.recall.recall import Memory, Vectors
    from rusta.mirror.reflection import MirrorJournal
    from rusta.mirror.reflection_cycle import ReflectionCycle
    from rusta.mirror.registry_index import version_order
    from rusta.mirror.release_mirrors import ReleaseMirrors

    releases = ReleaseMirrors(home, Network(online=False))
    cycle = ReflectionCycle(releases, MirrorJournal(Memory(home, vectors=Vectors.none), home.mirrors), step=counted)
    for crate in sorted({one.crate for one in every}):
        name = f"crate:{crate}"
        if name not in releases.here():
            releases.add(name, min((one.old for one in every if one.crate == crate), key=version_order))
        if releases.waits(name):
            cycle.run(name)


def _documented(home: Home) -> None:
    """Index the installed documentation, where there is one: the library answers from it."""
    from rusta.library.documentation import Documentation
    from rusta.library.index import Library
    from rusta.tools.toolchain import Installed

    documentation = Documentation.of(Installed(Path(Path.cwd().anchor)).bin)
    if documentation:
        Library.build(home, documentation, counted("pages of Rust's documentation")).close()


def _mirror(home: Home) -> Asked:
    """What `rusta mirror ask` says."""
    from rusta.memory.recall.recall import Memory, Vectors
    from rusta.mirror.mirror_answers import MirrorAnswers

    answers = MirrorAnswers(home, Memory(home, vectors=Vectors.none), step=counted)
    return lambda question: answers.ask(question).text


def _chat(home: Home) -> Asked:
    """What `rusta ask` says outside a crate, where the mirrors are asked before the library."""
    from rusta.loop.read.changed_crates import ChangedCrates
    from rusta.loop.read.library_answers import LibraryAnswers
    from rusta.memory.recall.recall import Memory, Vectors
    from rusta.mirror.mirror_answers import MirrorAnswers

    changed = ChangedCrates(MirrorAnswers(home, Memory(home, vectors=Vectors.none), step=counted))
    answers = LibraryAnswers(home, Path(Path.cwd().anchor), changed=changed)

    def said(question: str) -> str:
        found = answers.answer(question)
        return found.text if found else ""

    return said


def _library(home: Home, folder: Path, every: Sequence[ChangeQuestion]) -> Asked:
    """What she says in a workspace that is locked to the newer versions, without mirrors."""
    from rusta.loop.read.library_answers import LibraryAnswers

    root = folder / "workspace"
    (root / "src").mkdir(parents=True, exist_ok=True)
    (root / "src" / "lib.rs").write_text("")
    newest = {one.crate: one.new for one in every}
    wanted = "".join(f'{name} = "={version}"\n' for name, version in newest.items())
    (root / "Cargo.toml").write_text(
        f'[package]\nname = "asks"\nversion = "0.1.0"\nedition = "2024"\n[dependencies]\n{wanted}'
    )
    locked = [
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = "registry+https://index.example/"\n'
        for name, version in sorted(newest.items())
    ]
    named = ", ".join(f'"{name}"' for name in sorted(newest))
    own = f'[[package]]\nname = "asks"\nversion = "0.1.0"\ndependencies = [{named}]\n'
    (root / "Cargo.lock").write_text("\n".join(["version = 4\n", own, *locked]))
    answers = LibraryAnswers(home, root, root)

    def said(question: str) -> str:
        found = answers.answer(question)
        return found.text if found else ""

    return said


@cache
def _mind(home: Home, model: str) -> Asked:
    """What a model says to the question alone. Raises `RustaError` where its weights are not here."""
    from rusta.identity.turns import Role, Turn
    from rusta.mind.mind import Generation

    mind, _ = awake(home, model)
    generation = Generation(max_tokens=MOST_TOKENS, temperature=0.0)
    return lambda question: "".join(one.text for one in mind.stream([Turn(Role.PERSON, question)], generation))
