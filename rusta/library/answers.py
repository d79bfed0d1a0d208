"""What the library answers to a question: quotes of the pages that its names lead to, statements of code, and admissions.

Names with a page of their own (an error code, a lint, a keyword, an attribute, an item of std) lead to it by key. Any other
question is searched for. What is unknown is said, with the nearest names or pages; nothing is made up.
"""

import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from rusta.core.markdown_fences import FENCED
from rusta.library.crate_index import CrateIndex
from rusta.library.examples import corrected, examples, spoken_of
from rusta.library.index import Library
from rusta.library.names import TYPES, UNLISTED, mentioned, near_names, resolve_name, type_named, types_named
from rusta.library.passages import Passage, StdItem
from rusta.library.quotes import Quote, of_crate_item, of_item, of_passage
from rusta.library.routing import Route, RouteKind, bare_names, routes
from rusta.library.search import Meaning, search
from rusta.library.selection import QuestionTerms, page_sentences, question_terms

BETTER = 0.45  # by so much a type's page has to answer better than that of the method which the question names
MOST = 2  # pages that one answer quotes
UNSURE = "I am not sure that this answers it. The nearest that I found:"
NOTHING = "I do not know: I found no page of Rust {} of which I am sure that it answers this."
NEAREST = 3  # pages that an admission names
THREADS = re.compile(r"\bthread.?safe|\b(?:across|between|among|to (?:an)?other) threads?\b", re.IGNORECASE)
TRAIT_WORDS = {
    re.compile(r"\bcop(?:ied|yable)\b", re.IGNORECASE): "Copy",
    re.compile(
        r"\bcloned|\bclonable|\bcloneable|\b(?:can|may) (?:i|we|you|one) clone (?:an?|the|my)\b", re.IGNORECASE
    ): "Clone",
    re.compile(r"\{:\?\}"): "Debug",
}
COMMON_TRAITS = re.compile(
    r"\b(?:Send|Sync|Copy|Clone|Debug|Display|Eq|PartialEq|Ord|PartialOrd|Hash|Default|Iterator|Unpin|Sized|Error)\b"
)
UNREAD_TRAITS = "Which traits it implements I have not read: of crates I know the items and what is written above them."
SAFETY = re.compile(r"\b(?:un)?safe\b", re.IGNORECASE)
VERSUS = re.compile(r"\b(?:vs\.?|versus|differences?|differs?)\b", re.IGNORECASE)
EITHER_OR = re.compile(r"\W*(?:\w|[:.()<>&`])+\s+or\s+\S+\W*")  # "iter() or into_iter()?"
DEFINES = re.compile(r"\W*(?:what(?:['’]?s| is| are)|explain|define)\s+(?:an? |the )?`?([A-Z]\w+)`?\W*", re.IGNORECASE)
FACTS = re.compile(
    r"\bsince\b|\b(?:which|what|rust) version|\bstabili[sz]|\bstable\b|\bnightly|\bunstable|\bdeprecat|\bMSRV\b"
    r"|\bexperimental|\bfeature gate",
    re.IGNORECASE,
)
IMPLEMENTS = re.compile(
    r"\b(?:implements?|implementing|implemented|impl|is|are|be|derives?|bound|trait)\b", re.IGNORECASE
)
# "Can I implement Display for Vec?"; of a type of one's own it is no question.
IMPLEMENT_FOR = re.compile(
    r"\b(?:can|may|could|how (?:do|can|would|to))\b[^.?!]*?\b(?:implement|impl|derive)\s+(?:the\s+)?`?(?:\w+::)*([A-Z]\w+)(<)?`?"
    r"(?:\s+trait)?\s+(?:for|on)\s+(?:an?\s+|the\s+|std'?s?\s+)?`?(&)?(?:\w+::)*(\w+)",
    re.IGNORECASE,
)
FUNDAMENTAL = frozenset({"Box", "Pin"})
"""Types of std that count as their parameter for the orphan rule (The Rust Reference, "Trait implementation coherence")."""
STD = re.compile(r"\bstd\b|\bstandard library\b|\bcore\b|\bRust\b|\bis there\b|\bexist", re.IGNORECASE)


@dataclass(frozen=True)
class LibraryAnswer:
    """Quotes, and sentences of code about what is not known. `by` says how it was found: "key" or "search"."""

    quotes: tuple[Quote, ...] = ()
    said: tuple[str, ...] = ()
    by: str = "key"
    nearest: tuple[Passage, ...] = field(default=())
    unsure: str = ""  # said before quotes that may not answer

    @property
    def text(self) -> str:
        """As a person reads it."""
        return "\n\n".join([*([self.unsure] if self.unsure else []), *(one.text for one in self.quotes), *self.said])

    def __bool__(self) -> bool:
        return bool(self.quotes or self.said)


def answer(
    library: Library, question: str, crates: CrateIndex | None = None, meaning: Meaning | None = None
) -> LibraryAnswer:
    """What the library, and the crates that are given, know that answers a question; false where they know nothing to say."""
    found = routes(question)
    quotes = of_crates(crates, question, found) if crates else []
    unknown = unfound(crates, found) if crates and not quotes else list[str]()
    if not (quotes or unknown):
        quotes, unknown = keyed(library, question, found)
    if quotes or unknown:
        return LibraryAnswer(tuple(quotes[:MOST]), tuple(unknown[:MOST]))
    pathed = {part for one in found for part in one.key.split("::")}
    bare = [one for one in bare_names(question) if one.key not in pathed]  # the end of a path names what that path does
    if crates and (quotes := of_crates(crates, question, bare)):
        return LibraryAnswer(tuple(quotes[:MOST]))
    if lints := [one.key for one in found if one.kind is RouteKind.LINT]:  # the compiler may print its page
        return LibraryAnswer((), tuple(f"The documentation here has no page of {one}." for one in lints[:MOST]))
    return searched(library, question, meaning)


def of_crates(crates: CrateIndex, question: str, found: list[Route]) -> list[Quote]:
    """Quotes of the items that a question names by a path into a crate, and of a path's end that the workspace has.

    Items of the workspace without documentation are left out: whoever asks about them reads their source.
    """
    quotes = list[Quote]()
    for route in found:
        items = crates.items(route.key) if route.kind is RouteKind.ITEM else []
        if items and (items[0].item.docs or not items[0].crate.own):
            asked = QuestionTerms.of(question, route.key)
            quote = of_crate_item(items[0], asked.chosen(items[0].item.docs))
            unread = items[0].item.kind in TYPES and IMPLEMENTS.search(question) and COMMON_TRAITS.search(question)
            quotes.append(replace(quote, said=f"{UNREAD_TRAITS}\n\n{quote.said}") if unread else quote)
    return quotes


def unfound(crates: CrateIndex, found: list[Route]) -> list[str]:
    """Sentences on paths into crates of the workspace whose sources have no such item, with members that are near.

    The sources are read as they are written: what a procedural macro makes is not in them, so nothing is said not to exist.
    """
    said = list[str]()
    for route in found:
        first, _, below = route.key.partition("::")
        known = crates.named(first) if below and route.kind is RouteKind.ITEM else []
        if not known or crates.items(route.key):
            continue
        owner, _, last = route.key.rpartition("::")
        near = ", ".join(f"`{owner}::{one}`" for one in get_close_matches(last, crates.members(owner), NEAREST, 0.6))
        versions = " and ".join(sorted(one.version for one in known))
        of = "this workspace" if known[0].own else f"{known[0].name} {versions}, which this workspace has"
        said.append(f"I found no `{route.key}` in the sources of {of}.{f' Near it: {near}.' if near else ''}")
    return said


def searched(library: Library, question: str, meaning: Meaning | None = None) -> LibraryAnswer:
    """The sentences that a search finds, or the admission that they are not enough."""
    asked = _asked(library, question)
    if not asked.weights:
        return LibraryAnswer((), (NOTHING.format(library.documentation.version),), "search")
    found = search(library, question, asked, meaning)
    if found.enough and found.item:
        return LibraryAnswer((about(library, question, found.item),), by="search")
    if found.enough or found.near:
        quotes = [of_passage(passage, library.documentation, said) for passage, said in found.sentences]
        return LibraryAnswer(tuple(quotes), by="search", unsure="" if found.enough else UNSURE)
    named = "; ".join(f"{one.title} ({one.page})" for one in found.nearest[:NEAREST])
    said = NOTHING.format(library.documentation.version)
    return LibraryAnswer((), (f"{said} Nearest: {named}." if named else said,), "search", found.nearest[:NEAREST])


def keyed(library: Library, question: str, found: list[Route]) -> tuple[list[Quote], list[str]]:
    """Quotes for the keys and names of a question that the library knows, and sentences about those that it does not."""
    quotes, unknown = list[Quote](), list[str]()
    version = library.documentation.version
    taken = set[str]()
    for route in found:
        passage, item = None, None
        match route.kind:
            case RouteKind.CODE | RouteKind.LINT:
                passage = library.keyed(route.key)
                if passage is None and not route.key.startswith("clippy::"):
                    unknown.append(f"There is no {route.kind} {route.key} in the documentation of {version}.")
            case RouteKind.KEYWORD:
                passage = library.keyed(f"keyword {route.key}")
            case RouteKind.ATTRIBUTE:
                passage = library.keyed(f"attribute {route.key}")
                if passage is None and route.key not in (known := attributes(library)):
                    near = "".join(f" Near it: `#[{one}]`." for one in get_close_matches(route.key, known, 1, 0.5))
                    unknown.append(f"Rust {version} has no attribute `#[{route.key}]`.{near}")
            case RouteKind.SIGN:
                passage = library.at(*route.key.split("#"))
            case RouteKind.ITEM:
                item = resolve_name(library, route.key)
                if item is None and (near_ := near_names(library, route.key)):
                    unknown.append(f"std of {version} has no `{route.key}`. Near it: {', '.join(near_)}.")
                elif item is None and (
                    is_macro(question, route.key) if route.key.endswith("!") else STD.search(question)
                ):
                    unknown.append(f"std of {version} has no `{route.key}`.{_alike(library, route.key)}")
        if passage and passage.title not in taken:
            taken.add(passage.title)
            asked = _asked(library, question, route.key)
            mended = corrected(examples(passage.text), asked)
            said, example = asked.chosen(passage.text), mended.code if mended else ""
            quotes.append(of_passage(passage, library.documentation, said, example, spoken_of(passage.text, said)))
        if item and item.path not in taken:
            taken.add(item.path)
            quotes.append(about(library, question, item))
    if quotes or unknown:
        return quotes, unknown
    if told := implementing(library, question):
        return [told], []
    named = types_named(library, question)[:2]
    types = list(filter(None, (type_named(library, owner) for owner in named)))
    for item in types:
        if trait_statement(library, question, item):
            return [about(library, question, item)], []
    if compared := _compared(library, question, types):
        return [about(library, question, item) for item in compared], []
    if types and (defined := DEFINES.fullmatch(question)) and defined[1] == types[0].path.rsplit("::", 1)[-1]:
        return [about(library, question, types[0])], []
    for one in mentioned(library, question):
        if item := resolve_name(library, one.path):
            return [about(library, question, better(library, question, item) if one.called else item)], []
        unknown.append(f"std of {version} has no `{one.path}`. Near it: {', '.join(near_names(library, one.path))}.")
    if not unknown and FACTS.search(question):
        quotes += [about(library, question, item) for owner in named[:1] if (item := type_named(library, owner))]
    return quotes, unknown


def implementing(library: Library, question: str) -> Quote | None:
    """What a question about implementing a trait of std asks for: the trait's page, and of a type of std that it cannot be done.

    A trait with parameters may have a type of one's own in them, and a fundamental type may hold one: of those nothing is said.
    """
    found = IMPLEMENT_FOR.search(question)
    page = library.keyed("E0117")
    if found is None or found[2] or found[3] or page is None:
        return None
    trait = next((one for one in library.items(found[1]) if one.kind == "trait"), None)
    type_ = type_named(library, found[4])
    if trait and type_ is None:
        return about(library, question, trait)
    if trait is None or type_ is None or type_.kind == "trait" or found[4] in FUNDAMENTAL:
        return None
    if re.search(rf"\btrait {re.escape(found[1])}<", trait.signature):
        return None
    stated = trait_statement(library, f"is {found[4]} {found[1]}?", type_)
    rule = f"`{found[1]}` and `{found[4]}` are both of std, so that no other crate can implement the one for the other."
    asked = _asked(library, question, "E0117")
    quote = of_passage(page, library.documentation, asked.chosen(page.text))
    return replace(quote, said="\n\n".join(filter(None, [rule, stated])))


def _compared(library: Library, question: str, types: list[StdItem]) -> list[StdItem]:
    """The two methods or types that a question sets beside each other; none where it does not, or names others."""
    if not (VERSUS.search(question) or EITHER_OR.fullmatch(question)):
        return []
    methods = [item for one in mentioned(library, question) if (item := resolve_name(library, one.path))]
    of = {item.path: item for item in methods or types}
    return list(of.values()) if len(of) == MOST else []


def safety_statement(question: str, item: StdItem) -> str:
    """Whether calling a function needs `unsafe`, where the question asks about it."""
    if not item.signature or item.kind not in ("method", "function", "fn") or not SAFETY.search(question):
        return ""
    if THREADS.search(question):
        return ""
    if re.search(r"\bunsafe\b.*\bfn\b", item.signature):
        return "Calling it needs `unsafe`, as its signature says."
    return "Calling it needs no `unsafe`: its signature has none."


def better(library: Library, question: str, item: StdItem) -> StdItem:
    """The method that a question names, or its type where the type's page answers better: "what if I drop it without join"."""
    owner = type_named(library, item.path.rpartition("::")[0])
    if owner is None:
        return item
    asked = _asked(library, question, item.path)
    own, whole = (max(map(asked.score, page_sentences(one.text)), default=0.0) for one in (item, owner))
    return owner if asked.weights and whole > own + BETTER else item


def about(library: Library, question: str, item: StdItem) -> Quote:
    """What code knows of an item that the question asks for, and the sentences of its page that answer."""
    parent = type_named(library, item.path.rpartition("::")[0]) if not item.since and not item.unstable else None
    stated = trait_statement(library, question, item) or safety_statement(question, item)
    sentences = _asked(library, question, item.path).chosen(item.text)
    return of_item(item, library.documentation, sentences, stated, parent.since if parent else "")


def trait_statement(library: Library, question: str, item: StdItem) -> str:
    """Whether a type implements the traits that the question asks about, with the line that says so."""
    if item.kind not in TYPES or item.kind == "trait":
        return ""
    text = FENCED.sub(" ", question)
    own = item.path.rsplit("::", 1)[-1]
    names = [one for one in re.findall(r"\b[A-Z][A-Za-z]+\b", text) if one != own] if IMPLEMENTS.search(text) else []
    names += [trait for said, trait in TRAIT_WORDS.items() if said.search(text)]
    names += ["Send", "Sync"] if THREADS.search(text) else []
    lines = []
    for trait in dict.fromkeys(names):
        if not any(one.kind == "trait" for one in library.items(trait)):
            continue
        found = library.implementations(item.path, trait)
        said = "".join(f"\n- `{one.header}`" for one in found[:3])
        if not found and own in UNLISTED:
            continue
        if not found:
            lines.append(f"`{own}` does not implement {trait}: its page lists no such implementation.")
        elif all(one.negative for one in found):
            lines.append(f"`{own}` is not {trait}:{said}")
        else:
            lines.append(f"`{own}` implements {trait}:{said}")
    return "\n\n".join(lines)


def is_macro(question: str, name: str) -> bool:
    """Whether a word with `!` is said to be a macro, and is no exclamation: "Thank you!"."""
    before = rf"(?:`|what (?:does|is) |what's |\bdoes |\bexplain |\busing |\bcalling ){re.escape(name)}"
    return "_" in name or question == name or bool(re.search(rf"\bmacros?\b|{before}", question, re.IGNORECASE))


def attributes(library: Library) -> list[str]:
    """The attributes that the Reference's index lists."""
    index = library.at("reference/attributes.html", "built-in-attributes-index")
    return re.findall(r"`([a-z_]+)`", index.text) if index else []


def _asked(library: Library, question: str, named: str = "") -> QuestionTerms:
    return question_terms(question, library.documents, library.passages, named)


def _alike(library: Library, name: str) -> str:
    """Types, macros and functions of std whose names are close."""
    mark = "!" if name.endswith("!") else ""
    near = get_close_matches(name.removesuffix("!"), library.names(macros=bool(mark)), 3, 0.6)
    return f" Near it: {', '.join(f'`{one}{mark}`' for one in near)}." if near else ""
