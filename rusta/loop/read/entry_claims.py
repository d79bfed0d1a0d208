"""What an entry of the journals claims about Rust, where the index of the documentation says otherwise.

Compared are sentences that are nothing but one of a few claims about one name: since which version it is stable, whether it
is deprecated, needs nightly, exists, which traits a type implements (Send, Sync, Copy ...), and what an error code means.
Anything beside it (a condition, a doubt, another name) makes a sentence one that is not compared, since it may be right.

Not covered: every other claim, a program's outcome (it holds for the compiler and edition of that day), traits that a
type implements under conditions, and names of which several items say different things. What an error code means is
only compared with the pages of other codes: a meaning that is no code's at all is not found. An entry that was
written with a newer compiler than the documentation's is only compared in what does not change.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rusta.core.markdown_fences import FENCED
from rusta.library.crate_index import CrateIndex
from rusta.library.index import Library
from rusta.library.names import TYPES, UNLISTED, near_names, resolve_name
from rusta.library.passages import StdItem, TraitImpl
from rusta.library.selection import lead, page_sentences
from rusta.loop.gates.supported_sentences import bearing_words, supports

NOUN = r"(?:(?:the|a|an) )?(?:(?:std )?(?:method|function|macro|type|struct|enum|trait|smart pointer) )?"
NAME = NOUN + r"`?(?:std::|core::|alloc::)?(?P<name>(?:\w+::)*\w+!?)(?:<\w+>)?(?:\(\))?`?"
SUBJECT = rf"{NAME} "
OTHER = SUBJECT.replace("<name>", "<other>")  # where one pattern has the name in two places
STATE = r"(?:stable|stabili[sz]ed|available|there|in std|introduced|added|usable)"
RUST = r"(?:since|in|with|from|as of) (?:Rust |rustc |version )*v?(?P<version>\d+\.\d+(?:\.\d+)?)(?: on(?:wards?)?)?"
TAIL = r"(?: since [\w. ]+)?(?:[,;:] use [^,;:]+| in favou?r of [^,;:]+)?"
TRAITS = r"(?P<traits>[A-Z]\w+(?:(?:,| and| nor| or)+ [A-Z]\w+)*)"
SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")
MARKS = re.compile(r"^[\s>*#-]+|[\s.!]+$")
BEFORE = re.compile(
    r"^(?:(?:note|remember|fyi|btw|so|and|ok(?:ay)?|also|today|i learn(?:ed|t))[:,]? (?:that )?)+", re.IGNORECASE
)
AFTER = re.compile(r",? so (?:i|we|it|my|our)\b[^,;]*$", re.IGNORECASE)  # what was done about it
EVER = r"(?:already |also |still |now |only |both |neither )?"
CODE = r"(?:error )?(?:code )?`?(?P<code>E\d{4})`?"
SINCE = re.compile(
    rf"{SUBJECT}(?:is|was|has been|became|got|came|landed|arrived) ?{EVER}(?:{STATE} )?{RUST}", re.IGNORECASE
)
DEPRECATED = re.compile(rf"{SUBJECT}(?:is|was|has been) {EVER}(?P<no>not |never )?deprecated{TAIL}", re.IGNORECASE)
NIGHTLY = re.compile(
    rf"{SUBJECT}(?:is {EVER}(?:unstable|nightly[- ]only|on nightly|experimental)|needs (?:the )?nightly(?: \w+)?)",
    re.IGNORECASE,
)
STABLE = re.compile(rf"{SUBJECT}is {EVER}stable", re.IGNORECASE)
MISSING = re.compile(
    rf"(?:there is|there's|std has|rust has) no {NAME}(?: in (?:std|rust))?"
    rf"|{OTHER}(?:does not|doesn['’]t) exist(?: in (?:std|rust))?", re.IGNORECASE,
)  # fmt: skip
EXISTS = re.compile(
    rf"(?:there is|there's|std has|rust has) {NAME}(?: in std)?|{OTHER}exists(?: in std)?",
    re.IGNORECASE,
)
IS_NOT = re.compile(rf"{SUBJECT}(?:(?:is|are) (?:not|neither)|isn['’]t|(?:does not|doesn['’]t) implement) {TRAITS}")
IS = re.compile(rf"{SUBJECT}(?:is|implements) {EVER}{TRAITS}")
MEANS = re.compile(rf"{CODE}:? (?:means|is|says|stands for)(?: that)?[: ]+(?P<said>.+)", re.IGNORECASE)
NO_CODE = re.compile(
    rf"(?:there is|there's) no {CODE}|{CODE.replace('<code>', '<other>')} (?:does not|doesn['’]t) exist", re.IGNORECASE
)
NEWER = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
LEAST = 4  # words of a meaning that is compared


@dataclass(frozen=True)
class Contradiction:
    """A sentence of an entry, and what the documentation says instead."""

    says: str
    fact: str


@dataclass(frozen=True)
class EntryClaims:
    """The claims of entries, compared with one index. `crates` are those of a workspace: their names are not std's."""

    library: Library
    crates: CrateIndex | None = None

    def against(self, text: str, written_with: str = "") -> list[Contradiction]:
        """The claims of an entry's text that differ; `written_with` is the compiler that the entry names."""
        lasting: list[Callable[[str], str]] = [self._since, self._traits, self._meaning]
        of_today: list[Callable[[str], str]] = [self._deprecated, self._nightly, self._existence]
        kinds = lasting if self._newer(written_with) else [*lasting, *of_today]
        return list(dict.fromkeys(
            Contradiction(said, fact) for said in _plain_sentences(text) for fact in _facts(kinds, said)
        ))  # fmt: skip

    def _since(self, said: str) -> str:
        if not (found := SINCE.fullmatch(said)):
            return ""
        items = self._items(found["name"])
        known = {one.since for one in items}
        if len(known) != 1 or not all(known) or _parts(found["version"]) == _parts(items[0].since):
            return ""
        return f"`{items[0].path}` is stable since {items[0].since}"

    def _deprecated(self, said: str) -> str:
        found = DEPRECATED.fullmatch(said)
        items = self._items(found["name"]) if found else []
        if found and items and all(bool(one.deprecated) is bool(found["no"]) for one in items):
            note = items[0].deprecated.rstrip(".")
            return f"`{items[0].path}` is not deprecated" if not found["no"] else f"`{items[0].path}`: {note}"
        return ""

    def _nightly(self, said: str) -> str:
        if found := NIGHTLY.fullmatch(said):
            items = self._items(found["name"])
            if items and all(one.since and not one.unstable for one in items):
                return f"`{items[0].path}` is stable since {items[0].since}"
        elif found := STABLE.fullmatch(said):
            items = self._items(found["name"])
            if items and all(one.unstable for one in items):
                return f"`{items[0].path}` is unstable: it needs nightly and `#![feature({items[0].unstable})]`"
        return ""

    def _existence(self, said: str) -> str:
        if found := NO_CODE.fullmatch(said):
            code = (found["code"] or found["other"]).upper()
            passage = self.library.keyed(code)
            return f"{code} is an error code ({passage.page})" if passage else ""
        if found := MISSING.fullmatch(said):
            items = self._items(found["name"] or found["other"], paths=True)
            return f"std has `{items[0].path}`" if items else ""
        if found := EXISTS.fullmatch(said):
            name = found["name"] or found["other"]
            near = [] if self._own(name) or self._items(name, paths=True) else near_names(self.library, name)
            return f"std has no `{name}`; near it: {', '.join(near)}" if near else ""
        return ""

    def _traits(self, said: str) -> str:
        no = IS_NOT.fullmatch(said)
        found = no or IS.fullmatch(said)
        if not found:
            return ""
        types = [one for one in self._items(found["name"]) if one.kind in TYPES and one.kind != "trait"]
        types = [one for one in types if one.path not in UNLISTED]
        facts = []
        for trait in re.findall(r"[A-Z]\w+", found["traits"]):
            if not types or not any(one.kind == "trait" for one in self.library.items(trait)):
                return ""
            facts.append(self._trait(types, trait, claimed=not no))
        return "; ".join(filter(None, facts))

    def _trait(self, types: list[StdItem], trait: str, claimed: bool) -> str:
        of_each = [self.library.implementations(one.path, trait) for one in types]
        name = types[0].path
        if claimed and all(all(one.negative for one in impls) for impls in of_each):
            line = next((f": `{one.header.rstrip(',')}`" for one in of_each[0]), "")
            return f"`{name}` is not {trait}{line}" if line else f"`{name}` does not implement {trait}"
        if not claimed and all(any(map(_always, impls)) for impls in of_each):
            return f"`{name}` implements {trait}: `{next(one.header for one in of_each[0] if _always(one))}`"
        return ""

    def _meaning(self, said: str) -> str:
        """The own page's beginning, where a meaning is not on that page and is that of another code."""
        found = MEANS.fullmatch(said)
        own = self.library.keyed(found["code"].upper()) if found else None
        if not found or not own or len(bearing_words(found["said"])) < LEAST:
            return ""
        if any(supports(one.text, found["said"]) for one in page_sentences(own.text)):
            return ""
        for code in self.library.keys("error_codes"):
            passage = self.library.keyed(code) if code.upper() != found["code"].upper() else None
            if passage and any(supports(one.text, found["said"]) for one in lead(passage.text)):
                first = next((one.text for one in lead(own.text)), "")
                return f"{found['code'].upper()}: {first.rstrip('.')} (what the entry says is {code.upper()})"
        return ""

    def _items(self, name: str, paths: bool = False) -> list[StdItem]:
        """The items of std that a name may mean; with `paths` only those of a name with its type or module."""
        if self._own(name) or (paths and "::" not in name):
            return []
        return self.library.items(name) or list(filter(None, [resolve_name(self.library, name)]))

    def _own(self, name: str) -> bool:
        return self.crates is not None and bool(self.crates.items(name))

    def _newer(self, written_with: str) -> bool:
        entry, here = NEWER.search(written_with), NEWER.search(self.library.documentation.version)
        return bool(entry and here and _parts(entry[0]) > _parts(here[0]))


def _facts(kinds: list[Callable[[str], str]], said: str) -> Iterator[str]:
    return (fact for kind in kinds if (fact := kind(said)))


def _plain_sentences(text: str) -> Iterator[str]:
    """The sentences of an entry without its code, marks and beginnings such as "Remember that"."""
    for one in SENTENCES.split(FENCED.sub("\n", text)):
        if not one.rstrip().endswith(("?", "…")) and not one.startswith("…"):
            yield AFTER.sub("", BEFORE.sub("", MARKS.sub("", one)))


def _parts(version: str) -> tuple[int, ...]:
    parts = tuple(map(int, version.split(".")))
    return (*parts, *(0,) * (3 - len(parts)))


def _always(impl: TraitImpl) -> bool:
    """Whether a type implements a trait whatever its parameters are."""
    header = re.sub(r"\?Sized|'\w+ ?:", "", impl.header)
    return not impl.negative and ":" not in header.replace("::", "") and " where" not in header
