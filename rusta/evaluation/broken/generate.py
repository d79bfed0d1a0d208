"""Which broken crates there are: seeds times mistakes, verified by the real cargo, the same ones for the same seed.

A crate is taken when cargo's first error is one that the mistake was meant to raise. What cargo said is kept in
a cache by the content that it was said of, so that the second time costs nothing.
"""

import functools
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rusta.errors import RustaError
from rusta.evaluation.broken import items, lifetimes, ownership, values  # noqa: F401  registers the operators
from rusta.evaluation.broken.compiler import Compiler
from rusta.evaluation.broken.mutation import HARD, OPERATORS, Operator, apply, digest, family
from rusta.evaluation.broken.source import Source

SEEDS = Path(__file__).parent / "seeds"
HARD_SHARE = 0.45  # of ownership, borrowing and lifetimes; at least a third is asked for
CODE_SHARE = 0.12  # that one code may have at most
PER_OPERATOR = 3
PATIENCE = 40  # verified places of one mistake that came to nothing, before it is given up


class TooFewBroken(RustaError):
    """The seeds do not give as many broken crates as were asked for."""


@dataclass(frozen=True)
class Broken:
    """One broken crate: which seed, which mistake, where, and the first error's code."""

    name: str
    seed: str
    mistake: str
    path: str
    code: str
    text: str  # of the file that was broken

    @property
    def family(self) -> str:
        """Of its code."""
        return family(self.code)

    def write(self, folder: Path) -> Path:
        """Put the crate on disk, replacing what was there."""
        shutil.rmtree(folder, ignore_errors=True)
        copy(SEEDS / self.seed, folder)
        (folder / self.path).write_text(self.text, encoding="utf-8")
        return folder


def copy(crate: Path, folder: Path) -> Path:
    """A crate's files with times of now: cargo believes times. Build outputs stay behind."""
    for path in sorted(crate.rglob("*")):
        inside = path.relative_to(crate)
        if path.is_file() and inside.parts[0] not in ("target", ".git"):
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / inside)
    return folder


@dataclass(frozen=True)
class Place:
    """A mistake at a place of a seed, not yet verified."""

    seed: str
    path: str
    text: bytes

    @property
    def digest(self) -> str:
        """By content: of the whole seed, and of the file as it is broken."""
        parts = [path.read_bytes() for path in sorted((SEEDS / self.seed).rglob("*")) if path.is_file()]
        return digest(self.seed, self.path, self.text, *parts)


class Verdicts:
    """What cargo said of each place, kept on disk."""

    def __init__(self, cache: Path) -> None:
        self.compiler = Compiler(cache / "target")
        self.scratch = cache / "scratch"
        self.file = cache / "verdicts.jsonl"
        rows = self.file.read_text(encoding="utf-8").splitlines() if self.file.is_file() else []
        self.known: dict[str, str] = {}
        for row in rows:
            if row.endswith("}"):  # a row that was cut off by a kill is asked again
                said = json.loads(row)
                self.known[said["digest"]] = said["code"]
        self.asked = 0

    def code(self, place: Place) -> str:
        """The first error's code; empty when it compiles."""
        key = place.digest
        if key not in self.known:
            self.asked += 1
            folder = self.scratch / place.seed
            shutil.rmtree(folder, ignore_errors=True)
            copy(SEEDS / place.seed, folder)
            (folder / place.path).write_bytes(place.text)
            found = self.compiler.check(folder)
            self.known[key] = found[0].code if found else ("" if found == [] else "none")
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"digest": key, "code": self.known[key]}) + "\n")
        return self.known[key]


def places(operator: Operator, chance: random.Random) -> list[Place]:
    """Everywhere in the seeds where a mistake can be made, in a random order that takes the seeds in turn."""
    per_seed: list[list[Place]] = []
    for seed in sorted(path.name for path in SEEDS.iterdir() if path.is_dir()):
        found: dict[bytes, Place] = {}
        for source in _sources(seed):
            for site in operator.find(source):
                text = apply(source.text, site)
                if text != source.text:
                    found.setdefault(text, Place(seed, source.path, text))
        if found:
            per_seed.append(chance.sample(list(found.values()), len(found)))
    chance.shuffle(per_seed)
    return [group[n] for n in range(max(map(len, per_seed), default=0)) for group in per_seed if n < len(group)]


@functools.cache
def _sources(seed: str) -> list[Source]:
    home = SEEDS / seed
    return [Source(str(path.relative_to(home)), path.read_bytes()) for path in sorted((home / "src").rglob("*.rs"))]


def generate(
    cache: Path, n: int = 72, seed: int = 0, told: Callable[[int, int], None] = lambda done, of: None
) -> list[Broken]:
    """`n` broken crates, no two the same. Raises `TooFewBroken`."""
    chance = random.Random(seed)
    verdicts = Verdicts(cache)
    per_code = max(2, int(CODE_SHARE * n))
    per_seed = max(4, -(-3 * n // (2 * len([path for path in SEEDS.iterdir() if path.is_dir()]))))
    taken: list[Broken] = []
    codes: Counter[str] = Counter()
    seeds: Counter[str] = Counter()
    texts: set[str] = set()

    def candidates(operator: Operator, order: list[Place]) -> Iterator[Broken]:
        """Verified crates of one mistake; a code that it has given already waits for the others."""
        mine: Counter[str] = Counter()
        missed = 0
        for place in order:
            if missed >= PATIENCE:
                return
            code = verdicts.code(place) if seeds[place.seed] < per_seed else ""
            text = place.text.decode()
            limit = 3 if code == "syntax" else per_code
            if code not in operator.intends or codes[code] >= limit or text in texts or mine[code] >= 2:
                missed += 1
                continue
            mine[code] += 1
            texts.add(text)
            codes[code] += 1
            seeds[place.seed] += 1
            name = f"{place.seed}-{code.lower()}-{digest(place.text)[:6]}"
            yield Broken(name, place.seed, operator.name, place.path, code, text)

    rounds: dict[bool, list[Iterator[Broken]]] = {True: [], False: []}
    for name in chance.sample(sorted(OPERATORS), len(OPERATORS)):
        operator = OPERATORS[name]
        rounds[operator.hard].append(candidates(operator, places(operator, chance)))
    used: Counter[int] = Counter()
    while len(taken) < n and any(rounds.values()):
        hard = sum(broken.family in HARD for broken in taken)
        wanted = hard < HARD_SHARE * (len(taken) + 1)
        line = rounds[wanted] or rounds[not wanted]
        current = line.pop(0)
        found = next(current, None)
        if found is not None:
            taken.append(found)
            told(len(taken), n)
            used[id(current)] += 1
            if used[id(current)] < PER_OPERATOR:
                line.append(current)
    if len(taken) < n:
        raise TooFewBroken(f"The seeds give {len(taken)} different broken crates, and {n} were asked for.")
    return taken


def kept(
    cache: Path, n: int = 72, seed: int = 0, told: Callable[[int, int], None] = lambda done, of: None
) -> list[Broken]:
    """As `generate`, from the cache when the seeds and the mistakes are what they were."""
    here = sorted([*Path(__file__).parent.glob("*.py"), *SEEDS.rglob("*.rs"), *SEEDS.rglob("Cargo.toml")])
    state = digest(*(path.read_bytes() for path in here), str(n), str(seed))
    file = cache / f"broken-{state}.json"
    if file.is_file():
        told(n, n)
        return [Broken(**row) for row in json.loads(file.read_text(encoding="utf-8"))]
    found = generate(cache, n, seed, told)
    making = file.with_suffix(".making")
    making.write_text(json.dumps([asdict(broken) for broken in found], indent=1), encoding="utf-8")
    making.replace(file)
    return found
