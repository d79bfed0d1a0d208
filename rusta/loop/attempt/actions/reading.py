"""Parse an answer into actions, in every form that a Qwen2.5-Coder model uses, in one pass.

Nothing is executed or evaluated here. What looks like an action but is invalid becomes a `ReplyProblem` with a sentence
that says what would be right; other text is narration. An action that the token limit cut is reported as cut, never
completed. Time is linear in the length of the answer.
"""

import contextlib
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

from rusta.loop.attempt.actions import loose_json
from rusta.loop.attempt.actions.calls import HOW_TO_EDIT, call, named
from rusta.loop.attempt.actions.headers import Header, header, in_fence, in_first_line
from rusta.loop.attempt.actions.kinds import EDITS, Action, Call, ReplaceItem, SearchReplace, WholeFile
from rusta.loop.attempt.actions.paths import Malformed
from rusta.loop.attempt.actions.reply import Reply, ReplyProblem, Trouble

LONGEST = 400_000  # characters of an answer that are parsed
MOST = 64  # actions and problems of one answer; more means that the model is looping
LONGEST_CALL = 20_000  # characters

FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<ticks>`{3,}+|~{3,}+)(?P<info>[^`]*)$")
OPEN_TAG = re.compile(r"<(?P<tag>tools?|tool_calls?|function_calls?)>")
CLOSE_TAG = re.compile(r"</(?:tools?|tool_calls?|function_calls?)>")
CODE_SPAN = re.compile(r"`[^`\n]*`")
OPENING = re.compile(r"[{\[]")
CALL_BEGINS = re.compile(
    r"""[ \t]*(?:\[[ \t]*)?\{\s{0,40}["']?(?:name|function|tool|tool_name|action|type|arguments)["']?\s{0,40}:"""
)
LEADING_CALL = re.compile(r"\s{0,80}" + CALL_BEGINS.pattern)
LEADING_TAG = re.compile(r"\s{0,80}" + OPEN_TAG.pattern)
HEAD = re.compile(r"^[ \t]*(<{5,9})[ \t]*SEARCH\b[ \t:]*(?P<path>[^\n]*)$")
MIDDLE = re.compile(r"^[ \t]*(={5,9})[ \t]*$")
TAIL = re.compile(r"^[ \t]*(>{5,9})[ \t]*(?:REPLACE\b.*)?$")
DATA = frozenset(
    ["", "json", "jsonc", "json5", "tools", "tool_call", "tool_code", "tool", "xml", "python", "text", "plaintext"]
)
MARKS_ARE = (
    "Write `EDIT src/pool.rs`, then in a fence `<<<<<<< SEARCH`, the lines as they stand, `=======`, the new lines, "
    "`>>>>>>> REPLACE`."
)


def parse(text: str, cut: bool = False) -> Reply:
    """Parse an answer. `cut` if the engine stopped it at the token limit."""
    return _Reading(text[:LONGEST], cut or len(text) > LONGEST).run()


@dataclass
class _Reading:
    text: str
    cut: bool
    parts: list["str | Action | ReplyProblem"] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # narration since the last action
    path: str = ""  # of the last edit, used for a block without a header
    read_to: dict[int, int] = field(default_factory=dict)  # by line: the column up to which a call was read
    vain: int = 0  # how often something began like a call and was not one

    def __post_init__(self) -> None:
        self.lines = [line.removesuffix("\r") for line in self.text.split("\n")]
        self.places = [0]
        for line in self.text.split("\n"):
            self.places.append(self.places[-1] + len(line) + 1)
        # Closing markers are found once: a search from each opening would be quadratic.
        self.closers: dict[tuple[str, int], list[int]] = {}
        self.marks: dict[str, list[tuple[int, int]]] = {"head": [], "middle": [], "tail": []}
        for number, line in enumerate(self.lines):
            plain = line.strip()
            if len(plain) >= 3 and plain[0] in "`~" and not plain.strip(plain[0]):
                for size in range(3, min(len(plain), 9) + 1):
                    self.closers.setdefault((plain[0], size), []).append(number)
            if plain[:5] in ("<<<<<", "=====", ">>>>>"):
                for name, form in (("head", HEAD), ("middle", MIDDLE), ("tail", TAIL)):
                    if mark := form.match(line):
                        self.marks[name].append((number, len(mark[1])))
        self.tags = [(tag.start(), tag.end()) for tag in CLOSE_TAG.finditer(self.text)]

    def run(self) -> Reply:
        """Parse all lines."""
        number = 0
        while number < len(self.lines) and len(self.parts) < MOST * 2:
            number = self._line(number)
        if number < len(self.lines):
            self._problem(Trouble.UNREADABLE, f"That answer holds more than {MOST} actions. One at a time.")
        self._settle()
        if not any(isinstance(part, (Call, *EDITS, ReplyProblem)) for part in self.parts):
            self._nothing()
        return Reply(tuple(self.parts))

    def _line(self, number: int) -> int:
        """Parse what begins on a line; return the index of the line to continue with."""
        line = self.lines[number]
        if not line:
            self.said.append(line)
            return number + 1
        if ("`" in line or "~" in line) and (fence := FENCE.match(line)):
            return self._fence(number, fence)
        if "<<<<<" in line and HEAD.match(line):
            return self._block(number, self._header(number))
        if "<" in line and (tag := self._tag(line)):
            return self._tagged(number, tag)
        if self.vain < MOST and CALL_BEGINS.match(self.text, self.places[number] + self.read_to.get(number, 0)):
            end = self._bare(number)
            if end is not None:
                return end
            self.vain += 1
        self.said.append(line[self.read_to.get(number, 0) :])
        return number + 1

    # Calls

    def _tag(self, line: str) -> "re.Match[str] | None":
        tag = OPEN_TAG.search(line)
        if tag and any(span.start() < tag.start() < span.end() for span in CODE_SPAN.finditer(line)):
            return None  # the tag is only mentioned, in a code span
        return tag

    def _tagged(self, number: int, tag: "re.Match[str]") -> int:
        start = self.places[number] + tag.end()
        at = bisect_left(self.tags, (start, 0))
        following = OPEN_TAG.search(self.text, start)
        closed = at < len(self.tags) and not (following and following.start() < self.tags[at][0])
        end = self.tags[at][0] if closed else following.start() if following else len(self.text)
        after = self.tags[at][1] if closed else end
        self.said.append(self.lines[number][self.read_to.get(number, 0) : tag.start()])
        body = self.text[start : min(end, start + LONGEST_CALL)]
        if not closed and self.cut and not following:
            self._problem(
                Trouble.CUT, "The answer was cut inside a call, so nothing was asked. Send it again, shorter.", body
            )
        else:
            self._calls(body, ends_text=not closed and not following)
        return self._resume(after)

    def _resume(self, place: int) -> int:
        """Continue in the middle of a line: the rest of it becomes the line."""
        number = max(0, bisect_left(self.places, place + 1) - 1)
        if number >= len(self.lines):
            return number
        done = place - self.places[number]
        rest = self.lines[number][done:]
        if not rest.strip():
            return number + 1
        # Padding keeps the columns of the rest of the line.
        self.lines[number] = " " * done + rest
        self.read_to[number] = done
        return number

    def _calls(self, body: str, ends_text: bool) -> None:
        """Parse the calls of a tagged or fenced text, one after another."""
        at, seen = 0, 0
        while seen < MOST:
            begins = OPENING.search(body, at)
            if not begins:
                break
            try:
                value, at = self._value(body, begins.start(), ends_text or self.cut)
            except loose_json.NotJson as reason:
                seen += 1
                if reason.cut and (ends_text or self.cut):
                    self._problem(
                        Trouble.CUT,
                        "The answer ends inside a call, so nothing was asked. Send it again, shorter.",
                        body,
                    )
                else:
                    self._problem(
                        Trouble.UNREADABLE,
                        'That call is no JSON. It looks like {"name": "read", "arguments": {"path": "src/lib.rs"}}.',
                        body,
                    )
                return
            for one in value if isinstance(value, list) else [value]:
                seen += 1
                self._call(one)
                if seen >= MOST:
                    break
        if not seen:
            self._problem(
                Trouble.UNREADABLE,
                'There is no call between those tags. It looks like {"name": "read", "arguments": {"path": "src/lib.rs"}}.',
                body,
            )

    def _value(self, body: str, at: int, cut: bool) -> tuple[Any, int]:
        """Parse the value at a position. If the tag or fence is closed, up to two missing braces are added."""
        try:
            return loose_json.parse_value(body, at)
        except loose_json.NotJson as reason:
            for braces in () if cut or not reason.cut else ("}", "}}"):
                with contextlib.suppress(loose_json.NotJson):
                    return loose_json.parse_value(f"{body.rstrip()}{braces}", at)
            raise

    def _call(self, value: object) -> None:
        try:
            if not named(value):
                raise Malformed(
                    'A call has a name and arguments: {"name": "read", "arguments": {"path": "src/lib.rs"}}.'
                )
            self._act(call(value))
        except Malformed as wrong:
            self._problem(Trouble.MALFORMED, str(wrong), ascii(value)[:200])

    def _bare(self, number: int) -> int | None:
        """Parse a call without tags or fence; return the line to continue with, or None if it is other data."""
        start = self.places[number] + self.read_to.get(number, 0)
        body = self.text[start : start + LONGEST_CALL]
        try:
            value, end = loose_json.parse_value(body, len(body) - len(body.lstrip()))
        except loose_json.NotJson as reason:
            if reason.cut and start + LONGEST_CALL >= len(self.text):
                self._problem(
                    Trouble.CUT, "The answer ends inside a call, so nothing was asked. Send it again, shorter.", body
                )
                return len(self.lines)
            return None
        found = [one for one in (value if isinstance(value, list) else [value]) if named(one)]
        for one in found:
            self._call(one)
        return self._resume(start + end) if found else None

    # Code

    def _header(self, number: int) -> Header | None:
        """Return the header right above a line, removed from the narration."""
        at = len(self.said) - 1
        while at >= 0 and len(self.said) - at <= 2 and not self.said[at].strip():
            at -= 1
        if at < 0 or len(self.said) - at > 2:
            return None
        found = header(self.said[at])
        if found:
            del self.said[at:]
        return found

    def _fence(self, number: int, fence: "re.Match[str]") -> int:
        ticks, info = fence["ticks"], fence["info"].strip()
        above = self._header(number)
        start = number + 1
        if start < len(self.lines) and HEAD.match(self.lines[start]):
            return self._after_fence(self._blocks(start, above or in_fence(info)), ticks)
        if start + 1 < len(self.lines) and HEAD.match(self.lines[start + 1]) and (inside := header(self.lines[start])):
            return self._after_fence(self._blocks(start + 1, inside), ticks)
        end = self._next(self.closers.get((ticks[0], min(len(ticks), 9)), []), start)
        last = len(self.lines) if end is None else end
        if above is None and info.replace(",", " ").partition(" ")[0].lower() in DATA and self._data(start, last):
            return last + 1
        above = above or in_fence(info)
        if above is None and start < last and info.startswith(("rust", "rs")):
            above = in_first_line(self.lines[start])
            start += above is not None
        if above is None:
            if end is None:  # an unclosed fence: the lines after it are parsed normally
                self.said.append(self.lines[number])
                return number + 1
            self.said += self.lines[number : end + 1]
            return end + 1
        if end is None:
            self._problem(
                Trouble.CUT,
                f"The answer ends inside the code of {above.spelled}, so nothing was changed. Send less at once: REPLACE ITEM for one "
                "item, or SEARCH and REPLACE for a few lines.",
            )
            return len(self.lines)
        self._edit(above, "".join(f"{self._outdented(line, fence['indent'])}\n" for line in self.lines[start:end]))
        return end + 1

    @staticmethod
    def _outdented(line: str, indent: str) -> str:
        """Remove the indentation of a fence (inside a list) from a line of its code."""
        return line[len(indent) :] if not line[: len(indent)].strip() else line

    def _data(self, first: int, last: int) -> bool:
        """Parse a fence without a header, between two lines, as calls; return whether it holds any."""
        start = self.places[first]
        end = min(self.places[last] if last < len(self.lines) else len(self.text), start + LONGEST_CALL)
        tag = LEADING_TAG.match(self.text, start, end)
        if not tag and (self.vain >= MOST or not LEADING_CALL.match(self.text, start, end)):
            return False
        body = self.text[tag.end() if tag else start : end]
        if tag:
            body = body[: close.start()] if (close := CLOSE_TAG.search(body)) else body
        else:
            try:
                value, _ = loose_json.parse_value(body.lstrip())
            except loose_json.NotJson:
                value = None
            if value is not None and not any(named(one) for one in (value if isinstance(value, list) else [value])):
                self.vain += 1
                return False
        self._calls(body, ends_text=last >= len(self.lines))
        return True

    def _blocks(self, number: int, above: Header | None) -> int:
        """Parse consecutive SEARCH and REPLACE blocks in a fence."""
        while number < len(self.lines) and HEAD.match(self.lines[number]):
            number = self._block(number, above)
            following = number
            while following < len(self.lines) and not self.lines[following].strip():
                following += 1
            if following < len(self.lines) and HEAD.match(self.lines[following]):
                number = following
        return number

    def _after_fence(self, number: int, ticks: str) -> int:
        """Skip the closing fence, if it is next."""
        following = number
        while following < len(self.lines) and not self.lines[following].strip():
            following += 1
        if following < len(self.lines) and self.lines[following].strip().startswith(ticks):
            return following + 1
        return number

    def _block(self, number: int, above: Header | None) -> int:
        """Parse one SEARCH and REPLACE block; return the line after it."""
        head = HEAD.match(self.lines[number])
        assert head
        spelled = header(head["path"]) if head["path"].strip() else None
        path = (above or spelled or Header("", path=self.path)).path or self.path
        size = len(head[1])
        for sizes in ({size}, set(range(5, 10))):
            tail = self._mark("tail", number + 1, sizes)
            middle = self._mark("middle", number + 1, sizes)
            again = self._mark("head", number + 1, sizes)
            if tail is None or middle is None or middle > tail or (again is not None and again < tail):
                continue
            search = "".join(f"{line}\n" for line in self.lines[number + 1 : middle])
            replace = "".join(f"{line}\n" for line in self.lines[middle + 1 : tail])
            try:
                self._act(SearchReplace(path, search, replace))
                self.path = path
            except Malformed as wrong:
                self._problem(Trouble.MALFORMED, str(wrong))
            return tail + 1
        again = self._mark("head", number + 1, set(range(5, 10)))
        if again is None and self._mark("tail", number + 1, set(range(5, 10))) is None:
            self._problem(Trouble.CUT, f"The answer ends inside a SEARCH block, so it was not applied. {MARKS_ARE}")
            return len(self.lines)
        self._problem(
            Trouble.UNREADABLE, f"The marks of a SEARCH block do not pair, so it was not applied. {MARKS_ARE}"
        )
        tail = self._mark("tail", number + 1, set(range(5, 10)))
        stops = [stop for stop in (again, None if tail is None else tail + 1) if stop is not None]
        return min(stops)

    def _mark(self, name: str, start: int, sizes: set[int]) -> int | None:
        marks = self.marks[name]
        at = bisect_left(marks, (start, 0))
        while at < len(marks) and marks[at][1] not in sizes:
            at += 1
        return marks[at][0] if at < len(marks) else None

    @staticmethod
    def _next(numbers: list[int], start: int) -> int | None:
        at = bisect_left(numbers, start)
        return numbers[at] if at < len(numbers) else None

    def _edit(self, above: Header, code: str) -> None:
        try:
            if above.item:
                self._act(ReplaceItem(above.item, code, above.path, above.line))
            elif above.edit:
                raise Malformed(
                    f"{above.spelled} is followed by code without marks. {MARKS_ARE} For a whole file: FILE {above.path}."
                )
            else:
                self._act(WholeFile(above.path, code, above.sure))
            self.path = above.path or self.path
        except Malformed as wrong:
            self._problem(Trouble.MALFORMED, str(wrong))

    # Results

    def _settle(self) -> None:
        said = "\n".join(self.said).strip()
        if said:
            self.parts.append(said)
        self.said = []

    def _act(self, action: Action) -> None:
        self._settle()
        self.parts.append(action)

    def _problem(self, trouble: Trouble, sentence: str, excerpt: str = "") -> None:
        self._settle()
        self.parts.append(ReplyProblem(trouble, sentence, " ".join(excerpt.split())[:200]))

    def _nothing(self) -> None:
        """Report a problem if an answer without actions seems to mean one."""
        if any(line.startswith(("@@ ", "--- a/", "+++ b/", "diff --git")) for line in self.lines):
            self._problem(Trouble.UNREADABLE, f"I do not read diffs. {MARKS_ARE}")
            return
        for line in self.lines:
            found = header(line)
            if found and found.sure and (found.item or " " not in found.path):
                self._problem(Trouble.UNREADABLE, f"No code follows {found.spelled}. {HOW_TO_EDIT}")
                return
