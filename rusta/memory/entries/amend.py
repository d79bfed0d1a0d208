"""Change or add one key of a file's frontmatter and leave every other byte as it is.

A list that only grows gets its new items inserted; any other value is replaced in place. The result is parsed
again before it is returned: if any other key, or the body, would change its meaning, the change is refused and
the file stays as it is.
"""

import re
from dataclasses import dataclass

from rusta.core.errors import RustaError
from rusta.memory.entries import frontmatter
from rusta.memory.entries.frontmatter import Fences, Key, Mapped, NotFrontmatter, Settable, YamlNode

WORD = re.compile(r"[a-z][a-z_]*")
COMMENT = re.compile(r"(?:^|[ \t])#", re.MULTILINE)


class CannotAmend(RustaError):
    """This frontmatter cannot be changed without rewriting text that a person wrote."""


def set_key(raw: bytes, key: str, value: Settable) -> bytes:
    """Return `raw` with `key: value` in its frontmatter. Raises `CannotAmend` where anything else would change.

    A file without frontmatter gets a block with this one key. Line ends and a byte order mark are kept.
    If a key occurs twice, the last occurrence is changed, because that is the one that counts.
    """
    if not WORD.fullmatch(key):
        raise CannotAmend(f"`{key}` is not a key that I write: lower-case letters and underscores.")
    try:
        text = raw.decode("utf-8")
        where = frontmatter.fences(text)
        if where is None:
            mark = "\ufeff" if text.startswith("\ufeff") else ""
            first = text.find("\n")
            newline = "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"
            return (mark + frontmatter.render_frontmatter({key: value}, newline) + text[len(mark) :]).encode("utf-8")
        before = frontmatter.compose(text[where.yaml : where.closing])
        change = _change(text[where.yaml : where.closing], before, key, value, _newline(text, where))
        if change is None:
            return raw
        gone = text[where.yaml + change.start : where.yaml + change.end]
        if "\n" in gone and COMMENT.search(gone):
            raise CannotAmend(f"`{key}` has a person's comment between its lines. Set it by hand.")
        new = text[: where.yaml + change.start] + change.text + text[where.yaml + change.end :]
        _hold(text, where, before, new, key, value)
        return new.encode("utf-8")
    except UnicodeDecodeError as error:
        raise CannotAmend(f"it is not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    except UnicodeEncodeError:
        raise CannotAmend(f"the value of `{key}` holds a character that no text file can: {value!r}.") from None
    except NotFrontmatter as error:
        raise CannotAmend(f"{error}. I leave it as it is until a person has mended that.") from None


@dataclass(frozen=True)
class KeyChange:
    """Replacement of the YAML text from `start` to `end` (character offsets) by `text`."""

    start: int
    end: int
    text: str


def _newline(text: str, where: Fences) -> str:
    return "\r\n" if text[: where.yaml].endswith("\r\n") else "\n"


def plainly(value: Settable) -> frontmatter.Value:
    """Return the value as it will be read back from the YAML: text or a list of text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return list(value)


def _change(yaml: str, before: Mapped, name: str, value: Settable, newline: str) -> KeyChange | None:
    found = [key for key in before.keys if key.name == name]
    if not found:
        return _added(yaml, before, name, value, newline)
    key, said = found[-1], plainly(value)
    if key.value.value == said:
        return None
    old = key.value
    if isinstance(said, list) and isinstance(old.value, list) and old.form in {"flow", "block"}:
        grown = said[: len(old.value)] == old.value and bool(old.value)
        return _longer(yaml, old, value, newline) if grown else _other_list(yaml, key, value, newline)
    return _instead(yaml, key, frontmatter.value(value))


def _added(yaml: str, before: Mapped, name: str, value: Settable, newline: str) -> KeyChange:
    line = f"{name}: {frontmatter.value(value)}"
    if before.keys and before.form == "flow":
        at = before.keys[-1].value.end
        return KeyChange(at, at, f", {line}")
    return KeyChange(len(yaml), len(yaml), " " * before.column + line + newline)


def _longer(yaml: str, old: YamlNode, value: Settable, newline: str) -> KeyChange:
    assert not isinstance(value, str | bool | int | float)
    new = list(value)[len(old.children) :]
    last = old.children[-1]
    if old.form == "flow":
        return KeyChange(last.end, last.end, "".join(f", {frontmatter.scalar(item, flow=True)}" for item in new))
    at = yaml.index("\n", last.end) + 1  # after a comment that follows the last item
    return KeyChange(at, at, "".join(f"{' ' * old.column}- {frontmatter.scalar(item)}{newline}" for item in new))


def _other_list(yaml: str, key: Key, value: Settable, newline: str) -> KeyChange:
    assert not isinstance(value, str | bool | int | float)
    old = key.value
    if old.form == "flow" or not value:
        return _instead(yaml, key, frontmatter.value(value))
    items = f"{newline}{' ' * old.column}".join(f"- {frontmatter.scalar(item)}" for item in value)
    return KeyChange(old.start, old.end, items)


def _instead(yaml: str, key: Key, text: str) -> KeyChange:
    old = key.value
    between = yaml[key.end : old.start]
    if old.form == "block" and between.strip() == ":":
        return KeyChange(key.end, old.end, f": {text}")  # a value on lines of its own moves to the line of its key
    return KeyChange(old.start, old.end, text if between[-1:].isspace() else f" {text}")


def _hold(text: str, where: Fences, before: Mapped, new: str, name: str, value: Settable) -> None:
    """Check that only this key and nothing else differs between the old and the new text. Raises `CannotAmend`."""
    after_fences = frontmatter.fences(new)
    assert after_fences is not None
    after = frontmatter.compose(new[after_fences.yaml : after_fences.closing])
    same_body = new[after_fences.body :] == text[where.body :]
    was = [(key.name, key.value.value) for key in before.keys]
    now = [(key.name, key.value.value) for key in after.keys]
    places = [n for n, (key, _) in enumerate(was) if key == name]
    place = places[-1] if places else len(was)
    was[place : place + 1] = [(name, plainly(value))]
    if not same_body or was != now:
        raise CannotAmend(f"I cannot set `{name}` without rewriting other lines of the frontmatter. Set it by hand.")
