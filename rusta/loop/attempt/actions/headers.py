"""The line that says what the code below it is: `FILE src/x.rs`, `REPLACE ITEM a::b in src/x.rs`, `EDIT src/x.rs`.

Models decorate it (bold, headings, backticks, a colon), omit the first word, or put the path on the fence or in the
first comment of the code. These forms are read too; those that people also use to show a part of a file have `sure` set
to False.
"""

import re
from dataclasses import dataclass

LONGEST = 700  # most characters of a header line

LEADING, TRAILING = "#*>-` \t", "*:` \t"
ITEM = re.compile(r"^REPLACE[ _](?:ITEM|FN|FUNCTION|METHOD|STRUCT|ENUM|TRAIT|IMPL)\b[ :]*(?P<rest>\S.*)$")
ITEM_LOOSE = re.compile(r"^Replace item:? (?P<rest>\S.*)$", re.IGNORECASE)
WHERE = re.compile(r" (?:in|of|from|at) (?:file )?| ?\((?:in )?")
FILE = re.compile(r"^(?P<word>FILE|EDIT|CREATE|NEW FILE|UPDATE|WRITE)[ :]+(?P<path>\S.*)$")
FILE_LOOSE = re.compile(r"^(?:(?:new )?file(?:name|path)?|path) ?: ?(?P<path>\S+)$", re.IGNORECASE)
ALONE = re.compile(r"^(?P<path>\S+)$")
NAMED = re.compile(r"^[\w+-][\w.+-]*\.(?:rs|toml|md|txt|json|ya?ml|lock|sh|wgsl|proto|c|h|html|css)$")
ENDING = re.compile(r"\.\w{1,8}$")
COMMENT = re.compile(r"^\s*(?://|#) ?(?:(?:file|path)(?:name)?: ?)?(?P<path>\S+)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """A header above code. `edit` if it announces SEARCH and REPLACE."""

    spelled: str
    path: str = ""
    item: str = ""
    line: int = 0
    edit: bool = False
    sure: bool = True


def header(line: str) -> Header | None:
    """Return the header that a line is, or None."""
    if len(line) > LONGEST:
        return None
    plain = " ".join(line.split()).lstrip(LEADING).rstrip(TRAILING)
    if not plain:
        return None
    if found := ITEM.match(plain) or ITEM_LOOSE.match(plain):
        item, path, number = _item(" ".join(found["rest"].replace("`", "").replace("**", "").split()))
        return Header(f"REPLACE ITEM {item[:80]}", path, item, number)
    if (found := FILE.match(plain)) and (found["word"] in ("FILE", "EDIT") or _file(found["path"])):
        return Header(plain[:120], found["path"].strip("`*"), edit=found["word"] == "EDIT")
    if found := FILE_LOOSE.match(plain) or ALONE.match(plain):
        path = found["path"].strip("`*\"'")
        return Header(plain[:120], path, sure=False) if _file(path) else None
    return None


def _item(rest: str) -> tuple[str, str, int]:
    """Split `Pool::take in src/pool.rs:12` into item, path and line."""
    for where in reversed(list(WHERE.finditer(rest))):  # the last: an item may hold the same signs, as `Index<(A, B)>`
        path, _, line = rest[where.end() :].rstrip(") ").partition(":")
        if " " not in path and (_file(path) or ENDING.search(path)):
            number = int(line) if line.isascii() and line.isdigit() and len(line) < 8 else 0
            return rest[: where.start()].strip(" :"), path, number
    return rest.strip(" :"), "", 0


def in_fence(info: str) -> Header | None:
    """Find a path on the opening line of a fence.

    As in ```` ```rust src/x.rs ````, ```` ```rust:src/x.rs ```` and ```` ```rust title="src/x.rs" ````.
    """
    if len(info) > LONGEST:
        return None
    for word in re.split(r"[\s,:=\"'{}]+", info):
        if ("/" in word or word == "Cargo.toml" or word.endswith(".rs")) and _file(word):
            return Header(word, word, sure=False)
    return None


def in_first_line(line: str) -> Header | None:
    """Find a path in a comment on the first line of the code: `// src/x.rs`."""
    found = COMMENT.match(line) if len(line) <= LONGEST else None
    if found and "/" in found["path"] and _file(found["path"]):
        return Header(found["path"], found["path"], sure=False)
    return None


def _file(path: str) -> bool:
    """Return whether this looks like a file's path; whether it is allowed is not checked here."""
    name = path.replace("\\", "/").rpartition("/")[2]
    return len(path) <= 400 and "://" not in path and bool(NAMED.match(name) or ("/" in path and "." in name))
