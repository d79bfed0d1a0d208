"""Generate broken crates: seed crates times mutations, verified by real cargo, and reproducible by random seed.

A crate is accepted if cargo's first error is one that the mutation was meant to cause. Cargo's verdicts are cached by
content, so a second run costs nothing.
"""

import functools
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.data.mutation import items, lifetimes, ownership, values  # noqa: F401  registers the operators
from rusta.data.mutation.judge import code as code_of
from rusta.data.mutation.judge import first_error
from rusta.data.mutation.mutation import HARD, OPERATORS, Operator, apply_site, digest, family
from rusta.data.mutation.source import RustSource
from rusta.tools.cargo import Cargo
from rusta.tools.sandbox.base import Limits
from rusta.tools.sandbox.none import Unconfined

SEEDS = Path(__file__).parent / "seeds"
HARD_SHARE = 0.45  # share of ownership, borrowing and lifetimes; at least a third is required
CODE_SHARE = 0.1  # maximum share of one error code
PER_OPERATOR = 3
LOOK = 5  # verified crates of one mutation, of which the rarest is taken
PATIENCE = 40  # verified but rejected sites of one mutation, after which it is given up


class TooFewBroken(RustaError):
    """The seeds do not give as many broken crates as requested."""


@dataclass(frozen=True)
class Broken:
    """One broken crate: its seed, mutation, file, and the code of its first error."""

    name: str
    seed: str
    mistake: str
    path: str
    code: str
    text: str  # of the mutated file

    @property
    def family(self) -> str:
        """The family of its error code."""
        return family(self.code)

    def write(self, folder: Path) -> Path:
        """Write the crate to disk, replacing what was there."""
        shutil.rmtree(folder, ignore_errors=True)
        copy(SEEDS / self.seed, folder)
        (folder / self.path).write_text(self.text, encoding="utf-8")
        return folder


def copy(crate: Path, folder: Path) -> Path:
    """Copy a crate's files without build outputs, with new modification times, by which cargo detects changes."""
    for path in sorted(crate.rglob("*")):
        inside = path.relative_to(crate)
        if path.is_file() and inside.parts[0] not in ("target", ".git"):
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / inside)
    return folder


@dataclass(frozen=True)
class MutationSite:
    """A mutation at a site of a seed, not yet verified."""

    seed: str
    path: str
    text: bytes

    @property
    def digest(self) -> str:
        """A hash of the whole seed and of the mutated file."""
        parts = [path.read_bytes() for path in sorted((SEEDS / self.seed).rglob("*")) if path.is_file()]
        return digest(self.seed, self.path, self.text, *parts)


class Verdicts:
    """Cargo's verdict on each mutated crate, cached on disk.

    Cargo runs without a sandbox: the seeds are part of the project.
    """

    def __init__(self, cache: Path) -> None:
        self.scratch, self.target = cache / "scratch", cache / "target"
        self.file = cache / "verdicts.jsonl"
        rows = self.file.read_text(encoding="utf-8").splitlines() if self.file.is_file() else []
        # An incomplete row, from a kill, is computed again.
        said = (json.loads(row) for row in rows if row.endswith("}"))
        self.known: dict[str, str] = {row["digest"]: row["code"] for row in said}

    def code(self, place: MutationSite) -> str:
        """Return the first error's code; empty if the crate compiles."""
        key = place.digest
        if key not in self.known:
            folder = copy(SEEDS / place.seed, self.scratch / place.seed)
            (folder / place.path).write_bytes(place.text)
            cargo = Cargo(folder, Unconfined(), self.target, Limits(seconds=600))
            error = first_error(cargo.check(all_targets=True))
            self.known[key] = code_of(error) if error else ""
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"digest": key, "code": self.known[key]}) + "\n")
        return self.known[key]


def places(operator: Operator, chance: random.Random) -> list[MutationSite]:
    """Return all sites of a mutation in the seeds, in a random order that alternates between seeds."""
    per_seed: list[list[MutationSite]] = []
    for seed in sorted(path.name for path in SEEDS.iterdir() if path.is_dir()):
        found: dict[bytes, MutationSite] = {}
        for source in _sources(seed):
            for site in operator.find(source):
                text = apply_site(source.text, site)
                if text != source.text:
                    found.setdefault(text, MutationSite(seed, source.path, text))
        if found:
            per_seed.append(chance.sample(list(found.values()), len(found)))
    chance.shuffle(per_seed)
    return [group[n] for n in range(max(map(len, per_seed), default=0)) for group in per_seed if n < len(group)]


@functools.cache
def _sources(seed: str) -> list[RustSource]:
    home = SEEDS / seed
    return [RustSource(str(path.relative_to(home)), path.read_bytes()) for path in sorted((home / "src").rglob("*.rs"))]


@dataclass(frozen=True)
class MutationQuota:
    """The maximum number of crates with the same code, and from the same seed."""

    per_code: int
    per_seed: int

    def leave_room(self, code: str, seed: str, codes: Counter[str], seeds: Counter[str]) -> bool:
        """Whether one more crate with this code and seed is allowed."""
        return codes[code] < (3 if code == "syntax" else self.per_code) and seeds[seed] < self.per_seed


@dataclass
class MutationQueue:
    """The crates of one mutation: sites in a fixed order, verified as needed."""

    operator: Operator
    rest: Iterator[MutationSite]
    verdicts: Verdicts
    given: int = 0
    missed: int = 0
    pool: list[Broken] = field(default_factory=list)

    def next(self, taken: Sequence[Broken], room: MutationQuota) -> Broken | None:
        """Return the crate whose code, then whose seed, is rarest so far; None if there is none left."""
        codes, seeds = Counter(broken.code for broken in taken), Counter(broken.seed for broken in taken)
        self.pool = [broken for broken in self.pool if room.leave_room(broken.code, broken.seed, codes, seeds)]
        while len(self.pool) < LOOK and self.missed < PATIENCE and self.given < PER_OPERATOR:
            place = next(self.rest, None)
            if place is None:
                break
            if seeds[place.seed] >= room.per_seed:
                continue
            code = self.verdicts.code(place)
            if code in self.operator.intends and room.leave_room(code, place.seed, codes, seeds):
                name = f"{place.seed}-{code.lower()}-{digest(place.text)[:6]}"
                self.pool.append(Broken(name, place.seed, self.operator.name, place.path, code, place.text.decode()))
            else:
                self.missed += 1
        if not self.pool or self.given == PER_OPERATOR:
            return None
        self.given += 1
        chosen = min(self.pool, key=lambda broken: (codes[broken.code], seeds[broken.seed]))
        self.pool.remove(chosen)
        return chosen


def generate(
    cache: Path, n: int = 72, seed: int = 0, told: Callable[[int, int], None] = lambda done, of: None
) -> list[Broken]:
    """Return `n` different broken crates. Raises `TooFewBroken`."""
    chance, verdicts = random.Random(seed), Verdicts(cache)
    seeds = [path for path in SEEDS.iterdir() if path.is_dir()]
    room = MutationQuota(max(2, int(CODE_SHARE * n)), max(4, -(-3 * n // (2 * len(seeds)))))
    lines: dict[bool, list[MutationQueue]] = {True: [], False: []}
    for name in chance.sample(sorted(OPERATORS), len(OPERATORS)):
        operator = OPERATORS[name]
        lines[operator.hard].append(MutationQueue(operator, iter(places(operator, chance)), verdicts))
    taken: list[Broken] = []
    while len(taken) < n and any(lines.values()):
        hard = sum(broken.family in HARD for broken in taken)
        wanted = hard < HARD_SHARE * (len(taken) + 1)
        queue = lines[wanted] or lines[not wanted]
        line = queue.pop(0)
        found = line.next(taken, room)
        if found is None:
            continue
        queue.append(line)
        if all(found.text != broken.text for broken in taken):
            taken.append(found)
            told(len(taken), n)
    if len(taken) < n:
        raise TooFewBroken(f"The seeds give {len(taken)} different broken crates, and {n} were asked for.")
    return taken


def generate_cached(
    cache: Path, n: int = 72, seed: int = 0, told: Callable[[int, int], None] = lambda done, of: None
) -> list[Broken]:
    """Return the result of `generate`, from the cache if seeds and mutations are unchanged."""
    modules = (generate.__module__, *(operator.find.__module__ for operator in OPERATORS.values()))
    here = {Path(__file__).with_name(f"{name.rpartition('.')[2]}.py") for name in modules}
    here |= {path for path in SEEDS.rglob("*") if path.is_file()}
    state = digest(*(path.read_bytes() for path in sorted(here)), str(n), str(seed))
    file = cache / f"broken-{state}.json"
    if file.is_file():
        return [Broken(**row) for row in json.loads(file.read_text(encoding="utf-8"))]
    found = generate(cache, n, seed, told)
    making = file.with_suffix(".making")
    making.write_text(json.dumps([asdict(broken) for broken in found], indent=1), encoding="utf-8")
    making.replace(file)
    return found
