"""Names of Rust looked up in the index of std: `Type::method` as rustc resolves it, through Deref and traits, and near names.

A method that std's pages list for a type (its own, and those of what it derefs to) is found there; one that a trait gives it
is found at the trait, which the type must implement. `Iterator::map` and `Vec::map` are two answers: a vector is no iterator.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from rusta.core.markdown_fences import FENCED
from rusta.library.index import Library
from rusta.library.passages import StdItem
from rusta.library.selection import stem, stems

TYPES = ("struct", "enum", "union", "trait", "primitive", "type", "type alias")
UNLISTED = (
    "tuple",
    "unit",
    "fn",
    "reference",
)  # primitives whose pages leave out what the compiler implements for them
# What people call a type, in lower case, where it is not the type's own name.
SPOKEN = {
    "vector": "Vec", "vectors": "Vec", "vecs": "Vec", "slices": "slice", "strings": "String", "string slice": "str", "&str": "str",
    "hashmaps": "HashMap", "hash map": "HashMap", "hash set": "HashSet", "hashsets": "HashSet", "iterators": "Iterator",
    "arrays": "array", "options": "Option", "results": "Result", "btree map": "BTreeMap", "linked list": "LinkedList",
    "binary heap": "BinaryHeap", "deque": "VecDeque", "integers": "i32", "floats": "f64", "chars": "char", "tuples": "tuple",
}  # fmt: skip
TYPE = re.compile(
    r"(?<![\w:])(?:&(?:mut )?)?(?:std::|core::|alloc::)?"
    r"((?:[a-z_]+::)*[A-Z]\w+|str|slice|array|char|bool|[iu](?:8|16|32|64|128|size)|f32|f64)\b(?!!|::\w)"
)
IN_TICKS = re.compile(r"`\.?([a-z_]\w*)(?:\(\)|!)?`")
CALLED = re.compile(
    r"(?<![\w:.])\.?([a-z_]\w*)\(\)|(?<![\d.])\.([a-z_]\w*)(?=\()|(?<![\w:.)])\.([a-z_]\w+)\b"
    r"|\bcall(?:s|ed|ing)? `?([a-z_]\w+)|\b([a-z]+(?:_[a-z0-9]+)+)\b"
)
DOTTED = re.compile(r"\b([A-Z]\w+)\.([a-z_]\w*)\b")
# The last method of a chain of calls: of `Path::new("/etc").join("x")` it is `join`, and `Path` is the type.
CHAIN = re.compile(r"([A-Z]\w*|[iuf](?:8|16|32|64|128|size))::\w+(?:\([^()]*\))?\.([a-z_]\w*)")
WRAPPED = re.compile(r"\b(Some|None|Ok|Err)\b(?:\([^()]*\))?\.([a-z_]\w*)")
RECEIVER = re.compile(
    r"\b(?P<on>vec|v|slice|s|string|str|map|set|opt|option|res|result|iter|it|arr|path)\.(?P<last>[a-z_]\w*)\("
)
RECEIVERS = {"vec": "Vec", "v": "Vec", "slice": "slice", "s": "str", "string": "String", "str": "str", "map": "HashMap", "set": "HashSet",
             "opt": "Option", "option": "Option", "res": "Result", "result": "Result", "iter": "Iterator", "it": "Iterator",
             "arr": "array", "path": "Path"}  # fmt: skip
OWNER = {"Some": "Option", "None": "Option", "Ok": "Result", "Err": "Result"}
NOUN = r"(?:method|function|fn|adapter|combinator)"
SAID = re.compile(
    rf"(?:'s|\bthe|\ban?)\s+([a-z][a-z0-9_]{{2,}})\s+{NOUN}\b|\b{NOUN}\s+(?:called |named )([a-z][a-z0-9_]{{2,}})\b"
    r"|\b[A-Z]\w+'s\s+([a-z][a-z0-9_]{2,})\b"
)
NO_METHODS = """
    the this that what which some any new method function standard rust call use using calling work works does return trait
    type there std same other each its their and not but kind sort one two has have had can will would should elements element
    items item values value first last inside part case name into from default thread key keys bytes by with as unsafe static
    const dyn impl ref mut let loop while match move async await handle
"""
COMMON = frozenset(NO_METHODS.split())
# What is said to be a method of a type. Another word beside a type may name a variable: "a Vec called `numbers`".
SPOKEN_TYPE = (
    rf"`?&?(?:mut )?\b(?:[A-Z]\w+|str|slice|array|char|bool|[iu](?:8|16|32|64|128|size)|f32|f64|{'|'.join(SPOKEN)})\b"
    r"(?:<[^`\s]*>)?`?"
)
MARKED = rf"(?:`\.?([a-z]\w+)(?:\(\))?`|\.?([a-z]\w+)\(\)|\.([a-z]\w+)\b|([a-z]+_\w+)|([a-z]\w+)(?=\s+{NOUN}\b))"
OF_TYPE = (
    re.compile(rf"{SPOKEN_TYPE}(?:'s\s+(?:{NOUN}\s+)?|\s+{NOUN}\s+|\s+ha(?:ve|s)\s+(?:an?\s+)?){MARKED}"),
    re.compile(rf"{SPOKEN_TYPE}\s+([a-z]+_\w+)\b"),
    re.compile(rf"(?<!\w){MARKED}(?:\s+{NOUN})?\s+(?:on|of|for|from)\s+(?:an?\s+|the\s+)?{SPOKEN_TYPE}"),
)
ADJACENT = re.compile(
    r"\b([A-Z]\w+)(?:'s)?\s+([a-z_]\w+)\b|\b([a-z_]\w+)\s+(?:on|of|for)\s+(?:an? |the )?&?([A-Z]\w+)\b"
)
OWN_NAME = re.compile(r"(?<=[a-z,] )`?[A-Z]\w+")  # within a sentence: the name of a type, which says nothing of methods
# Types whose methods are meant where a question names a method alone.
USUAL_TYPES = """
    Vec slice str String Option Result Iterator HashMap BTreeMap HashSet VecDeque Path PathBuf File Read Write BufRead BufReader
    Rc Arc Box RefCell Cell Mutex mem ptr fs thread env process i32 u32 f64 char array Duration Instant BinaryHeap
"""
USUAL = tuple(USUAL_TYPES.split())


@dataclass(frozen=True)
class Named:
    """A method or function that a text names: `owner` is the type that it names, or "", and `path` how it is looked up."""

    path: str
    owner: str
    last: str
    called: bool = False  # or not called, and the question may be about its type: "dropped without calling join"


def resolve_name(library: Library, name: str) -> StdItem | None:
    """The item of std that a name means: by the end of its path, or through a trait that the type implements."""
    if found := library.items(name):
        return found[0]
    owner, _, last = name.removesuffix("!").rpartition("::")
    if not owner or ("::" in owner and not library.items(owner)):
        return None
    for item in library.items(owner)[:3]:
        if item.kind not in TYPES:
            continue
        for trait in {one.trait for one in library.implementations(item.path) if not one.negative}:
            for given in library.items(f"{trait}::{last}"):
                return given
    return None


def type_named(library: Library, name: str) -> StdItem | None:
    """The type, trait or primitive of this name; the plainest where several have it."""
    return next((one for one in library.items(name) if one.kind in TYPES), None)


def mentioned(library: Library, question: str) -> list[Named]:
    """The methods and functions that a question names as such, each with its type where it names one."""
    text = FENCED.sub(" ", question)
    found = [Named(f"{one[1]}::{one[2]}", one[1], one[2]) for one in CHAIN.finditer(text)]
    found += [Named(f"{OWNER[one[1]]}::{one[2]}", OWNER[one[1]], one[2]) for one in WRAPPED.finditer(text)]
    found += [
        Named(f"{RECEIVERS[one['on']]}::{one['last']}", RECEIVERS[one["on"]], one["last"])
        for one in RECEIVER.finditer(text)
    ]
    found += [
        Named(f"{one[1]}::{one[2]}", one[1], one[2]) for one in DOTTED.finditer(text) if type_named(library, one[1])
    ]
    if found:
        return found
    owners = types_named(library, text)
    names = [one[1] for one in IN_TICKS.finditer(text)]
    names += [next(filter(None, one.groups())) for pattern in (CALLED, SAID) for one in pattern.finditer(text)]
    for one in ADJACENT.finditer(text):
        if library.items(f"{one[1] or one[4]}::{one[2] or one[3]}"):
            names.append(one[2] or one[3])
    called = {one[4] for one in CALLED.finditer(text) if one[4]}
    certain = {next(filter(None, one.groups())) for pattern in OF_TYPE for one in pattern.finditer(text)}
    for last in dict.fromkeys(names):
        if last in COMMON or type_is(last):
            continue
        known = [owner for owner in owners if resolve_name(library, f"{owner}::{last}")]
        if known or (owners and last in certain):
            owner = (known or owners)[0]
            found.append(Named(f"{owner}::{last}", owner, last, last in called))
        elif not owners and (usual := [owner for owner in USUAL if library.items(f"{owner}::{last}")]):
            found.append(Named(f"{usual[0]}::{last}", "", last))
        elif not owners and library.items(last):
            found.append(Named(last, "", last))
    return sorted(found, key=lambda one: resolve_name(library, one.path) is None)


def perhaps_mentioned(library: Library, question: str) -> list[StdItem]:
    """The types that a question names, and those of their methods whose names are among its words."""
    found: list[StdItem] = []
    said = stems(OWN_NAME.sub(" ", question))
    for owner in types_named(library, FENCED.sub(" ", question))[:2]:
        if (kept := type_named(library, owner)) is None:
            continue
        found.append(kept)
        for member in library.members(kept.path):
            parts = [part for part in member.lower().split("_") if part]
            if member not in COMMON and all(stem(part) in said for part in parts):
                found += library.items(f"{kept.path}::{member}")[:1]
    return found


def type_is(word: str) -> bool:
    """Whether a word is a primitive type's name."""
    return bool(TYPE.fullmatch(word))


def types_named(library: Library, text: str) -> list[str]:
    """The types of std that a text names, in its order, each as the index writes its last name."""
    places: list[tuple[int, str]] = []
    for one in TYPE.finditer(text):
        if type_named(library, one[1]):
            places.append((one.start(), one[1]))
    lower = text.lower()
    for said, name in SPOKEN.items():
        if found := re.search(rf"(?<![\w`]){re.escape(said)}(?!\w)", lower):
            places.append((found.start(), name))
    for one in re.finditer(r"(?<![\w:`.])([a-z]{2,})(?![\w:])", text):
        if one[1] in WORDS_FOR_TYPES:
            places.append((one.start(), WORDS_FOR_TYPES[one[1]]))
    return list(dict.fromkeys(name for _, name in sorted(places)))


# Types that people write in lower case, and that are no common words.
LOWERED = """
    Vec HashMap HashSet BTreeMap BTreeSet VecDeque BinaryHeap LinkedList RefCell Mutex RwLock Rc Arc MaybeUninit ManuallyDrop
    OnceCell LazyLock PhantomData Cow Iterator Duration Instant String Box Option
"""
WORDS_FOR_TYPES = {name.lower(): name for name in LOWERED.split()}


def near_names(library: Library, name: str) -> list[str]:
    """Items of the same type whose names are close; the type itself where none is; none where std does not know it."""
    owner, _, last = name.removesuffix("!").rpartition("::")
    known = type_named(library, owner) or next(iter(library.items(owner)), None) if owner else None
    if known is None:
        return []
    members = {one.path.rpartition("::")[2]: _spelled(one, owner) for one in library.member_items(known.path)}
    for trait in {one.trait for one in library.implementations(known.path) if not one.negative}:
        for item in library.items(trait)[:1]:
            given = {one.path.rpartition("::")[2]: _spelled(one, trait) for one in library.member_items(item.path)}
            members = given | members
    near = get_close_matches(last, members, 3, 0.5)
    parts = [one for one in members if one not in near and len(one) > 3 and (one in last or last in one)]
    return [members[one] for one in [*near, *sorted(parts, key=len)][:3]] or [f"`{known.path}` ({known.kind})"]


def _spelled(item: StdItem, owner: str) -> str:
    """A member as it is written: below its type or, where the type has it by `Deref`, below the type that it is of."""
    last = item.path.rpartition("::")[2]
    name = f"`{item.name}`" if item.target else f"`{owner}::{last}`"
    return f"{name} (unstable: `{item.unstable}`)" if item.unstable else name
