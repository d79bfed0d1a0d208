"""Filter a streamed answer: pass its text, leave out tool calls and lines that repeat the prompt.

A small model repeats its instructions as if they were an answer. A line is held back for as long as it may still turn
out to be one of those, or to begin a call; everything else passes at once.
"""

import re
from collections.abc import Iterable, Iterator

from rusta.loop.attempt.actions.reading import CLOSE_TAG

TAGS = tuple(f"<{name}{s}>" for name in ("tool", "tool_call", "function_call") for s in ("", "s"))
CALL = re.compile(r"""[\[{\s]{0,40}["']?(?:name|function|tool|tool_name|action|arguments)["']?\s{0,40}:""")
MARK = re.compile(r"[ \t]*(?:#+|[-*>]|\d+[.)]?)?[ \t]*")  # heading or list marker, before the text of its line
FEWEST = 4  # fewest words of a line that is taken for a line of the prompt


class EchoFilter:
    """Filters the pieces of one answer. `sent` are the instructions that the model was given."""

    def __init__(self, sent: Iterable[str]) -> None:
        self.sent = [_plain(text) for text in sent]
        self.starts = [
            sorted({0, *(found.end() for found in re.finditer(r"[.!?:] ", text)), *_line_starts(whole)})
            for text, whole in zip(self.sent, sent, strict=True)
        ]
        self.line = ""  # the part of the current line that is held back
        self.waiting = ""  # short lines that may begin a repeated passage; the next line decides
        self.passing = self.calling = self.echoing = False
        self.echoed = 0  # lines of the prompt that were left out
        self.text = ""  # everything passed so far

    def feed(self, piece: str) -> str:
        """Take the next piece of the answer; return the text that can be shown by now."""
        return self._shown(self._feed(piece))

    def end(self) -> str:
        """Return the text that was still held back when the answer ended."""
        return self._shown([self._close(""), self.waiting if not self.echoing else ""])

    def _shown(self, parts: Iterable[str]) -> str:
        said = "".join(parts)
        self.text += said
        return said

    def _feed(self, piece: str) -> Iterator[str]:
        *whole, rest = piece.split("\n")
        for row in whole:
            yield self._more(row)
            yield self._close("\n")
        yield self._more(rest)

    def _more(self, text: str) -> str:
        if self.passing and not self.calling:
            return text
        self.line += text
        if self.calling:
            ended = CLOSE_TAG.search(self.line)
            if ended:
                self.calling, self.line = False, self.line[ended.end() :]
            return ""
        said = self.line.lstrip()
        if tag := next((tag for tag in TAGS if said.startswith(tag)), ""):
            self.calling, self.line = True, said[len(tag) :]
            return self._more("")
        if any(tag.startswith(said) for tag in TAGS) or said[:1] in ("{", "[") or self._echoes():
            return ""
        self.passing, self.echoing = True, False
        said, self.waiting, self.line = self.waiting + self.line, "", ""
        return said

    def _close(self, newline: str) -> str:
        """End a line: return what was held back of it, unless it repeats the prompt or belongs to a call."""
        if self.calling:
            self.line = ""
            return ""
        line, self.line, passed = self.line, "", self.passing
        self.passing = False
        if passed:
            return line + newline
        plain = _plain(line)
        if plain and CALL.match(line):
            return ""
        if self._is_of_the_prompt(plain) or not plain:
            if len(plain.split()) >= FEWEST:
                self.echoed += 1
                self.echoing, self.waiting = True, ""
                return ""
            if self.echoing:
                return ""
            if newline and (plain or self.waiting):
                self.waiting += line + newline
                return ""
        self.echoing = False
        said, self.waiting = self.waiting + line + newline, ""
        return said

    def _echoes(self) -> bool:
        return bool(MARK.fullmatch(self.line)) or self._is_of_the_prompt(_plain(self.line))

    def _is_of_the_prompt(self, said: str) -> bool:
        return any(
            text.startswith(said, start)
            for text, starts in zip(self.sent, self.starts, strict=True)
            for start in starts
        )


def _plain(text: str) -> str:
    """Return the words joined by single spaces, without list or heading markers: layout does not matter."""
    return " ".join(re.sub(r"^[ \t]*(?:#+|[-*>]|\d+[.)])[ \t]+", "", text, flags=re.MULTILINE).split())


def _line_starts(text: str) -> Iterator[int]:
    at = 0
    for row in text.splitlines():
        if plain := _plain(row):
            yield at
            at += len(plain) + 1
