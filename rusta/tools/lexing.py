"""Tokenise Rust source, and check that a change consists only of tokens on a list of harmless ones.

Where a proc macro or a build script takes part in a build, a compiler's suggestion may be forged
(`rusta.tools.build_code`). Which changes may then be applied without asking is decided here, from the two texts alone:
a change that adds a reference, a `mut`, a clone, a lifetime, a derive, an import of a known path, or names that stand
in the same item. New calls, literals, control flow, comparisons and comments are not on the list, and neither is
removing them.

Not covered: whether the change is correct, which tests and people decide; the list only limits what an attacker can do.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from rusta.tools import items

LARGEST = 1 << 20  # bytes of a file; larger ones are refused
MOST = 24  # tokens that a change may add, over the whole file
COMPARED = 4000  # tokens between the first and the last difference: matching takes quadratic time

TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>//[^\n]*|/\*)
  | (?P<text>(?:br|cr|r)(?P<marks>\#*)".*?"(?P=marks)|[bc]?"(?:\\.|[^"\\])*")
  | (?P<endless>(?:br|cr|r)\#*")
  | (?P<letter>b?'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}'\n]*\}|.)|[^'\\\n])')
  | (?P<lifetime>'[^\W\d]\w*)
  | (?P<number>\d\w*(?:\.\d\w*)?)
  | (?P<word>(?:r\#)?[^\W\d]\w*)
  | (?P<mark>::|->|=>|==|!=|<=|>=|\.\.=|\.\.\.|\.\.|[-+*/%^&|]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)


def _words(said: str) -> frozenset[str]:
    return frozenset(said.split())


# ---- what a change may add without asking

MARKS = _words("& * ( ) { } [ ] , ; : :: . .. < > ? -> _")
KEYWORDS = _words("mut ref move dyn impl as where let pub crate self Self super async await return")
# Methods and constructors that only convert or borrow their receiver or argument.
CALLS = _words(
    "clone copied cloned to_owned to_string to_vec into try_into unwrap iter iter_mut into_iter as_ref as_mut "
    "as_deref as_deref_mut as_str as_slice as_mut_slice as_bytes as_path to_path_buf collect borrow borrow_mut "
    "Some Ok Err new from"
)
TYPES = _words(
    "bool char str u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 String Vec Option Result Box Rc Arc None"
)
DERIVED = _words("Clone Copy Debug PartialEq Eq PartialOrd Ord Hash Default")
BOUNDS = DERIVED | _words(
    "Display Send Sync Sized Fn FnMut FnOnce Iterator IntoIterator Item Output Add Sub Mul Div Rem Neg Not Index "
    "AddAssign SubAssign MulAssign DivAssign ToString AsRef Borrow From Into std core alloc ops cmp fmt hash "
    "marker default"
)
ADDED = MARKS | KEYWORDS | CALLS | TYPES | BOUNDS

# ---- what a change may remove without asking
REMOVED = _words("& * mut ref move ; , ? pub dyn await _ +") | BOUNDS

# Names of the same item may be repeated, except keywords for control flow, `unsafe` or items.
NEVER = _words(
    "if else match while loop for in break continue unsafe fn struct enum union const static extern trait type "
    "mod use true false macro_rules yield become try"
)
ROOTS = frozenset(("std", "core", "alloc", "crate", "self", "super"))  # of paths that are known everywhere


class Unlexed(ValueError):
    """A text that is not tokenised: too large, or with an unterminated string or comment."""


@dataclass(frozen=True)
class Token:
    """A token other than white space; comments are tokens. `start` is an offset in characters."""

    kind: str
    text: str
    start: int


def tokens(source: str) -> list[Token]:
    """Return the tokens of a Rust text, including comments. Raises `Unlexed`."""
    if len(source) > LARGEST:
        raise Unlexed("the file is too large to be compared")
    found: list[Token] = []
    at = 0
    while at < len(source):
        match = TOKEN.match(source, at)
        assert match is not None and match.lastgroup
        if match["endless"] or match[0] == '"':
            raise Unlexed("a string in it has no end")
        kind = next(name for name in KINDS if match[name] is not None)
        end = _closed(source, at) if match[0] == "/*" else match.end()
        if kind != "space":
            found.append(Token(kind, source[at:end], at))
        at = end
    return found


KINDS = ("space", "comment", "text", "letter", "lifetime", "number", "word", "mark")


def _closed(source: str, at: int) -> int:
    """Return the end of a block comment; block comments nest."""
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(source, at):
        depth += 1 if mark[0] == "/*" else -1
        if not depth:
            return mark.end()
    raise Unlexed("a comment in it has no end")


def unlisted(before: bytes, after: bytes, crates: Collection[str] = (), moves: bool = False) -> str | None:
    """Describe what a change of a Rust file adds or removes that is not on the list; None if there is nothing.

    `crates` are names that `use` may begin with besides `std`, `core`, `alloc`, `crate`, `self` and `super`. `moves`
    allows code of an item to change places in it.
    """
    try:
        return _unlisted(before, after, crates, moves)
    except (Unlexed, UnicodeDecodeError) as error:
        return str(error) if isinstance(error, Unlexed) else "bytes that are no text"


def _unlisted(before: bytes, after: bytes, crates: Collection[str], moves: bool) -> str | None:
    old, old_uses = _without_uses(tokens(before.decode()))
    new, new_uses = _without_uses(tokens(after.decode()))
    for path in (new_uses - old_uses).elements():
        if not _known(path, crates):
            return f"`use {path}`"
    changed = list(_changed([one.text for one in old], [one.text for one in new]))
    if sum(len(range(*put)) - len(range(*taken)) for taken, put in changed) > MOST:
        return f"more than {MOST} tokens"
    groups: dict[tuple[int, int], list[Difference]] = {}
    spans = _items(before)
    calls = _calls(new)
    before_it, now = (
        Counter(one.text for one in side if one.start in at) for side, at in ((old, _calls(old)), (new, calls))
    )
    no_more = {name for name in now if moves and now[name] <= before_it[name]}  # calls that only moved
    for taken, put in changed:
        place = old[min(taken[0], len(old) - 1)].start if old else 0
        item = next((span for span in spans if span[0] <= place < span[1]), (0, 0))
        groups.setdefault(item, []).append((old[slice(*taken)], new[slice(*put)]))
    for (start, end), differences in groups.items():
        stands = {one.text for one in old if start <= one.start < end}
        for gone, come in [_merged(differences)] if moves else differences:
            called = {one.start for one in come if one.start in calls and one.text not in no_more}
            if why := _first_unlisted(gone, come, called, stands, moves):
                return why
    return None


Difference = tuple[list[Token], list[Token]]  # tokens removed, tokens added


def _calls(found: Sequence[Token]) -> set[int]:
    """Return the offsets of names that are called, as a function or a macro."""
    texts = [one.text for one in found]
    return {
        one.start
        for n, one in enumerate(found)
        if texts[n + 1 : n + 2] in (["("], ["!"]) or texts[n + 1 : n + 3] == ["::", "<"]
    }


def _first_unlisted(
    gone: Sequence[Token], come: Sequence[Token], called: Collection[int], stands: Collection[str], moves: bool
) -> str | None:
    """Describe the first token of one difference that is not on the list; None if there is none."""
    if len(gone) == len(come) == 1 and _same_meaning(gone[0], come[0]):
        return None
    words = [one.text for one in come]
    if "#" in words and not DERIVE.fullmatch(" ".join(words)):
        return "an attribute"
    more = Counter(words) - Counter(one.text for one in gone)
    less = Counter(one.text for one in gone) - Counter(words)
    for text in [] if _method(gone) and not moves else less:
        if text not in REMOVED and not (text[0] == "'" and text[-1] != "'"):
            return f"`{text}` taken away"
    bounds = all(word in ADDED or word[0] in "'+" for word in words)
    fresh = {name for let, name in pairwise(words) if moves and let == "let" and FRESH.fullmatch(name)}
    for one in come:
        text = one.text
        named = one.kind == "word" and text not in NEVER and one.start not in called
        if not (
            not more[text]
            or text in ADDED
            or one.kind == "lifetime"
            or ("#" in words and text in ("#", "derive"))
            or (text == "=" and ("let" in words or not {"Output", "Item"}.isdisjoint(words)))
            or (text == "+" and bounds)
            or (named and (text in stands or text in fresh))
        ):
            return f"`{text}`"
    return None


DERIVE = re.compile(rf"# \[ derive \( (?:{'|'.join(DERIVED)})(?: , (?:{'|'.join(DERIVED)}))* (?:, )?\) \]")
FRESH = re.compile(r"[a-z]\w{0,40}")


def _same_meaning(old: Token, new: Token) -> bool:
    """Return whether replacing one token by another corrects a typo: a letter too many, `=` for `==`, `1` for `1.0`."""
    if (old.text, new.text) == ("=", "=="):
        return True
    if {old.kind, new.kind} == {"text", "letter"}:
        return old.text[1:-1] == new.text[1:-1] and "\\" not in old.text
    if old.kind == new.kind == "number":
        return _number(old.text) == _number(new.text) is not None
    if old.kind == new.kind == "word" and old.text not in NEVER and new.text not in NEVER:
        return new.text == f"_{old.text}" or (min(len(old.text), len(new.text)) > 3 and _slip(old.text, new.text))
    return False


def _number(text: str) -> float | None:
    digits = re.fullmatch(r"(\d[\d_]*(?:\.[\d_]*)?)_?(?:[iuf]\d+|[iu]size)?", text)
    return float(digits[1].replace("_", "")) if digits else None


def _slip(one: str, other: str) -> bool:
    """Return whether two words differ in one added, missing or changed letter or two swapped ones, not the first."""
    short, long = sorted((one, other), key=len)
    if one[0] != other[0] or one == other or len(long) - len(short) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return swapped or short[at + 1 :] == long[at + 1 :]


def _method(gone: Sequence[Token]) -> bool:
    """Return whether the removed tokens are a call such as `.clone()`."""
    words = [one.text for one in gone]
    return len(words) == 4 and words[0] == "." and words[1] in CALLS and words[2:] == ["(", ")"]


def _merged(differences: Sequence[Difference]) -> Difference:
    return [one for gone, _ in differences for one in gone], [one for _, come in differences for one in come]


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterable[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield the ranges in which two lists differ. Raises `Unlexed` where they are too far apart."""
    first = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    last = next(
        (n for n, (a, b) in enumerate(zip(reversed(old[first:]), reversed(new[first:]), strict=False)) if a != b),
        min(len(old), len(new)) - first,
    )
    left, right = old[first : len(old) - last], new[first : len(new) - last]
    if max(len(left), len(right)) > COMPARED:
        raise Unlexed("changes that lie far apart")
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag != "equal":
            yield (first + a, first + b), (first + c, first + d)


def _without_uses(found: Sequence[Token]) -> tuple[list[Token], Counter[str]]:
    """Return the tokens outside of `use` declarations, and the count of each declaration's path."""
    rest: list[Token] = []
    uses: Counter[str] = Counter()
    n = 0
    while n < len(found):
        end = next((m for m in range(n, len(found)) if found[m].text == ";"), None) if found[n].text == "use" else None
        if end is None:
            rest.append(found[n])
            n += 1
            continue
        uses[" ".join(one.text for one in found[n + 1 : end])] += 1
        n = end + 1
    return rest, uses


def _known(path: str, crates: Collection[str]) -> bool:
    """Return whether a `use` path names one thing below a known root."""
    words = path.removeprefix(":: ").split(" ")
    plain = re.fullmatch(r"(?::: )?\w+(?: :: \w+)+(?: as \w+)?", path)
    return bool(plain) and (words[0] in ROOTS or words[0] in {name.replace("-", "_") for name in crates})


def _items(source: bytes) -> list[tuple[int, int]]:
    """Return the range of each item in characters, shortest first."""
    text = source.decode()
    ascii_only = len(text) == len(source)

    def at(offset: int) -> int:
        return offset if ascii_only else len(source[:offset].decode("utf-8", "replace"))

    spans = [(at(item.start), at(item.end)) for item in items.items(source)]
    return sorted(spans, key=lambda span: span[1] - span[0])
