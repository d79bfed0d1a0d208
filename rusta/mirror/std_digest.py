"""What is kept of std as one toolchain has it: each item with its signature, its feature and its deprecation, without its documentation.

Read from the library's index of that toolchain's pages, so that it can be compared when rustup has replaced them. Left out:
keywords, trait implementations, what `Deref` gives, and `std::arch`, which the index leaves out.
"""

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from rusta.core.derived_files import make_way, recalled
from rusta.core.home import whole_file
from rusta.library.index import Library
from rusta.library.passages import StdItem
from rusta.mirror.api import OWNERS, CrateApi, PublicItem
from rusta.mirror.registry_index import version_order
from rusta.mirror.upstream import STD

SCHEMA = 1
LARGEST_DIGEST = 1 << 26  # bytes, inflated; Rust 1.95 has 4 million
LONGEST_HEAD = 1_000  # characters of a signature that is kept
TOOLCHAIN = re.compile(r"(\d{1,4}\.\d{1,4}\.\d{1,4})(-[a-z]{1,20}(?:\.\d{1,4})?)? \([0-9a-f]{1,40} (\d{4}-\d\d-\d\d)\)")
PRIVATE = "(/* private fields */);"
PRIMITIVES = "std/primitive."  # what their pages begin with
ATTRIBUTE = re.compile(r"\](?=pub )")  # a page has no space behind one
KINDS = {
    "structfield": "field", "associatedconstant": "constant", "associatedtype": "type", "function": "fn", "method": "method",
    "variant": "variant", "struct": "struct", "enum": "enum", "union": "union", "trait": "trait", "type": "type", "constant": "constant",
    "static": "static", "macro": "macro", "derive": "derive", "attribute": "attribute", "module": "module", "primitive": "primitive",
}  # fmt: skip
DEREF_TARGETS = frozenset(
    ("slice", "str", "array", "std::path::Path", "std::ffi::OsStr", "std::ffi::CStr", "std::bstr::ByteStr")
)
"""Types whose methods are listed on the pages of those that dereference to them, as well."""
MEMBERS = (
    "field",
    "constant",
    "type",
    "method",
    "variant",
)  # kinds that may belong to a type; in a module they are others


@dataclass(frozen=True)
class KeptItem:
    """One item of std."""

    path: str
    kind: str
    head: str  # the signature; of a type or a trait without its body
    since: str
    feature: str  # that it needs; "" for a stable item
    deprecated: str
    page: str


@dataclass(frozen=True)
class StdDigest:
    """The items of one toolchain's std. `revision` is `1.95.0`, or `1.97.0-nightly+2026-05-19`."""

    revision: str
    items: tuple[KeptItem, ...]

    def api(self) -> CrateApi:
        """Return it as a public API. The feature that an item needs, or that its type needs, is its gate."""
        features = {one.path: one.feature for one in self.items}
        return CrateApi(STD, tuple(_public(one, features) for one in self.items))

    def keep(self, folder: Path) -> None:
        """Write it into a folder."""
        said = {"schema": SCHEMA, "revision": self.revision, "items": [astuple(one) for one in self.items]}
        file = digest_file(folder, self.revision)
        make_way(file)
        with whole_file(file) as out:
            out.write(zlib.compress(json.dumps(said, ensure_ascii=False).encode(), 9))


def digest_file(folder: Path, revision: str) -> Path:
    """Return where the digest of a revision lies."""
    return folder / f"{revision}.items"


def std_revision(toolchain: str) -> str:
    """Return the revision of std in a toolchain, from what its pages say (`1.95.0 (59807616e 2026-04-14)`); "" for what says none."""
    found = TOOLCHAIN.fullmatch(toolchain)
    if found is None:
        return ""
    return f"{found[1]}{found[2]}+{found[3]}" if found[2] else found[1]


def std_order(revision: str) -> tuple[object, str]:
    """Return what revisions are ordered by: of pre-releases with one number the later one counts."""
    return version_order(revision), revision.partition("+")[2]


def read_digest(folder: Path, revision: str) -> StdDigest | None:
    """Return a kept digest; None where there is none, or it was damaged and is set aside."""
    return recalled(digest_file(folder, revision), _parsed)


def digest_of(library: Library, revision: str) -> StdDigest:
    """Take the digest of an index."""
    kept = dict.fromkeys(_kept(library.every_item()))
    reached = {_member(one) for one in kept if one.path.rpartition("::")[0] in DEREF_TARGETS}
    given = {
        path for (path,) in library.db.execute("select distinct path from impls where trait = 'Deref'")
    } - DEREF_TARGETS
    own = (one for one in kept if one.path.rpartition("::")[0] not in given or _member(one) not in reached)
    return StdDigest(revision, tuple(own))


def _member(one: KeptItem) -> tuple[str, str]:
    """What tells a method that `Deref` gives from one of the type's own: its page lists both."""
    return one.path.rpartition("::")[2], one.head


def _kept(items: Iterable[StdItem]) -> Iterator[KeptItem]:
    for one in items:
        if kind := KINDS.get(one.kind):
            head = std_head(kind, one.signature)
            yield KeptItem(one.path, kind, head, one.since, one.unstable, one.deprecated, one.page)


def std_head(kind: str, signature: str) -> str:
    """Return what a signature says of the item itself: its members are items of their own."""
    whole = signature.partition("{")[0].replace(PRIVATE, "") if kind in OWNERS else signature
    whole = whole.partition(" = ")[0] if kind == "constant" else whole  # its value is no part of its signature
    return ATTRIBUTE.sub("] ", " ".join(whole.split())).rstrip(",")[:LONGEST_HEAD]


def _public(one: KeptItem, features: dict[str, str]) -> PublicItem:
    """An item as the public API has it. One that says nothing of its stability has that of what it belongs to."""
    above, feature = one.path.rpartition("::")[0], one.feature
    while above and not feature and not one.since:
        feature, above = features.get(above, ""), above.rpartition("::")[0]
    above = one.path.rpartition("::")[0]
    owner = above if _is_member(one) else f"primitive::{above}" if above and one.page.startswith(PRIMITIVES) else ""
    gate = f"feature({feature})" if feature else ""
    return PublicItem(
        one.path, one.kind, one.head, one.head, deprecated=one.deprecated, gate=gate, file=one.page, owner=owner
    )


def _is_member(one: KeptItem) -> bool:
    """Whether it belongs to a type or a trait of a module: its page is that of another item."""
    name = one.path.rpartition("::")[2]
    return one.kind in MEMBERS and one.path.count("::") > 1 and f".{name}.html" not in one.page


def _parsed(raw: bytes) -> StdDigest:
    inflating = zlib.decompressobj()
    try:
        text = inflating.decompress(raw, LARGEST_DIGEST)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if not inflating.eof:
        raise ValueError("it is cut, or too large")
    said = json.loads(text)
    if said["schema"] != SCHEMA or not all(isinstance(value, str) for one in said["items"] for value in one):
        raise ValueError("it is of another version")
    return StdDigest(str(said["revision"]), tuple(KeptItem(*one) for one in said["items"]))
