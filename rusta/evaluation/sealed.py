"""The evaluation after every training: does the model prefer Rusta's voice to that of a generic assistant?

Each sealed page has a twin with the same facts and code in a generic style. The margin of a page is the nats per token
of the twin minus those of the page itself; it rises when training moves the model towards Rusta's voice. No judge model
is needed; results are paired by page, with a bootstrap interval over pages.

Not covered: whether text that the model generates has this voice, and whether it is true.
"""

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

from rusta.core.derived_files import recalled
from rusta.core.errors import RustaError
from rusta.core.home import keep_derived
from rusta.data import corpus
from rusta.data.pages import Page, PageKind
from rusta.data.render import Example, render

DRAWS = 10_000
TOGETHER = 4  # pairs in one pack: long sequences use a CPU better, and memory limits them


@dataclass(frozen=True)
class Nats:
    """Mean nats per token of one text: of all tokens that carry loss, and of the prose outside code fences."""

    all: float
    prose: float


@dataclass(frozen=True)
class Pair:
    """One model's scores of a sealed page and of its twin."""

    name: str
    hers: Nats
    generic: Nats


@dataclass(frozen=True)
class MarginChange:
    """A mean change over the pages, with the 95 % interval of a paired bootstrap."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class SealedReport:
    """Base and trained model compared. Margin is `generic` minus `hers`; all in nats per token."""

    pages: int
    base_hers: float
    base_generic: float
    hers: float
    generic: float
    margin: MarginChange  # how far it rose
    hers_change: MarginChange  # negative is better
    generic_change: MarginChange
    prose_margin: MarginChange
    prose_hers_change: MarginChange
    prose_generic_change: MarginChange

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, rounded to four digits."""
        return json.loads(json.dumps(asdict(self)), parse_float=lambda number: round(float(number), 4))


def sealed_twins() -> list[tuple[Page, Page]]:
    """Return every sealed page with its twin. Raises `RustaError` if one of the two is missing."""
    by_name: dict[str, dict[str, Page]] = {}
    for page in corpus.pages(PageKind.SEALED):
        by_name.setdefault(page.path.parent.name, {})[page.path.name] = page
    alone = [name for name, found in by_name.items() if set(found) != {"hers.md", corpus.GENERIC}]
    if alone:
        raise RustaError(
            f"Sealed pages without their twin: {', '.join(alone)}. Each folder has hers.md and {corpus.GENERIC}."
        )
    return [(found["hers.md"], found[corpus.GENERIC]) for _, found in sorted(by_name.items())]


def score(model: Any, tokenizer: Any, longest: int, told: Callable[[int, int], None] = lambda *_: None) -> list[Pair]:
    """Return the scores of every pair under `model`, a few pairs in one pack. `told(done, of)` reports progress."""
    found: list[Pair] = []
    everything = sealed_twins()
    for start in range(0, len(everything), TOGETHER):
        some = everything[start : start + TOGETHER]
        each = nats(model, [render(page, tokenizer, longest) for pair in some for page in pair])
        found += [Pair(some[n][0].path.parent.name, each[2 * n], each[2 * n + 1]) for n in range(len(some))]
        told(len(found), len(everything))
    return found


def nats(model: Any, examples: Sequence[Example]) -> list[Nats]:
    """Return the mean nats per token of each example, all read in one pack."""
    import torch

    from rusta.mind.forward import hidden_states
    from rusta.mind.loss import token_nats
    from rusta.mind.packing import pack

    batch = pack(examples).to(next(model.parameters()).device)
    with torch.inference_mode():
        hidden, head = hidden_states(model, batch)
        each = token_nats(hidden, head, batch.targets).double().cpu()
    found = []
    for example in examples:
        carried = [
            prose for target, prose in zip(example.targets[1:], example.prose[1:], strict=True) if target != -100
        ]
        own, each = each[: len(carried)], each[len(carried) :]
        spoken = own[torch.tensor(carried, dtype=torch.bool)]
        found.append(Nats(float(own.mean()), float(spoken.mean())))
    return found


def compare(base: Sequence[Pair], trained: Sequence[Pair], seed: int = 0) -> SealedReport:
    """Compare base and trained model, page by page."""

    def mean(values: Sequence[float]) -> float:
        return sum(values) / len(values)

    def change(of: Callable[[Pair], float]) -> MarginChange:
        return bootstrap([of(after) - of(before) for before, after in zip(base, trained, strict=True)], seed)

    return SealedReport(
        pages=len(base),
        base_hers=mean([p.hers.all for p in base]),
        base_generic=mean([p.generic.all for p in base]),
        hers=mean([p.hers.all for p in trained]),
        generic=mean([p.generic.all for p in trained]),
        margin=change(lambda p: p.generic.all - p.hers.all),
        hers_change=change(lambda p: p.hers.all),
        generic_change=change(lambda p: p.generic.all),
        prose_margin=change(lambda p: p.generic.prose - p.hers.prose),
        prose_hers_change=change(lambda p: p.hers.prose),
        prose_generic_change=change(lambda p: p.generic.prose),
    )


def bootstrap(differences: Sequence[float], seed: int, draws: int = DRAWS) -> MarginChange:
    """Return mean and percentile interval of a bootstrap over pages (Efron 1979)."""
    draw = random.Random(seed)
    size = len(differences)
    means = sorted(sum(draw.choices(differences, k=size)) / size for _ in range(draws))
    return MarginChange(sum(differences) / size, means[round(0.025 * draws)], means[round(0.975 * draws) - 1])


def is_remembered(folder: Path, key: str) -> bool:
    """Whether `remembered` would not have to compute."""
    return _kept(folder, key).is_file()


def remembered(folder: Path, key: str, compute: Callable[[], list[Pair]]) -> list[Pair]:
    """Return the base's scores, which training does not change: computed once per weights and corpus, then cached."""
    path = _kept(folder, key)
    found = recalled(path, _parsed)
    if found is None:
        found = compute()
        keep_derived(path, json.dumps([asdict(pair) for pair in found], indent=1))
    return found


def _parsed(raw: bytes) -> list[Pair]:
    """Parse the scores of all sealed pages. Raises `ValueError` if one is not a number."""
    found = [Pair(str(row["name"]), Nats(**row["hers"]), Nats(**row["generic"])) for row in json.loads(raw)]
    numbers = [value for pair in found for nats in (pair.hers, pair.generic) for value in astuple(nats)]
    if not found or not all(isinstance(value, float | int) for value in numbers):
        raise ValueError("scores that are no numbers")
    return found


def _kept(folder: Path, key: str) -> Path:
    digest = hashlib.sha256(f"{key} {_corpus_hash()}".encode()).hexdigest()[:16]
    return folder / f"{digest}.json"


def _corpus_hash() -> str:
    texts = [page.path.read_bytes() for page in corpus.pages(PageKind.SEALED)]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()
