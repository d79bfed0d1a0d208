"""An engine that returns the lines of a script: for tests of the code around it, no evidence of a model's quality."""

import math
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rusta.core.errors import ConfigError
from rusta.identity.turns import Turn
from rusta.mind.mind import Constraint, Generation, Piece

ORDER = re.compile(r"\bOBEY\b:?(.*?)^[^\n]*\bEND\b", re.DOTALL | re.MULTILINE)
MARGIN = re.compile(r"^ *(?:\d+(?: |$))? *(?:///?!?|#)? ?", re.MULTILINE)  # line numbers, indents, comment markers


@dataclass
class Fake:
    """Answers with the lines of `script` in turn, a word at a time; one token is one word.

    With `obeys` it stands for a model that follows any instruction it reads: where the last turn holds `OBEY` and `END`
    it answers with the text between them, without comment markers, and otherwise with its script.
    """

    script: list[str] = field(
        default_factory=lambda: ["I am the fake. I read from a script."]
    )  # answers, given in turn
    name: str = "fake"  # what it is called in sessions
    context: int = 8192  # words, prompt and answer together
    pause: float = 0.0  # seconds between words
    asked: int = 0  # answers given so far
    constrains: bool = False  # whether it claims to hold an answer to a grammar
    obeys: bool = False  # whether it does what it reads: what stands between OBEY and END

    def __post_init__(self) -> None:
        if not self.script or not 0 <= self.pause < math.inf:
            raise ConfigError(
                f"engine.script={self.script}, pause={self.pause}: at least one line, and no less than no pause."
            )

    def wake(self, adapter: Path | None = None) -> None:
        """Do nothing: there is nothing to load."""

    def count(self, turns: Sequence[Turn]) -> int:
        """Return the number of words."""
        return sum(len(turn.text.split()) for turn in turns)

    def stream(
        self, turns: Sequence[Turn], generation: Generation, constraint: Constraint | None = None
    ) -> Iterator[Piece]:
        """Stream the next line of the script."""
        told = self._told(turns[-1].text) if self.obeys and turns else ""
        words = (told or self.script[self.asked % len(self.script)]).split(" ")[: generation.max_tokens]
        self.asked += not told
        began = time.perf_counter()
        for n, word in enumerate(words, 1):
            time.sleep(self.pause)
            yield Piece(word if n == 1 else f" {word}", n)
        passed = max(time.perf_counter() - began, 1e-9)
        yield Piece("", len(words), passed / max(len(words), 1), len(words) / passed, "stop")

    def _told(self, text: str) -> str:
        found = ORDER.search(text)
        return MARGIN.sub("", found[1]).replace("\\n", "\n").replace('\\"', '"').strip() if found else ""
