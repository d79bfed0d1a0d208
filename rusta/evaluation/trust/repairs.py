"""The fixed set of repairs (error, change and result, told to a model), and the grader of the account it gives.

The grader needs no model. An account is right if it names what each line of `must` asks for and nothing of `never`
(regular expressions), shows no code and no change other than those it was told, names nothing it was not told and gives
no name a wrong kind, makes no general statement (the model was told of one program, not of Rust), and if each sentence
consists mostly of words that were told or that any account may use. An account that is right in other words counts as
wrong: the measured share is a lower bound.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from rusta.core.markdown_fences import FENCED

WISH = (
    "Tell me in one to three sentences what was wrong and what you changed. Only what stands above: no other names, no "
    "numbers of your own, no code block."
)
TOKENS = 110  # maximum tokens of an account
FOREIGN = 0.4  # share of a sentence's words of four letters and more that may be untold
LONG = 40  # characters from which on text in backticks is not a name, but a line or the text between two names
DIFF = re.compile(r"^[ \t]*([+-])[ \t]+(.+)$", re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
INTO = re.compile(r"`([^`\n]+)` (?:in)?to `([^`\n]+)`")
NUMBER = re.compile(r"\bE?\d+\b")
WORD = re.compile(r"[a-z]{4,}")
IDENTIFIER = re.compile(r"\w+")
SYMBOL = re.compile(r"[=(){};<>&|#]|::|\?")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
GENERAL = re.compile(
    r"\bRust(?:'s)?\b|\b(?:typically|usually|generally|in general|always|often|best practice|rules?|type system|allows? you"
    r"|(?:is|are) designed to|standard library|in order to|ensures?|prevents?)\b",
    re.IGNORECASE,
)
ANY_KIND = ("function", "method", "closure", "variable", "argument", "parameter", "field", "struct", "enum", "module", "variant",
            "type", "trait", "vector", "value", "name")  # fmt: skip
KIND = re.compile(rf"\b({'|'.join(ANY_KIND)}) `(\w+)`", re.IGNORECASE)
NAMED = re.compile(rf"`(\w+)` ({'|'.join(ANY_KIND)})\b", re.IGNORECASE)
VALUE = ("variable", "value", "name")
KINDS = (
    (r"\bfn {}\b", ("function", "method", "name")),
    (r"\blet (?:mut )?{}\b", (*VALUE, "vector")),
    (r"[(,] ?{}: ", (*VALUE, "argument", "parameter", "field", "vector")),
    (r"\b(?:struct|enum) {}\b", ("struct", "enum", "type", "name")),
    (r"\bmod {}\b", ("module", "name")),
    (r"\|{}\|", (*VALUE, "argument", "parameter")),
)
"""How a program declares a name, and the kinds that an account may then give it."""


@dataclass(frozen=True)
class KnownRepair:
    """A program that did not compile, rustc's error with the labels of its spans, and the change that fixed it."""

    id: str
    before: str
    old: str
    new: str
    error: str
    labels: tuple[str, ...]
    must: tuple[tuple[str, ...], ...]
    never: tuple[str, ...]

    @property
    def after(self) -> str:
        """The program after the change, which compiles."""
        return self.before.replace(self.old, self.new)

    @property
    def told(self) -> str:
        """The prompt's facts: the program, rustc's message, the change as a diff, and that it compiles."""
        change = "\n".join(
            [*(f"- {line}" for line in self.old.split("\n")), *(f"+ {line}" for line in self.new.split("\n"))]
        )
        said = "\n".join([self.error, *self.labels])
        return f"The program:\n{self.before}\nrustc said:\n{said}\n\nYou changed:\n{change}\n\nIt compiles now."

    def wrong(self, said: str) -> str:
        """Return why an account is wrong, or an empty string."""
        told, plain = self.told.lower(), said.lower()
        for each in self.must:
            if not any(_stands(word.lower(), plain) for word in each):
                return f"it names none of: {', '.join(each)}"
        for word in self.never:
            if found := re.search(rf"(?<![a-z])(?:{word.lower()})", plain):
                return f"it says {found[0]!r}, which is not so"
        prose = FENCED.sub("\n", said)
        return self._code_wrong(said, prose) or self._prose_wrong(prose, set(IDENTIFIER.findall(told)))

    def _code_wrong(self, said: str, prose: str) -> str:
        """Check for code that is in the program neither before nor after, and for a change that was not made."""
        known = {_spaced(line) for text in (self.before, self.after, self.told) for line in text.split("\n")}
        for block in FENCED.findall(said):
            for line in block.split("\n")[1:]:
                if (
                    _spaced(line)
                    and _spaced(line.strip("`"))
                    and _spaced(line) not in known
                    and not _within(line, self)
                ):
                    return f"{line.strip()!r} stands in no program that was told"
        for mark, line in DIFF.findall(prose):
            if not SYMBOL.search(line):
                continue  # an item of a list, not a diff line
            where = self.before if mark == "-" else self.after
            if _spaced(line.replace("`", "")).rstrip(",") not in _spaced(where):
                return f"{mark} {line.strip()!r} is no line of the change"
        for was, becomes in INTO.findall(said):
            if _spaced(was) not in _spaced(self.before) or _spaced(becomes) not in _spaced(self.after):
                return f"`{was}` did not become `{becomes}`"
        return ""

    def _prose_wrong(self, said: str, known: set[str]) -> str:
        """Check for an untold name, number or kind, a general statement, or a sentence of mostly untold words."""
        quoted = _spaced(self.told)
        for code in CODE.findall(said):
            foreign = [name for name in IDENTIFIER.findall(code.lower()) if name not in known]
            if foreign and len(code) < LONG:
                return f"`{code}`: {foreign[0]} was not told"
        for number in NUMBER.findall(said):
            if number.lower() not in known:
                return f"{number} was not told"
        for kind, name in [*KIND.findall(said), *((kind, name) for name, kind in NAMED.findall(said))]:
            if kind.lower() not in self.kinds(name):
                return f"`{name}` is no {kind}"
        *sentences, last = SENTENCE.split(DIFF.sub("", said).strip())
        for sentence in [
            *sentences,
            last if re.search(r"[.!?:`]\W*$", last) else "",
        ]:  # a truncated last sentence is not checked
            if _spaced(sentence) in quoted:
                continue
            if general := GENERAL.search(sentence):
                return f"it says in general what was not told: {general[0]!r}"
            words = WORD.findall(sentence.lower())
            foreign = [word for word in words if word not in known and word not in COMMON]
            if len(foreign) > FOREIGN * len(words):
                return f"most of a sentence's words were not told: {', '.join(foreign[:4])}"
        return ""

    def kinds(self, name: str) -> tuple[str, ...]:
        """Return the kinds that a name may be given, by how the program declares it; any if it does not."""
        found = [kinds for pattern, kinds in KINDS if re.search(pattern.format(re.escape(name)), self.before)]
        return tuple(kind for kinds in found for kind in kinds) if found else ANY_KIND


def _stands(word: str, text: str) -> bool:
    """Whether a word occurs in a text, with any ending; text that is not a word may occur anywhere."""
    return bool(re.search(rf"(?<!\w){re.escape(word)}", text)) if word[:1].isalnum() else word in text


def _within(line: str, of: KnownRepair) -> bool:
    """Whether a line is a part of the program before or after the change."""
    return any(_spaced(line) in _spaced(text) for text in (of.before, of.after))


def _spaced(code: str) -> str:
    """Return code with every run of white space as one blank."""
    return " ".join(code.split())


COMMON_WORDS = """
    added after allow allows also another because been before being both call called calls change changed
    changes code compile compiler compiles correct could declare declared does error expected fixed fixing from
    function have instead into issue line made make makes method missing must need needed needs only problem
    program replaced replacing return returned returns rust rustc same should since that their them then there
    this type types used using value values variable were when where which while with without would wrong your
"""  # words of four letters and more that an account of any repair may use
COMMON = frozenset(COMMON_WORDS.split())


@cache
def repairs() -> tuple[KnownRepair, ...]:
    """Return the set."""
    return tuple(_repair(one) for one in yaml.safe_load(_text()))


def _repair(said: dict[str, Any]) -> KnownRepair:
    labels, never = (tuple(said.pop(name)) for name in ("labels", "never"))
    return KnownRepair(**said | {"labels": labels, "never": never, "must": tuple(map(tuple, said["must"]))})


def version() -> str:
    """Return a hash of the set and the task: a figure of another version does not apply."""
    return hashlib.sha256(f"{_text()}{WISH}{FOREIGN}".encode()).hexdigest()[:12]


def _text() -> str:
    return files("rusta.evaluation.trust").joinpath("repairs.yaml").read_text(encoding="utf-8")
