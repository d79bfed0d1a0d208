"""What is kept of the items of a crate: digests of what is compared, and what is shown, as rows of `kept_apis`.

Left out are implementations of traits, and all of a crate with more than `MOST_KEPT` paths.
"""

import re
from collections.abc import Callable, Iterator
from hashlib import sha256

from rusta.mirror.api import CrateApi, PublicItem
from rusta.mirror.fact import short
from rusta.mirror.item_shapes import NameScope, function_shape, rust_tokens

MOST_KEPT = 60_000  # paths of a crate
LONGEST_SIGNATURE, LONGEST_NOTE = 300, 200  # characters
QUALIFIER = re.compile(r"\b(?:const|unsafe) +(?=(?:async +|unsafe +|extern +)*fn\b)")


def item_rows(api: CrateApi, on: Callable[[str], bool]) -> Iterator[tuple[object, ...]]:
    """Yield a row for each item. `on` tells of the predicate of a `cfg` whether it holds with the default features."""
    items = [one for one in api.items if one.kind not in ("impl", "use", "package", "crate")]
    for one in items if len(items) <= MOST_KEPT else ():
        yield _row(one, on)


def _row(one: PublicItem, on: Callable[[str], bool]) -> tuple[object, ...]:
    place = _digest("\0".join((one.crate, *map(str, one.place))) if one.file else one.path)
    shape, words, constant = one.shape, " ".join(rust_tokens(one.signature)), False
    if one.kind in ("fn", "method"):
        constant = "const" in one.signature.partition("fn")[0].split()
        words = function_shape(rust_tokens(one.signature), NameScope(lambda path: path[-1]))
        shape, words = (" ".join(QUALIFIER.sub("", text).split()) for text in (shape, words))
    parts = (_parts(shape), _parts(words))
    gate = "" if not one.gate or on(f"all({one.gate})") else one.gate
    return (
        one.path, one.path.rpartition("::")[2], one.kind, *parts[0], *parts[1], short(one.signature, LONGEST_SIGNATURE),
        short(one.deprecated, LONGEST_NOTE), short(gate, LONGEST_NOTE), one.unsafe, constant,
        f"{one.crate}/{one.file}" if one.crate else one.file, place,
    )  # fmt: skip


def _parts(shape: str) -> tuple[str, str]:
    """Digests of what is compared and of the bounds behind it, as `rusta.mirror.item_shapes` writes them."""
    before, mark, bounds = shape.rpartition("|")
    if not mark:
        return _digest(shape), ""
    return _digest(before), " ".join(_digest(one)[:8] for one in bounds.split(";") if one)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
