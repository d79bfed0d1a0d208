"""Parser for the chunks of an OpenAI-compatible streamed answer, from untrusted bytes."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rusta.mind.engines.foreign_text import quoted

LINE = 2**20  # maximum bytes of one line
COUNT = 10**7  # maximum tokens of an answer
_REASON = re.compile(r"[A-Za-z0-9_-]{1,64}")  # stored and shown later: "stop", "length", "tool_calls"


class BadReply(ValueError):
    """What a server sent violates its protocol. The text is safe to show: bounded, without control characters."""


@dataclass(frozen=True)
class ChatChunk:
    """One chunk of an answer. `counted`: completion tokens so far, if the server states them."""

    texts: tuple[str, ...]
    finish: str | None
    counted: int | None


def chat_chunks(blocks: Iterable[bytes], most: int) -> Iterator[ChatChunk]:
    """Yield the chunks up to `[DONE]`, or to the end of the bytes.

    Raises `BadReply` on the first chunk that is malformed, on a line of more than `LINE` bytes, and on more than `most`
    bytes in all.

    Not covered: an event whose JSON is split over several `data:` lines, which no such server sends.
    """
    for line in _lines(blocks, most):
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data == b"[DONE]":
            yield ChatChunk((), "stop", None)
            return
        yield _chunk(data)


def _lines(blocks: Iterable[bytes], most: int) -> Iterator[bytes]:
    # Only CR and LF end a line: in JSON, U+2028 and U+0085 may occur unescaped. The empty line between CR and LF is
    # harmless.
    rest, total = bytearray(), 0
    for block in blocks:
        total += len(block)
        if total > most:
            raise BadReply(f"it is longer than {most} bytes, more than generation.max_tokens could need")
        for piece in re.split(rb"([\r\n])", block):
            if piece in (b"\r", b"\n"):
                yield bytes(rest)
                rest.clear()
                continue
            rest += piece
            if len(rest) > LINE:
                raise BadReply(f"one line has more than {LINE} bytes")
    yield bytes(rest)


def _chunk(data: bytes) -> ChatChunk:
    try:
        part = json.loads(data.decode())
    except UnicodeDecodeError:
        raise BadReply(f"a line is not UTF-8 ({quoted(data, 80)})") from None
    except RecursionError:
        raise BadReply(f"its JSON is nested too deeply ({quoted(data, 80)})") from None
    except ValueError as error:
        raise BadReply(f"a line is not JSON ({quoted(str(error))}: {quoted(data, 80)})") from None
    _expect(part, dict, "a line's JSON")
    if error := part.get("error"):
        told = error.get("message") if isinstance(error, dict) else error
        raise BadReply(f"it reports an error: {quoted(told) if isinstance(told, str) else _shown(told)}")
    counted = _expect(part.get("usage"), dict, "usage", absent={}).get("completion_tokens")
    if counted is not None and (type(counted) is not int or not 0 <= counted <= COUNT):
        raise BadReply(f"usage.completion_tokens is {_shown(counted)}, which is no number of tokens")
    texts, finish = [], None
    for choice in _expect(part.get("choices", []), list, "choices"):
        _expect(choice, dict, "a choice")
        finish = _expect(choice.get("finish_reason"), str, "finish_reason", absent="") or finish
        if finish and not _REASON.fullmatch(finish):
            raise BadReply(f"finish_reason is {_shown(finish)}, which is no reason's name")
        delta = _expect(choice.get("delta", {}), dict, "delta")
        text = _expect(delta.get("content"), str, "content", absent="")
        if re.search("[\0\ud800-\udfff]", text):
            raise BadReply(f"content holds a NUL or half a surrogate pair ({_shown(text)})")
        if text:
            texts.append(text)
    return ChatChunk(tuple(texts), finish, counted)


def _expect(value: Any, kind: type, name: str, absent: Any = None) -> Any:
    """Return the value, or `absent` in place of null where that is given. Raises `BadReply` for another type."""
    if value is None and absent is not None:
        return absent
    if not isinstance(value, kind):
        raise BadReply(f"{name} is {_shown(value)} and not {_KINDS[kind]}")
    return value


_KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "text"}


def _shown(value: object) -> str:
    # Lists and objects are named only by type: serialising a deeply nested one could itself exceed the recursion limit.
    return _KINDS[type(value)] if isinstance(value, (dict, list)) else quoted(json.dumps(value), 80)
