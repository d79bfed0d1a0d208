"""The passages of an entry (sentences, secrets, names) by which copies of its text are found in other files."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from rusta.memory.entries.entry import DAY, parse_leniently
from rusta.memory.forgetting import secret_masking
from rusta.memory.forgetting.secret_masking import MASK

FORGOTTEN = "[forgotten]"
FEWEST_WORDS, FEWEST_LETTERS = 4, 16
"""Minimum size of a sentence to look for; shorter ones would match unrelated text."""
SHORTEST_SECRET = 6
HIDDEN = r"([^\n]{1,300}?)"
"""Matches the secret in the typed text at a place where the entry has `[secret]`."""
ENDS = re.compile(r"(?<=[.!?])\s+|\n+")
MARKS = " \t-*•>#`…"


@dataclass(frozen=True)
class Passages:
    """The text to find: `names` are an entry's paths and file names, `sentences` its text, `secrets` what it masks."""

    names: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Regex for any passage; groups capture the text at a mask. Any whitespace matches any other."""
        every = sorted({*self.names, *self.sentences, *self.secrets}, key=len, reverse=True)
        whole = {*self.names, *self.secrets}
        return re.compile("|".join(_whole(one) if one in whole else _matching(one) for one in every) or r"(?!)")

    def removed(self, text: str) -> str:
        """Return the text with each passage replaced by `[forgotten]`."""
        return self.pattern.sub(FORGOTTEN, text)

    def removed_bytes(self, raw: bytes) -> bytes:
        """Apply `removed` to the bytes of a file; bytes that are not UTF-8 are kept."""
        return self.removed(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def within(self, raw: bytes) -> bool:
        """Whether the bytes contain any of the passages."""
        return bool(self.pattern.search(raw.decode("utf-8", "surrogateescape")))

    def with_hidden(self, text: str) -> "Passages":
        """Return these passages plus the secrets that a text has where these sentences are masked."""
        hidden = {one for found in self.pattern.finditer(text) for one in found.groups() if one and _telling(one)}
        return Passages(self.names, self.sentences, tuple(dict.fromkeys((*self.secrets, *sorted(hidden)))))


def of(paths: Iterable[str], versions: Iterable[bytes]) -> Passages:
    """Extract the passages of an entry from all its paths and all its versions."""
    names, sentences, secrets = dict[str, None](), dict[str, None](), dict[str, None]()
    for path in paths:
        stem = PurePosixPath(path).stem
        slug = DAY.sub("", stem, count=1)
        names |= dict.fromkeys([path, path.removesuffix(".md")])
        names |= dict.fromkeys(one for one in (stem, slug) if one.count("-") >= FEWEST_WORDS - 1)
    for raw in versions:
        text = raw.decode("utf-8", "replace")
        entry = parse_leniently(raw)
        secrets |= dict.fromkeys(text[one.start : one.end] for one in secret_masking.find_secrets(text) if one.sure)
        for said in (entry.title, entry.text("context"), *ENDS.split(entry.body)):
            bare = said.strip(MARKS)
            label, colon, rest = bare.partition(": ")
            for one in (bare, rest if colon and len(label.split()) <= FEWEST_WORDS else ""):
                if len(one.split()) >= FEWEST_WORDS and len(one) >= FEWEST_LETTERS and not one.endswith(":"):
                    sentences[one] = None
    return Passages(tuple(names), tuple(sentences), tuple(one for one in secrets if _telling(one)))


def _telling(secret: str) -> bool:
    return len(secret) >= SHORTEST_SECRET and len(set(secret)) > 2 and secret not in (MASK, FORGOTTEN)


def _whole(said: str) -> str:
    return rf"(?<![\w-]){re.escape(said)}(?![\w-])"


def _matching(said: str) -> str:
    masked = [r"\s+".join(re.escape(word) for word in part.split()) for part in said.split(MASK)]
    gaps = [r"\s*" if part[:1].isspace() else "" for part in said.split(MASK)]
    pattern = masked[0] + (r"\s*" if said.split(MASK)[0][-1:].isspace() else "")
    for n, part in enumerate(masked[1:], 1):
        last = n == len(masked) - 1 and not part
        pattern += (r"(\S{1,300})" if last else HIDDEN) + gaps[n] + part
        if n < len(masked) - 1 and said.split(MASK)[n][-1:].isspace():
            pattern += r"\s*"
    return pattern
