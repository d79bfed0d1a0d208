"""Faults planted into a crate by the mutators: sites chosen by a seed, and only those that cargo says no longer compile."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.hands.measure import Case
from rusta.data.mutation.generate import copy
from rusta.data.mutation.judge import tests_only
from rusta.data.mutation.mutation import OPERATORS, Operator, apply_site, digest
from rusta.data.mutation.source import RustSource

LARGEST = 200_000  # bytes of a file that is mutated: some operators compare all pairs of nodes
PER_FILE = 2  # sites of one operator that are tried in one file
TRIES = 5  # sites of one operator that are tried in one crate
PER_CRATE = 2
MOST = 40  # tries in one crate


@dataclass(frozen=True)
class Planted:
    """One fault: the operator, the file with its new text, and the code of cargo's first error."""

    operator: str
    path: str
    code: str
    text: str

    def case(self, crate: str, healthy: Path, folder: Path) -> Case:
        """Write the broken crate below a folder, and return it as a case."""
        name = f"{crate}-{self.code.lower()}-{digest(self.path, self.text)[:6]}"
        broken = folder / name
        if not (broken / self.path).is_file():
            copy(healthy, broken)
        (broken / self.path).write_text(self.text, encoding="utf-8")
        return Case(name, self.code, broken, of=crate, mistake=self.operator)


class Kinds:
    """The operators in an order given by a seed; one that was used goes to the end, so that the faults are spread."""

    def __init__(self, seed: int) -> None:
        names = random.Random(seed).sample(sorted(OPERATORS), len(OPERATORS))
        self.order = {
            hard: [OPERATORS[name] for name in names if OPERATORS[name].hard is hard] for hard in (True, False)
        }

    def used(self, operator: Operator) -> None:
        """Put an operator at the end."""
        line = self.order[operator.hard]
        line.remove(operator)
        line.append(operator)


def sources(folder: Path) -> list[RustSource]:
    """Return the files of a crate that may be mutated: those of its libraries and programs, that can be read as text."""
    found = []
    for path in sorted(folder.rglob("*.rs")):
        inside = path.relative_to(folder)
        if "src" not in inside.parts or "target" in inside.parts or tests_only(inside):
            continue
        text = path.read_bytes()
        if len(text) <= LARGEST and _readable(text):
            found.append(RustSource(inside.as_posix(), text))
    return found


def _readable(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def sites(operator: Operator, files: Sequence[RustSource], chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield files with their new text, a few of each file, in an order given by `chance`."""
    for source in chance.sample(list(files), len(files)):
        found = list(operator.find(source))
        for site in chance.sample(found, min(PER_FILE, len(found))):
            if (text := apply_site(source.text, site)) != source.text:
                yield source.path, text


def plant(folder: Path, kinds: Kinds, chance: random.Random, code: Callable[[str, bytes], str]) -> list[Planted]:
    """Return the faults of one crate: of ownership, borrowing or lifetimes first, then another.

    `code` tells the code of cargo's first error of the crate with a changed file, "" where it compiles. As in `generate`, a
    fault counts where cargo says an error that the operator was meant to cause.
    """
    files = sources(folder)
    planted: list[Planted] = []
    tried = 0
    for hard in (True, False) * PER_CRATE:
        for operator in list(kinds.order[hard]) if len(planted) < PER_CRATE else ():
            found = None
            for number, (path, text) in enumerate(sites(operator, files, chance)):
                if number == TRIES or tried == MOST:
                    break
                tried += 1
                if (said := code(path, text)) in operator.intends:
                    found = Planted(operator.name, path, said, text.decode())
                    break
            if found:
                planted.append(found)
                kinds.used(operator)
                break
    return planted


def kept(file: Path, state: str, make: Callable[[], list[Planted]]) -> list[Planted]:
    """Return what was planted before in the same state (a digest), or plant and keep it."""
    if file.is_file():
        said = json.loads(file.read_text(encoding="utf-8"))
        if said["state"] == state:
            return [Planted(**row) for row in said["planted"]]
    planted = make()
    making = file.with_suffix(".making")
    rows = [asdict(one) for one in planted]
    making.write_text(json.dumps({"state": state, "planted": rows}, ensure_ascii=False), encoding="utf-8")
    making.replace(file)
    return planted
