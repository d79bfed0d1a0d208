"""A mutation: an injected mistake as a person makes it, and the error codes it is meant to cause."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from rusta.data.mutation.source import RustSource, SyntaxNode


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


FAMILIES = MappingProxyType(
    {
        "ownership": _codes("E0381 E0382 E0384 E0505 E0507 E0508 E0509 E0594 E0596"),
        "borrowing": _codes("E0499 E0500 E0501 E0502 E0503 E0506 E0515 E0597 E0712 E0713 E0716"),
        "lifetimes": _codes(
            "lifetime E0106 E0195 E0226 E0261 E0262 E0263 E0309 E0310 E0373 E0491 E0521 E0582 E0621 E0700 E0726"
        ),
        "types": _codes("E0069 E0070 E0271 E0282 E0283 E0284 E0308 E0317 E0605 E0606 E0608 E0614 E0600 E0604 E0618"),
        "traits": _codes(
            "E0038 E0046 E0049 E0050 E0053 E0117 E0186 E0185 E0191 E0220 E0277 E0369 E0404 E0407 E0437 E0782"
        ),
        "names": _codes("E0405 E0412 E0422 E0423 E0424 E0425 E0432 E0433 E0434 E0531 E0599 E0609 E0610 E0615"),
        "items": _codes(
            "E0004 E0005 E0023 E0026 E0027 E0057 E0060 E0061 E0063 E0072 E0107 E0364 E0365 E0428 E0451 E0560 "
            "E0603 E0616 E0624"
        ),
        "syntax": _codes("syntax"),
    }
)
HARD = ("ownership", "borrowing", "lifetimes")  # the families for which Rust is known as difficult
MOVES = FAMILIES["ownership"] | FAMILIES["borrowing"]
LIVES = FAMILIES["lifetimes"]


def family(code: str) -> str:
    """Return the family of an error code; `other` for one that is not listed."""
    return next((name for name, codes in FAMILIES.items() if code in codes), "other")


@dataclass(frozen=True)
class Splice:
    """A replacement of a byte range."""

    start: int
    end: int
    new: bytes = b""


Site = tuple[Splice, ...]


@dataclass(frozen=True)
class Operator:
    """A kind of mistake: where it can be made in a file, and the error codes that confirm it."""

    name: str
    intends: frozenset[str]
    find: Callable[[RustSource], Iterator[Site]]

    @property
    def hard(self) -> bool:
        """Whether it causes errors of ownership, borrowing or lifetimes."""
        return bool(self.intends & (MOVES | LIVES))


OPERATORS: dict[str, Operator] = {}


def operator(name: str, intends: str | frozenset[str]) -> Callable[..., Callable[[RustSource], Iterator[Site]]]:
    """Return a decorator that registers a function as an operator under this name."""
    codes = _codes(intends) if isinstance(intends, str) else intends

    def kept(find: Callable[[RustSource], Iterator[Site]]) -> Callable[[RustSource], Iterator[Site]]:
        OPERATORS[name] = Operator(name, codes, find)
        return find

    return kept


def replace_node(node: SyntaxNode, text: str | bytes = b"") -> Site:
    """Return a site that replaces a node by another text, or by nothing."""
    return (Splice(node.start_byte, node.end_byte, text.encode() if isinstance(text, str) else text),)


def delete_range(start: int, end: int) -> Site:
    """Return a site that removes a range of bytes."""
    return (Splice(start, end),)


def apply_site(text: bytes, site: Site) -> bytes:
    """Return the text with every splice applied."""
    for splice in sorted(site, key=lambda splice: splice.start, reverse=True):
        text = text[: splice.start] + splice.new + text[splice.end :]
    return text


def digest(*parts: bytes | str) -> str:
    """Return a short hash of these parts, used as a name."""
    whole = b"\0".join(part.encode() if isinstance(part, str) else part for part in parts)
    return hashlib.sha256(whole).hexdigest()[:16]
