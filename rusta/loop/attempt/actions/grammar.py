"""The format as a GBNF grammar: an answer of a few sentences and then exactly one well-formed action.

For engines that constrain decoding (`Constraint`). It admits less than `parse` reads: only the taught spelling, only
the calls that are currently allowed, and only names of files and items that exist, where they are given. The output
always parses, unless the token limit cuts it; `lines` bounds its length.

Not covered: that code in a fence is Rust. A grammar of a language in which a brace can occur in a string costs more per
token than it saves.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import MISSING, Field, fields
from typing import Any

from rusta.core.errors import ConfigError
from rusta.loop.attempt.actions.kinds import CALLS
from rusta.loop.attempt.actions.paths import normalized_path
from rusta.mind.mind import Constraint

WHOLE, ITEM, BLOCK = "whole file", "replace item", "search and replace"
EDITS = (WHOLE, ITEM, BLOCK)

# A narration line begins like a sentence, so that it cannot be parsed as a header, a fence or a call.
TERMINALS = r"""
narration ::= line{1,NARRATION}
line ::= begin (letter | span){8,160} "\n"
begin ::= [a-z0-9] | [A-Z] [^A-Z\n`<\x00-\x1f\x7f]
letter ::= [^\n`<\x00-\x1f\x7f]
span ::= "`" [^`\n\x00-\x1f\x7f]{1,60} "`"
text ::= "\"" first char{0,80} "\""
first ::= [^"\\<\x00-\x20\x7f-\xa0]
char ::= [^"\\<\x00-\x1f\x7f-\x9f] | "<" [^"\\<tf/\x00-\x1f\x7f-\x9f] | "\\" ["\\]
number ::= [1-9] [0-9]{0,4}
words ::= "[" text (", " text){0,3} "]"
segment ::= [A-Za-z_] [A-Za-z0-9_]{0,30}
path ::= (segment "/"){0,5} segment "." ("rs" | "toml" | "md")
name ::= segment ("::" segment){0,3}
row ::= [ \t]{0,32} (full rest)? "\n"
some ::= [ \t]{0,32} full rest "\n"
full ::= [^`<=>\n \t\x00-\x1f\x7f] | "<" [^<\n\x00-\x1f\x7f] | "=" [^=\n\x00-\x1f\x7f] | ">" [^>\n\x00-\x1f\x7f]
rest ::= [^\n\x00-\x08\x0b-\x1f\x7f]{0,160}
"""

# A full stop ends a sentence only before a space: `lib.rs` and `0..n` do not.
PROSE = r"""
sentence ::= (initial | word) (plain | stop | word){8,300} [.?!]
initial ::= [A-Za-z]
plain ::= [^.?!*#<\n`\x00-\x1f\x7f]
stop ::= [.?!*] [.=]? [^.?!*#<\n `\x00-\x20\x7f]
word ::= "`" [^`\n\x00-\x1f\x7f]{1,60} "`"
"""


def grammar(
    allowed: Collection[str] = (*CALLS, *EDITS),
    items: Iterable[tuple[str, str]] = (),
    files: Sequence[str] = (),
    lines: int = 80,
    sentences: int = 4,
) -> Constraint:
    """Return the constraint for an answer.

    `allowed` are names of calls and of `EDITS`, `items` are `(item, path)` pairs, `files` relative paths; `lines` and
    `sentences` bound the code and the narration. Raises `ConfigError` for an action that does not exist, `Malformed`
    for a path that is not allowed.
    """
    unknown = [name for name in allowed if name not in CALLS and name not in EDITS]
    if unknown or not allowed:
        raise ConfigError(
            f"There is no action {', '.join(unknown) or 'at all'}. There are: {', '.join((*CALLS, *EDITS))}."
        )
    files = [normalized_path(path) for path in files]
    rules = {
        "file": _choice(files) if files else "path",
        "filetext": _choice([_json(path) for path in files]) if files else '"\\"" path "\\""',
    }
    pairs = [f"{item} in {normalized_path(path)}" for item, path in items]
    rules["place"] = _choice(pairs) if pairs else 'name " in " file'
    actions = []
    for name in allowed:
        if name in CALLS:
            rules[f"call-{name}"] = _call(name)
            actions.append(f"call-{name}")
    fence = '"```" ("rust" | "toml" | "") "\\n"'
    code = f"some row{{0,{lines - 1}}}"
    if WHOLE in allowed:
        rules["whole"] = f'"FILE " file "\\n" {fence} {code} "```"'
    if ITEM in allowed:
        rules["item"] = f'"REPLACE ITEM " place "\\n" {fence} {code} "```"'
    if BLOCK in allowed:
        half = max(1, lines // 2)
        rules["block"] = (
            f'"EDIT " file "\\n" {fence} "<<<<<<< SEARCH\\n" some row{{0,{half - 1}}} "=======\\n" row{{0,{half}}} ">>>>>>> REPLACE\\n```"'
        )
    actions += [name for name in ("whole", "item", "block") if name in rules]
    rules["root"] = f'narration "\\n" ({" | ".join(actions)})'
    own = "\n".join(f"{name} ::= {rule}" for name, rule in sorted(rules.items(), key=lambda rule: rule[0] != "root"))
    return Constraint(grammar=f"{own}\n{TERMINALS.strip().replace('NARRATION', str(sentences))}\n")


def items_alone(lines: int, opening: str = "") -> Constraint:
    """Return the constraint for one block of items and nothing else, which begins with `opening` where that is known."""
    begun = _literal(opening) if opening else '("impl" | "pub " | "fn " | "use " | "#[") rest "\\n"'
    root = f'root ::= "```rust\\n" {begun} row{{0,{lines - 1}}} "```"'
    return Constraint(grammar=f"{root}\n{TERMINALS.strip().replace('NARRATION', '1')}\n")


def prose(sentences: int) -> Constraint:
    """Return the constraint for an answer of at most so many sentences in one paragraph, without code or lists."""
    return Constraint(grammar=f'root ::= sentence (" " sentence){{0,{sentences - 1}}}\n{PROSE.strip()}\n')


def _call(name: str) -> str:
    parts = fields(CALLS[name])
    given = [f"{_literal(_key(part))} {_value(part)}" for part in parts if part.default is MISSING]
    left_out = [f"({_literal(', ' + _key(part))} {_value(part)})?" for part in parts if part.default is not MISSING]
    opening = _literal('<tools>\n{"name": ' + _json(name) + ', "arguments": {')
    return " ".join([opening, f" {_literal(', ')} ".join(given), *left_out, _literal("}}\n</tools>")])


def _key(part: Field[Any]) -> str:
    return f"{_json(part.name)}: "


def _value(part: Field[Any]) -> str:
    if choices := part.metadata["choices"]:
        return _choice([_json(choice) for choice in choices])
    if part.metadata["path"]:
        return "filetext"
    if isinstance(part.default, tuple):
        return "words"
    return "number" if isinstance(part.default, int) else "text"


def _json(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)


def _literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _choice(words: Iterable[str]) -> str:
    return "(" + " | ".join(_literal(word) for word in words) + ")"
