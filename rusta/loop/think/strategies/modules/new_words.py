"""What a new edition (2018, 2024) asks to be written otherwise, where rustc names one place at a time, or no change.

- A name that became a keyword (`gen`, `async`, `dyn`, `try`) is `r#gen` at every place in the package: with syntax
  errors rustc stops at the first file.
- `extern` blocks are `unsafe extern`, and `no_mangle`, `export_name` and `link_section` stand in `unsafe(..)`.
- `std::env::set_var` and `remove_var` are called in `unsafe` with a comment that says what is promised; a person is asked.
- A reference to a `static mut` goes by `&raw`, and `()` is written where `!` would be inferred.

Not covered: names in the patterns of `macro_rules!`, and what changed its meaning without an error.

Source: the Edition Guide (https://doc.rust-lang.org/edition-guide/rust-2024/index.html and rust-2018).
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import FREE, Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.threads.thread_safe import is_test
from rusta.tools.diagnostics import Diagnostic, Span
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import FileEdits

KEYWORD = re.compile(r"found (?:reserved )?keyword `(?P<word>gen|async|dyn|try)`")
EXTERN, ATTRIBUTE = "extern blocks must be unsafe", "unsafe attribute used without unsafe"
UNSAFE = re.compile(rb"(?<![\w(])(?P<name>no_mangle\b|(?:export_name|link_section)\s*=\s*\"[^\"]*\")")
CALLED = re.compile(r"call to unsafe function `(?:std::env::|env::)?(?:set_var|remove_var)` is unsafe")
NEVER = re.compile(r"the trait bound `!: ")
LINKED = "// SAFETY: these are declared as the library that is linked has them."
EXPORTED = "// SAFETY: nothing else that is linked has this name."
PROMISE = "// SAFETY: no other thread may read or write the environment now: the callers of this code see to that."


def new_words(situation: Situation) -> Iterator[Hypothesis]:
    """Yield what a new edition asks for: each kind at all its places."""
    words = {said["word"] for error in situation.errors if (said := KEYWORD.search(error.message))}
    blocks = any(error.message.startswith((EXTERN, ATTRIBUTE)) for error in situation.errors)
    if words or blocks:
        error = next(
            one
            for one in situation.errors
            if KEYWORD.search(one.message) or one.message.startswith((EXTERN, ATTRIBUTE))
        )
        folder = _package(error, situation)
        edits: FileEdits = {}
        for path, code in situation.sources():
            if _package_of(path, situation) == folder and not is_test(path) and (some := _spelled(code, words)):
                edits[path] = some
        if edits:
            kinds = [f"`{word}` is `r#{word}`" for word in sorted(words)]
            kinds += ["what can break memory safety says `unsafe`"] if "gen" in words or blocks else []
            reason = f"this edition has new words: {', '.join(kinds)}"
            yield situation.hypothesis(error, reason, edits, Cost.NONE, FREE)
    yield from _each(situation, lambda error: bool(CALLED.search(error.message)), _promised, Cost.ASKED,
                     "the environment is changed in `unsafe`, because other threads may read it", "")  # fmt: skip
    yield from _each(situation, lambda error: error.code == "static_mut_refs", _raw, Cost.NONE,
                     "what is borrowed of a `static mut` goes by a raw reference", FREE)  # fmt: skip
    yield from _each(situation, lambda error: bool(NEVER.search(error.message)), _unit, Cost.NONE,
                     "`()` is what nobody looks at, and not `!`, which this edition infers", FREE)  # fmt: skip


def _each(situation: Situation, wanted: Any, change: Any, cost: Cost, reason: str, trade: str) -> Iterator[Hypothesis]:
    """Yield one hypothesis that changes the place of every error that is wanted."""
    edits: FileEdits = {}
    first: Diagnostic | None = None
    for error in situation.errors:
        place = error.primary
        code = situation.code(place.path) if place and wanted(error) else None
        if place is None or code is None:
            continue
        first = first or error
        known = edits.setdefault(place.path, [])
        known += [one for one in change(place, error, code) if one not in known]
    if first is not None and any(edits.values()):
        yield situation.hypothesis(first, reason, edits, cost, trade)


def _package_of(path: str, situation: Situation) -> str:
    """Return the folder of the manifest that a file belongs to."""
    folders = [one.removesuffix("Cargo.toml") for one in situation.files if one.rpartition("/")[2] == "Cargo.toml"]
    return max((one for one in folders if path.startswith(one)), key=len, default="")


def _package(error: Diagnostic, situation: Situation) -> str:
    return _package_of(error.primary.path, situation) if error.primary else ""


def _spelled(code: Statements, words: set[str]) -> list[Rewrite]:
    """Return the edits of one file: raw identifiers, `unsafe extern`, `unsafe(no_mangle)`."""
    rewrites: list[Rewrite] = []
    todo = [code.root]
    while todo:
        node = todo.pop()
        if node.type == "macro_definition":
            continue
        if not node.children:
            if code.text(node) in words and _is_name(node, code):
                rewrites.append(Rewrite(node.start_byte, node.start_byte, "r#"))
            continue
        if node.type == "foreign_mod_item" and not any(child.type == "unsafe" for child in node.children):
            keyword = next((child for child in node.children if child.type == "extern_modifier"), node)
            rewrites.append(_explained(keyword, code, LINKED, "unsafe "))
        if node.type in ("attribute_item", "inner_attribute_item"):
            text = code.source[node.start_byte : node.end_byte]
            if b"no_mangle" in text or b"export_name" in text or b"link_section" in text:
                above = code.source[max(0, node.start_byte - 200) : node.start_byte].rpartition(b"\n\n")[2]
                if not re.search(rb"//|\*/", above):  # the one that rustc's own suggestion made has none either
                    rewrites.append(_explained(node, code, EXPORTED))
                for found in UNSAFE.finditer(text):
                    start = node.start_byte + found.start()
                    rewrites.append(Rewrite(start, node.start_byte + found.end(), f"unsafe({found['name'].decode()})"))
            continue
        todo += node.children
    return rewrites


def _explained(node: Any, code: Statements, comment: str, then: str = "") -> Rewrite:
    line = code.source[code.source.rfind(b"\n", 0, node.start_byte) + 1 : node.start_byte].decode("utf-8", "replace")
    return Rewrite(node.start_byte, node.start_byte, f"{comment}\n{line if not line.strip() else ''}{then}")


def _is_name(node: Any, code: Statements) -> bool:
    """Return whether a word is a name here, and no keyword, lifetime, label or a macro's variable."""
    text = code.text(node)
    before = code.source[max(0, node.start_byte - 8) : node.start_byte].rstrip()
    after = code.source[node.end_byte : node.end_byte + 16].lstrip()
    if before.endswith((b"$", b"'", b"r#")) or "string" in node.type or "comment" in node.type:
        return False
    if text in ("gen", "try"):
        return "identifier" in node.type or (node.parent.type == "token_tree" and not after.startswith((b"{", b"move")))
    named = before.endswith((b".", b"fn", b"mod", b"let", b"::", b"mut", b"struct", b"type"))
    return named or after.startswith((b":", b"=", b",", b")", b";", b"}", b"."))


def _promised(place: Span, _: Diagnostic, code: Statements) -> list[Rewrite]:
    """Return the edit that puts a call into `unsafe`, with what is promised."""
    node = code.node(place.start, place.end)
    if node.type != "call_expression":
        return []
    statement = code.statement(node)
    while statement is not None and (above := code.statement(statement.parent)) is not None:
        if not code.source[code.source.rfind(b"\n", 0, statement.start_byte) + 1 : statement.start_byte].strip():
            break
        statement = above
    promise = [code.before(statement, PROMISE)] if statement is not None else []
    return [*promise, instead(node, f"unsafe {{ {code.text(node)} }}")]


def _raw(place: Span, error: Diagnostic, code: Statements) -> list[Rewrite]:
    """Return the edit by which a reference to a `static mut` is made of a raw one."""
    said = re.match(rb"(?P<ref>&\s*(?:mut\b\s*)?)?(?P<name>(?:\w+::)*\w+)", code.source[place.start : place.end])
    if said is None:
        return []
    mutable = "mut" if "mutable reference" in error.message.split(" to ")[0] else "const"
    text = f"&{'mut ' if mutable == 'mut' else ''}*&raw {mutable} {said['name'].decode()}"
    return [Rewrite(place.start, place.start + said.end(), text if said["ref"] else f"({text})")]


def _unit(place: Span, _: Diagnostic, code: Statements) -> list[Rewrite]:
    """Return the edit that says that the value of a statement is `()`."""
    statement = code.statement(code.node(place.start, place.end))
    if statement is None or statement.type != "expression_statement" or not code.text(statement).endswith(";"):
        return []
    return [Rewrite(statement.start_byte, statement.start_byte, "let () = ")]
