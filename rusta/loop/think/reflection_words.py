"""What a trusted mind says of its own beside the facts of a reflection: prose whose every name and number the facts or the library know.

A sentence with another name is left out whole, and so are code, lists, what breaks off, and what says in other words than the facts why
something changed, as far as the words tell it. Not covered: a known name in a
sentence that is wrong; for that the mind's measured trust stands, which whoever asks for the words has looked up.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rusta.core.deferred_parts import built_part
from rusta.core.home import Home
from rusta.core.markdown_fences import FENCED
from rusta.core.output import visible
from rusta.evaluation.trust.figures import Trust
from rusta.evaluation.trust.repairs import COMMON, FOREIGN, GENERAL, WORD
from rusta.identity.turns import Role, Turn
from rusta.library.compiler_pages import CompilerPages
from rusta.library.index import Library, NotBuilt
from rusta.library.name_gate import check_names
from rusta.library.said_names import names_in
from rusta.library.selection import stem
from rusta.mind.mind import Generation, Mind
from rusta.registry import lineage
from rusta.tools.toolchain import Installed

MOST_TOKENS = 120
MOST_SENTENCES = 3
LONGEST_SAID = 4_000  # characters of what it says
LONGEST_FACTS = 6_000  # characters of a note that the mind is shown
WISH = (
    "These are the facts of a change in a crate that I depend on. In at most three sentences, as I, in the present tense: what does "
    "it change in how I write code, and what do I watch for? Only names and numbers that stand above. No code, no list, no heading."
)
SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?!\s|$)[^.!?\n]*)*[.!?](?=\s|$)")
NUMBER = re.compile(r"\d+(?:\.\d+)*")
SPAN = re.compile(r"`([^`\n]+)`")
NOT_PROSE = re.compile(r"^\s*(?:#|[-*+>]\s|\d+[.)]\s|\|)")


@dataclass(frozen=True)
class ReflectionWords:
    """`known` says whether the library knows every name of a sentence."""

    mind: Mind
    identity: Turn
    generation: Generation
    known: Callable[[str], bool] = lambda sentence: False

    def on(self, facts: str) -> str:
        """Return the sentences that hold; "" for none."""
        return supported_words(self.said(facts), facts, self.known)

    def said(self, facts: str) -> str:
        """Return what the mind says, as it says it."""
        asked = Turn(Role.PERSON, f"{facts[:LONGEST_FACTS]}\n\n{WISH}")
        steady = replace(self.generation, temperature=0.0, max_tokens=MOST_TOKENS)
        return "".join(piece.text for piece in self.mind.stream([self.identity, asked], steady)).strip()


def supported_words(said: str, facts: str, known: Callable[[str], bool]) -> str:
    """Return the whole sentences of prose whose names stand in the facts or are `known`, and whose numbers stand in the facts.

    Left out is also a general statement, and a sentence of which more than `FOREIGN` of the longer words were not told.
    """
    numbers, kept = set(NUMBER.findall(facts)), list[str]()
    told = {stem(word) for word in WORD.findall(facts.lower())} | {stem(word) for word in COMMON}
    prose = " ".join(line for line in FENCED.sub(" ", said[:LONGEST_SAID]).split("\n") if not NOT_PROSE.match(line))
    for found in SENTENCE.finditer(visible(prose)):
        sentence = " ".join(found[0].split())
        spans = [one for one in SPAN.findall(sentence) if one not in facts]
        foreign = [
            one.name
            for one in names_in(sentence)
            if one.shown not in facts and one.name.rpartition("::")[2] not in facts
        ]
        words = [stem(word) for word in WORD.findall(sentence.lower())]
        untold = sum(word not in told for word in words) > FOREIGN * len(words) or GENERAL.search(sentence)
        if set(NUMBER.findall(sentence)) <= numbers and not (untold or spans) and (not foreign or known(sentence)):
            kept.append(sentence)
    return " ".join(kept[:MOST_SENTENCES])


def trusted_words(speaker: Mapping[str, Any], home: Home) -> Callable[[str], str]:
    """Return what gives the words of the mind that `speaker` describes, where its measured trust bears pages of the journals; else "".

    `speaker` holds deferred parts: mind, identity, generation, model, phase, trust. The mind wakes when it is asked first.
    """
    model, phase = built_part(speaker.get("model")), speaker.get("phase")
    trust = built_part(speaker.get("trust")) or Trust()
    adapter = lineage.grown(home, str(phase["name"])) if phase else None
    if not trust.bears_pages(model, adapter, home):
        return lambda facts: ""
    awake = list[ReflectionWords]()

    def words(facts: str) -> str:
        if not awake:
            mind: Mind = built_part(speaker["mind"])
            mind.wake(adapter)
            identity, generation = built_part(speaker["identity"]).turn(), built_part(speaker["generation"])
            awake.append(ReflectionWords(mind, identity, generation, lambda sentence: library_knows(sentence, home)))
        return awake[0].on(facts)

    return words


def library_knows(sentence: str, home: Home) -> bool:
    """Whether the index of the toolchain's documentation has every name of a sentence; False where there is no index."""
    documentation = CompilerPages(Installed(Path.cwd()), None).documentation
    if documentation is None:
        return False
    try:
        with Library.open(home, documentation) as library:
            report = check_names(sentence, library)
    except NotBuilt:
        return False
    return not (report.unknown or report.unchecked)
