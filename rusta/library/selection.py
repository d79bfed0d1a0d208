"""The sentences of a page that answer a question: chosen by code, from the question's words and from what it asks for.

A text is taken apart into sentences, each with the heading above it; a sentence that announces a list is one with it. A
sentence counts by the rarity of the question's words in it, by signs of what is asked for ("panic" asks for sentences about
panics), and by its place, since pages say first what they are about. What leans on the sentence before it ("Otherwise, ...")
or after it ("To mend it:") comes with that one or not at all, and what is chosen stands in the order of the page.
"""

import math
import re
from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from rusta.core.markdown_fences import FENCED
from rusta.memory.index.terms import wanted

MOST_WORDS = 80  # of an answer's quotes together
MOST_SENTENCES = 3
SHORT = 4  # words of a sentence that only announces code: "Use instead:"
LONG_ENTRY = 30  # words of an entry of a list that is taken apart
LONGEST_LIST = 60  # words of a list that stays with the sentence that announces it
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`“\"(])|(?<=[.!?][)”\"])\s+(?=[A-Z`“\"(])")
HEADING = re.compile(r"#{1,6} (.*)")
# Sentences that only say where to read more, or that an example follows.
REFERRAL = re.compile(
    r"^(?:for (?:more|further) (?:information|details?)|see (?:also|the|its|rfc|issue|\[)|for information on"
    r"|more details|refer to|you can (?:read|find) more|please see)",
    re.IGNORECASE,
)
# Sentences that tell of an example, and not of a rule.
NARRATED = re.compile(
    r"\blistings? \d|\bwe(?:’(?:ve|ll|re|d))?\b|\b(?:let’s|our|above|below|chapter \d+)\b|^first,", re.IGNORECASE
)
TOLD = 0.35  # what a sentence loses that does
# Sentences about an example of the page, which need not be the one that is shown.
OF_EXAMPLE = re.compile(
    r"\b(?:in|of|for|with) (?:this|that|these|the (?:above|previous|following|first|second|last)) (?:\w+ )?(?:examples?|code|snippet)\b"
    r"|\b(?:this|the|another|an) (?:above |following |erroneous )?example\b"
    r"|\b(?:example|code|snippet|one) (?:above|below)\b|\babove (?:example|code)\b|^here,|^(?:in|of) the example",
    re.IGNORECASE,
)
# Beginnings that lean on the sentence before.
LEANING = re.compile(
    r"(?:however|otherwise|but|and|so|then|these|those|it|they|such|thus|therefore|instead|also|for (?:example|instance)|hence"
    r"|alternatively|conversely|note,? however|in (?:this|that|these|such) (?:cases?|way|example)"
    r"|as (?:such|a result)|because of (?:this|that)"
    r"|the (?:latter|former|above|same)|on the other hand|this (?:is|was|fails?|means|works|happens|can|could|would|will|lets|allows"
    r"|makes|does|has|in|also|way|case|\w+ed))\b",
    re.IGNORECASE,
)
MOST_BEFORE = 2  # sentences that come along, one leaning on the other
# Beginnings of a sentence without which the one before it says too much.
QUALIFYING = re.compile(
    r"(?:however|but|otherwise|alternatively|except|unless|note,? (?:however|that)|conversely)\b", re.IGNORECASE
)
MOST_QUALIFIED = 120  # words of the quotes, such sentences included
EXAMPLES = re.compile(
    r"(?:(?:an |some )?(?:erroneous|basic|simple|correct|working))?\s*(?:code )?(?:usage|examples?)(?: of erroneous code)?:?"
    r"|(?:for )?example|notes?:?|.{0,12}like (?:this|so):?|.{0,20}following:",
    re.IGNORECASE,
)
# Stop words of a search that bear meaning in a rule: "must", "only one", "let", "the same".
MEANT = "must let only once same both each own under over more most all none no not never always before after out"
BEARING = frozenset(MEANT.split(" "))
JOINT = re.compile(r"::|_")  # of a name; sentences are compared by single words, and a joined name would stand in none
# Words of questions that say nothing about what the answer is about.
SAID = """
    rust rustc compiler compile compiles code error errors mean means meaning explain say says function method type question
    understand wonder wondering happen happens kind sort stuff work works whether like use using used call called get gets
    getting got want need there one tell page std standard library e g right wrong ok exactly simply actually else someone
    anybody people please plain words
"""
ASKING = frozenset(SAID.split())


@dataclass(frozen=True)
class AnswerIntent:
    """What a question may ask for: how it is asked, and the headings and sentences that answer it."""

    asked: re.Pattern[str]
    heading: re.Pattern[str]
    sentence: re.Pattern[str]


def _intent(asked: str, heading: str, sentence: str) -> AnswerIntent:
    return AnswerIntent(*(re.compile(one, re.IGNORECASE) for one in (asked, heading, sentence)))


MEND = _intent(
    r"\bfix|\bmend|\bsolve|\bresolve|\bavoid|work ?around|how (?:do|can|should|would|to) (?:i|you|we|one|people|to)?\b|get rid|get around"
    r"|what (?:do|should|can|must|could) (?:i|we|you|one|be|go)\b|make it (?:work|compile)|repair|instead|recommended|official"
    r"|solution|remedy|cure|way out"
    r"|what'?s missing|what (?:is missing|did i forget|replaces)|where should|satisf|content\?|allowed"
    r"|(?:in )?(?:what|which) \w+ (?:\w+ )?(?:do|should|can|must|may|goes|to) ",
    r"fix|solution|instead",
    r"\bfix|\bcan be (?:solved|avoided|resolved)|\bsolution|\binstead\b|\byou (?:can|could|need|must|have to|should|may|might)\b"
    r"|\bconsider\b|\bmake sure\b|\bneeds? to\b|\bmust\b|\bshould\b|\btry\b|to (?:avoid|solve|resolve|do this|work)",
)
INTENTS = (
    MEND,
    _intent(r"\bpanic", r"^panics?", r"\bpanic|\babort"),
    _intent(
        r"complexity|\bO\(|big.?o\b|how (?:fast|slow|expensive|costly|long)|(?:time|cost) (?:does|is|of)|linear|constant time"
        r"|amorti[sz]ed|worst.case|\bcheap\b|performance|efficient",
        r"complexity|performance|time", r"\*?O\*?\(|linear|constant time|amorti[sz]ed|complexity|worst.case|logarithmic",
    ),
    _intent(r"\bunsafe|undefined behaviou?r|\bsafety|\bsound", r"^safety", r"undefined behaviou?r|\bsafe|must\b"),
    _intent(r"return an? err|\berr\b|\bfails?\b|go wrong", r"^errors?", r"\berrors?\b|`Err`|\bfail"),
    _intent(
        r"\bwhy\b|\breason|rationale|how come|what for\b|what's the point|purpose",
        r"why|rationale|motivation",
        r"\bbecause\b|\bsince\b|\breason|\bin order\b|\botherwise\b|\bso that\b|\btherefore\b|\bensures?\b|\bprevents?\b|\bthis is\b"
        r"|\bas this\b|\bwould\b|\bcannot\b|\bcan't\b",
    ),
    _intent(r"\bif\b|\bwhen\b|what happens|\bon an?\b|\bwith (?:an?|the|\d)", r"^$", r"^(?:if|when)\b|\bif\b|\bwhen\b|\bunless\b"),
    _intent(r"alloc|capacity|memory", r"capacity|alloc", r"alloc|capacity|memory"),
    _intent(r"\bdrop(?:s|ped|ping)?\b|destructor", r"drop", r"\bdrop|destructor"),
    _intent(r"\border(?:ing|ed)?\b|\bstable sort|\bsorted|preserve", r"order|sort", r"\border|\bstable\b|\bsort|preserv"),
    _intent(
        r"what (?:does|do|is|will|happens).*\b(?:returns?|give|produce|result)|returned?\b|give (?:me|you|back)|what happens (?:if|when)"
        r"|\bnone\b|\bempty\b|out of (?:bounds|range)",
        r"returns?|return value", r"\breturn|\bnone\b|\bsome\b|\byields?\b|\bresults? in\b|\bempty\b",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class PageSentence:
    """A sentence of a text, the heading above it, and its place: 0 is the first sentence."""

    text: str
    heading: str
    place: int
    block: int = 0  # the number of its paragraph or list
    gap: bool = False  # whether code, or a sentence that is none of these, stands between it and the one before
    entry: bool = False  # whether it is (or begins) an entry of a list that stands by itself
    opens: bool = True  # whether its paragraph or list begins with it
    closes: bool = True  # whether its paragraph or list ends with it

    @property
    def of_example(self) -> bool:
        """Whether it speaks of an example of the page."""
        return bool(OF_EXAMPLE.search(self.text))

    @property
    def leaning(self) -> bool:
        """Whether it has its meaning from the sentence before it."""
        return self.place > 0 and bool(LEANING.match(self.text))

    @property
    def announcing(self) -> bool:
        """Whether it has its meaning from what comes after it."""
        return self.text.endswith(":")

    @cached_property
    def words(self) -> int:
        """How long it is."""
        return len(self.text.split())

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of its words."""
        return stems(self.text)


@dataclass(frozen=True)
class QuestionTerms:
    """A question as it is compared with sentences: its words with their weights, and what it asks for."""

    weights: dict[str, float]
    intents: tuple[AnswerIntent, ...]
    searched: bool = False  # no page is named, so a sentence has to state a rule

    @classmethod
    def of(cls, question: str, named: str) -> "QuestionTerms":
        """A question about the page of `named`, where no index tells how rare its words are."""
        return question_terms(question, lambda word: 1, 1, named)

    @property
    def mass(self) -> float:
        """The weight of all its words."""
        return sum(self.weights.values())

    def coverage(self, held: Set[str]) -> float:
        """The share of the question's weight whose words are among these stems."""
        return self._held(held) / self.mass if self.weights else 0.0

    def score(self, unit: PageSentence) -> float:
        """How well a sentence answers; 0 where it shares nothing with the question."""
        scale = max(self.mass, 1.0)
        score = (self._held(unit.stems) + 0.4 * self._held(stems(unit.heading))) / scale
        for intent in self.intents:
            score += 0.5 * bool(intent.sentence.search(unit.text)) + 0.4 * bool(intent.heading.search(unit.heading))
        score -= TOLD * bool(self.searched and NARRATED.search(unit.text)) + TOLD * unit.of_example
        return score / (1 + max(0, unit.words - 40) / 80)

    def chosen(self, text: str, lead: float = 0.6) -> tuple[PageSentence, ...]:
        """Some sentences and at most eighty words of a text, in its order, the one that fits best among them.

        `lead` is what a sentence's place counts for: the first one of a page gets all of it, the next half of it, and so on.
        """
        every = page_sentences(text)
        ranked = sorted(every, key=lambda one: (-(self.score(one) + lead / (1 + one.place)), one.place))
        return together(ranked) if ranked else ()

    def _held(self, held: Set[str]) -> float:
        return sum(weight for word, weight in self.weights.items() if word in held)


@lru_cache(100_000)
def stems(text: str) -> frozenset[str]:
    """The stems of a text's words."""
    return frozenset(stem(word) for word in re.findall(r"[^\W_]+", text.lower()))


SUFFIXES = """
    ization isation ations ation ances ance ence ants ant ities ity ively ive ally al ments ment ingly ings ing edly ies ied ers
    able ible ed er es ly s e y
"""
ENDINGS = tuple(SUFFIXES.split())


@lru_cache(100_000)
def stem(word: str) -> str:
    """A word without its usual endings. Both sides of a comparison go through it, so it need not be a word."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            base = word.removesuffix(ending)
            if len(base) > 3 and ending in ("ing", "ed", "er", "ers"):
                return base[:-1] if base[-1] in (base[-2], "y") else base
            return base
    return word


def question_terms(question: str, documents: Callable[[str], int], passages: int, named: str = "") -> QuestionTerms:
    """The words of a question with their rarity among `passages`, without those of `named`, whose page it is.

    Where no page is named, stop words that bear meaning in a rule count, too.
    """
    text = FENCED.sub(" ", question)
    own = set(wanted(JOINT.sub(" ", named)))
    weights: dict[str, float] = {}
    said = [] if named else [word for word in re.findall(r"[^\W_]+", text.lower()) if word in BEARING]
    for word in dict.fromkeys([*wanted(JOINT.sub(" ", text)), *said]):
        if word not in ASKING and word not in own and " " not in word:
            weights.setdefault(stem(word), math.log(1 + passages / (documents(word) or 0.5)))
    return QuestionTerms(weights, tuple(one for one in INTENTS if one.asked.search(text)), not named)


def page_sentences(text: str) -> list[PageSentence]:
    """The sentences of a text in Markdown, without code, examples' titles, and what announces code."""
    found: list[PageSentence] = []
    heading, announced, gap = "", "", False

    def put(said: str, block: int, entry: bool = False) -> None:
        nonlocal gap
        found.append(PageSentence(said, heading, len(found), block, gap, entry))
        gap = False

    blocks = re.sub(r"^(#{1,6} .*)$", r"\n\1\n", FENCED.sub("```", text), flags=re.MULTILINE).split("\n\n")
    for number, block in enumerate(blocks):
        if title := HEADING.fullmatch(block.strip()):
            heading, announced, gap = title[1], "", True
            continue
        if block.lstrip().startswith("- "):
            entries = [" ".join(one.split()) for one in re.split(r"\n(?=- )", block.strip())]
            together = "\n".join([announced, *entries]).strip()
            if announced and len(together.split()) <= LONGEST_LIST:
                found[-1] = replace(found[-1], text=together)
            else:
                for one in entries:
                    said = one.removeprefix("- ")
                    parts = SENTENCE.split(said) if len(said.split()) > LONG_ENTRY else [said]
                    for n, part in enumerate(parts):
                        put(part, number, entry=n == 0)
            announced = ""
            continue
        announced = ""
        for sentence in SENTENCE.split(" ".join(block.replace("```", " ").split())):
            if not sentence or EXAMPLES.fullmatch(sentence.rstrip(".")) or REFERRAL.match(sentence):
                gap = True
                continue
            if sentence.endswith(":"):  # it announces a list, which is read with it, or code
                announced = sentence
            put(sentence, number)
        gap = gap or "```" in block
    kept = [one.words > SHORT or not one.announcing for one in found]
    blocks_of = [one.block for one in found]
    return [
        replace(
            one, place=sum(kept[:n]), gap=one.gap or (n > 0 and not kept[n - 1]),
            opens=n == 0 or blocks_of[n - 1] != one.block, closes=n + 1 == len(found) or blocks_of[n + 1] != one.block,
        )
        for n, one in enumerate(found) if kept[n]
    ]  # fmt: skip


def lead(text: str) -> tuple[PageSentence, ...]:
    """The first sentences of a text."""
    return QuestionTerms({}, ()).chosen(text)


def together(ranked: list[PageSentence]) -> tuple[PageSentence, ...]:
    """The first of these that fit into an answer, with what they lean on, in the order of the text."""
    by_place = {one.place: one for one in ranked}
    best = ranked[0]
    if best.words > MOST_WORDS:
        return (replace(best, text=" ".join([*best.text.split()[: MOST_WORDS - 1], "…"])),)
    kept = dict[int, PageSentence]()
    for one in ranked:
        both = kept | {unit.place: unit for unit in _with_context(one, by_place)}
        if sum(unit.words for unit in both.values()) <= MOST_WORDS:
            kept = both
        if len(kept) >= MOST_SENTENCES:
            break
    chosen = [kept[place] for place in sorted(kept)] or [best]
    for one in list(chosen):
        after = by_place.get(one.place + 1)
        if after is None or after in chosen or after.block != one.block or after.gap:
            continue
        if QUALIFYING.match(after.text) and sum(unit.words for unit in (*chosen, after)) <= MOST_QUALIFIED:
            chosen.append(after)
    return tuple(sorted(chosen, key=lambda unit: unit.place))


def _with_context(one: PageSentence, by_place: dict[int, PageSentence]) -> list[PageSentence]:
    """A sentence, those that it leans on, and the list or the sentence that it announces."""
    found = [one]
    while found[0].leaning and len(found) <= MOST_BEFORE:
        before = by_place.get(found[0].place - 1)
        if before is None or before.heading != one.heading:
            break
        found.insert(0, before)
    after = by_place.get(one.place + 1)
    if one.announcing and after and after.heading == one.heading:
        of_list = [unit for place, unit in sorted(by_place.items()) if place > one.place and unit.block == after.block]
        found += [after] if after.block == one.block or after.gap else of_list
    return found
