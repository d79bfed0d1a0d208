"""What a question about a mirror asks, told from its words: which crates, versions and items it names, and whether it is about a change.

Names are those that are written as code (in backticks, as a path, as a call, in snake_case or CamelCase), and plain words that are
found to be members of a type that is named. Code that stands in a fence is not looked through.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rusta.core.markdown_fences import FENCED

VERSION = re.compile(r"(?<![\w.])v?(\d{1,5}\.\d{1,5}(?:\.\d{1,5})?(?:-[0-9A-Za-z][0-9A-Za-z.]{0,30})?)(?![\w.]*\w)")
REVISION = re.compile(r"(?<![\w.:])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,40}(?!\w)")
TICKED = re.compile(r"`([^`\n]{1,200})`")
PATH = re.compile(r"(?<![\w:])(?:[A-Za-z_]\w*(?:::<[^<>\s]{1,80}>)?::)+[A-Za-z_]\w*")
DOTTED = re.compile(r"(?<![\w:.])([A-Z]\w*)\.([a-z_]\w*)")
CALLED = re.compile(r"(?<![\w:])([a-z_]\w*)(?:\(\)|!)|(?<=\s)\.([a-z_]\w+)")
SNAKE = re.compile(r"(?<![\w:.-])[a-z0-9]+(?:_[a-z0-9]+)+(?![\w-])")
CAMEL = re.compile(r"(?<![\w:.-])[A-Z][a-z0-9]*[A-Z]\w*|(?<=[a-z,] )[A-Z][a-z0-9]\w*(?!\w)")
WORD = re.compile(r"(?<![\w`:.-])[a-z][a-z0-9_]{2,40}(?![\w`:-])")
GENERICS = re.compile(r"(?:::)?<[^<>]{0,200}>")
IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
PLAIN_WORDS = """
    self mut ref dyn impl fn pub use let const static unsafe async await move struct enum trait type mod crate where match
    true false str bool char String Vec Option Result Box Rust Cargo None Some Ok Err I MSRV API README usize u8 u16 u32 u64
    i8 i16 i32 i64 f32 f64 now today still yet current latest newest old version method function
"""
NO_NAMES = frozenset(PLAIN_WORDS.split())  # what names no item of a crate, as it stands in questions


class Asks(StrEnum):
    """What a question is about."""

    CHANGED = "what changed"
    REPLACED = "what took the place of something"
    SINCE = "since when"
    NOW = "how it is now"
    RUST = "which Rust it needs"


SIGNS = {
    Asks.RUST: r"""
        \bmsrv\b | \bminimum[ ](?:supported[ ])?rust\b | \brust[- ]version\b | \b(?:needs?|requires?)[ ](?:at[ ]least[ ])?rust\b
        | \b(?:which|what)[ ](?:version[ ]of[ ])?rustc?\b(?![ ](?:type|trait|item|crate)) | \brustc?[ ]\d\.\d+
    """,
    Asks.REPLACED: r"""
        \breplac\w* | \b(?:took|takes?|taken)[ ]the[ ]place\b | \binstead\b | \brenam\w* | \bmoved?\b | \bsuccessor\b | \bequivalent\b
        | \bwhere[ ](?:did|has|is)\b | \bwhat[ ](?:became|happened|is[ ]now|do[ ]I[ ](?:use|call|write))\b | \bgone\b | \bremov\w*
        | \bcalled[ ](?:now|these[ ]days|today)\b | \bnow[ ]called\b | \bno[ ]longer\b | \bstill\b | \bdeprecat\w* | \bdropped\b
        | \bdisappear\w* | \bcan(?:'|’)?t[ ]find\b | \bdoes(?:n't|n’t|[ ]not)[ ]exist\b | \bmissing\b | \bgot[ ]rid\b
        | \bwhich[ ](?:trait|module|crate|type)\b
    """,
    Asks.SINCE: r"""
        \bsince\b | \bwhen[ ](?:was|were|did|has|is)\b | \b(?:which|what)[ ](?:[\w`-]{1,40}[ ])?(?:version|release)s?\b
        | \bintroduc\w* | \badded\b | \bappear\w* | \bby[ ]now\b | \bfirst\b.{0,20}\b(?:version|release) | \balready\b
        | \bstabili[sz]\w* | \bnew[ ]in\b
    """,
    Asks.CHANGED: r"""
        \bchang\w* | \bdiffer\w* | \bbec[ao]me\b | \bwhat(?:'s|’s|[ ]is|[ ]are)?[ ]new\b | \bbreak\w* | \bbroke\b
        | \bmigrat\w* | \bupgrad\w* | \bupdat\w* | \bnews\b | \bport(?:ing)?\b | \bmov(?:e|ing)[ ](?:from|to)\b
        | \bchangelog\b | \brelease[ ]notes\b | \bhow[ ].{1,80}\b(?:now|these[ ]days|today)\b | \bused[ ]to\b
        | \bany[ ]?more\b | \bnowadays\b
    """,
    Asks.NOW: r"""
        \bsignature\b | \breturns?\b | \btakes?\b | \barguments?\b | \bparameters?\b | \bhow[ ](?:is|do|does|to|are|can|should)\b
        | \bwhat[ ](?:is|does)\b | \bis[ ]there\b | \bhas[ ]it\b | \bexists?\b | \basync\b | \bunsafe\b | \bconst\b | \bgeneric\w*
        | \bbounds?\b | \bby[ ](?:value|reference)\b | \bfeature\b | \bfields?\b | \bvariants?\b
    """,
}
PATTERNS = {kind: re.compile(said, re.IGNORECASE | re.VERBOSE) for kind, said in SIGNS.items()}
OF_CHANGE = frozenset((Asks.CHANGED, Asks.REPLACED, Asks.SINCE))
BESIDE = r"\b(?:in|of|from|with|does|did|has|is|for|to|crate|since|on|under)\s+(?:the\s+)?(?:crate\s+)?"


@dataclass(frozen=True)
class MirrorQuestion:
    """A question with what was found in it. `marked` are the crates that it certainly names, in their order; `words` plain words."""

    text: str
    marked: tuple[str, ...]
    versions: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]
    asks: frozenset[Asks] = field(default_factory=frozenset)

    @property
    def about_change(self) -> bool:
        """Whether it asks what was otherwise before, or since when something is."""
        return bool(self.asks & OF_CHANGE)


def mirror_question(text: str, crates: Iterable[str], lenient: bool = False) -> MirrorQuestion:
    """Take a question apart. `crates` are the names of mirrors and of their packages.

    A crate's name may be a common word ("time", "log"): it counts where it is marked as code, begins a path, stands beside "crate" or a
    version, or is of several words; where a change is asked for or an item is named as code, also behind "in", "of" and the like.
    `lenient`: where no crate is named so, everywhere.
    """
    said = FENCED.sub(" ", text)
    asks = frozenset(kind for kind, sign in PATTERNS.items() if sign.search(said))
    names, crates = _names(said), list(dict.fromkeys(crates))
    marked = _marked(said, crates, bool(asks & OF_CHANGE) or bool(names), lenient=False)
    marked = marked or (_marked(said, crates, True, lenient=True) if lenient else {})
    named = tuple(crate for _, crate in sorted(marked.items()))
    versions = [one[1] for one in VERSION.finditer(said)] + [one[0] for one in REVISION.finditer(said)]
    names = [one for one in names if one not in {(_plain(crate),) for crate in named}]
    plain = [word for word in WORD.findall(said) if _plain(word) not in {_plain(crate) for crate in named}]
    return MirrorQuestion(said, named, tuple(dict.fromkeys(versions)), tuple(names), tuple(dict.fromkeys(plain)), asks)


def _marked(said: str, crates: Sequence[str], beside: bool, lenient: bool) -> dict[int, str]:
    """The crates that a question names, by where; of two at one place the longer name counts."""
    found = dict[int, str]()
    for crate in crates:
        at = _named_at(said, crate, lenient, beside)
        if at >= 0 and len(crate) >= len(found.get(at, "")):
            found[at] = crate
    return found


def joined_names(question: MirrorQuestion) -> list[tuple[str, ...]]:
    """Return the names as they may be looked up: types with the members that are named beside them first, then each."""
    owners = [name for name in question.names if name[-1][:1].isupper()]
    members = [name for name in question.names if len(name) == 1 and not name[-1][:1].isupper()]
    pairs = [(*owner, *member) for member in members for owner in owners]
    plain = [
        word
        for word in question.words
        if word not in NO_NAMES and not any(one.fullmatch(word) for one in PATTERNS.values())
    ]
    words = [(*owner, word) for owner in owners for word in plain]
    return list(dict.fromkeys([*pairs, *question.names, *words]))


def _named_at(said: str, crate: str, lenient: bool, beside: bool) -> int:
    """Where a question names a crate; -1 where it does not."""
    name = re.sub(r"[-_]", "[-_ ]", re.escape(crate).replace(r"\-", "-"))
    word = rf"(?<![\w:.-]){name}(?![\w-])"
    patterns = [
        rf"`{name}`|(?<![\w:]){name}(?=::)|\bcrate\s+`?{name}\b|{word}(?:'s|’s)?\s+crate\b|{word}\s*(?:@\s*)?v?\d+\.\d|{word}(?:'s|’s)\s+`?[A-Z]",
        *([rf"{BESIDE}{word}|{word}(?:'s|’s)"] if beside else []),
        *([word] if lenient or re.search("[-_]", crate) else []),
    ]
    found = [one.start() for pattern in patterns if (one := re.search(pattern, said, re.IGNORECASE))]
    return min(found, default=-1)


def _names(said: str) -> list[tuple[str, ...]]:
    """The names that are written as code, in the question's order, each as the parts of a path."""
    found = list[tuple[int, tuple[str, ...]]]()
    for one in TICKED.finditer(said):
        found.append((one.start(), _parts(one[1])))
    outside = TICKED.sub(lambda one: " " * len(one[0]), said)
    for one in PATH.finditer(outside):
        found.append((one.start(), _parts(one[0])))
    outside = PATH.sub(lambda one: " " * len(one[0]), outside)
    found += [(one.start(), (one[1], one[2])) for one in DOTTED.finditer(outside)]
    outside = DOTTED.sub(lambda one: " " * len(one[0]), outside)
    found += [(one.start(), (one[1] or one[2],)) for one in CALLED.finditer(outside)]
    found += [(one.start(), (one[0],)) for pattern in (SNAKE, CAMEL) for one in pattern.finditer(outside)]
    kept = [parts for _, parts in sorted(found, key=lambda pair: pair[0]) if parts and parts[-1] not in NO_NAMES]
    return list(dict.fromkeys(kept))


def _parts(code: str) -> tuple[str, ...]:
    """The names of a path as a person writes it: `Rng.fill(&mut x)`, `rand::Rng::<T>::fill()`."""
    plain = code.strip().lstrip("&*.").removeprefix("mut ").partition("(")[0].removesuffix("!")
    for _ in range(4):
        plain = GENERICS.sub("", plain)
    plain = re.sub(r"^(?:pub |async |unsafe |const |fn |struct |enum |trait |use |impl )+", "", plain.strip())
    parts = [one.removeprefix("r#") for one in re.split(r"::|\.", plain) if one]
    parts = parts[1:] if parts[:1] and parts[0] in ("crate", "self", "super") else parts
    return tuple(parts) if parts and all(IDENTIFIER.fullmatch(one) for one in parts) and len(parts) <= 8 else ()


def _plain(name: str) -> str:
    return name.replace("-", "_").lower()
