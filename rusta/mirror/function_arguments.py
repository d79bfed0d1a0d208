"""How many arguments a function takes, and of which types, read from its signature as it is written."""

from collections.abc import Sequence

from rusta.mirror.item_shapes import group, head, rust_tokens, split_at


def function_arguments(signature: str) -> tuple[int, list[str]] | None:
    """Return how many arguments a function's signature has (the receiver does not count), and their types as written."""
    of = rust_tokens(signature)
    if "fn" not in of or "…" in of:
        return None
    said = head(of, "fn")
    if said.rest[:1] != ["("]:
        return None
    inputs = split_at(said.rest[1 : group(said.rest, 0) - 1], ",")
    given = [one for one in inputs if not _receiver(one)]
    return len(given), ["".join(one[one.index(":") + 1 :] if ":" in one else one) for one in given]


def _receiver(part: Sequence[str]) -> bool:
    before = part[: part.index(":")] if ":" in part else part
    return before[-1:] == ["self"]
