"""The names that a `use` declaration brings in, from its text alone: groups, renamings, globs."""

import re
from collections.abc import Iterator

MOST_LEAVES = 2_000  # names of one declaration
LONGEST_PATH = 24  # segments
COMMENT = re.compile(r"(?<![:/])//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)  # and not the two strokes of an address
TOKEN = re.compile(r"r#\w+|\w+|::|[{},*]")


def use_leaves(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each name that a `use` brings in, from the text behind the keyword: what it names, and how it is called."""
    prefixes, path, alias, renaming, count = [list[str]()], list[str](), "", False, 0
    for token in (*(found[0] for found in TOKEN.finditer(text)), ","):
        if token in (",", "}"):
            plain = path[:-1] if path[-1:] == ["self"] and len(path) > 1 else path
            if len(path) > len(prefixes[-1]) and len(path) <= LONGEST_PATH and plain[-1:] != [""]:
                yield tuple(plain[:-1] if plain[-1] == "*" else plain), alias or plain[-1]
                count += 1
            if token == "}" and len(prefixes) > 1:
                prefixes.pop()
                path = list(prefixes[-1])  # nothing of its own behind a group
            path, alias, renaming = list(prefixes[-1]), "", False
            if count >= MOST_LEAVES:
                return
        elif token == "{":
            if len(path) > LONGEST_PATH or len(prefixes) > LONGEST_PATH:
                return
            prefixes.append(path)
            path = list(path)
        elif token == "as":
            renaming = True
        elif renaming:
            alias = token.removeprefix("r#")
        elif token != "::" and len(path) <= LONGEST_PATH:
            path.append(token.removeprefix("r#"))
