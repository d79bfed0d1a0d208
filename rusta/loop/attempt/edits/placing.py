"""Put a block of code into a file without being told where: each of its items has one place.

A method goes into the `impl` of its type, a test into the test module, an item that is there already is replaced, a new one
stands before the tests. Existing tests stay as they are. For answers that are only code, as small models give them.

Not covered: functions inside of functions, and lines that are no items.
"""

import re
import textwrap
from collections.abc import Collection

from rusta.loop.attempt.edits.renewal import renewed
from rusta.loop.attempt.edits.text import DoesNotApply, Unchanged, omission
from rusta.tools import items
from rusta.tools.items import Item, ItemKind
from rusta.tools.syntax_walk import last_name

TESTED = re.compile(rb"#\[\s*(?:\w+\s*::\s*)*(?:test|rstest)\b")
TAKES_SELF = re.compile(r"\(\s*(?:&\s*)?(?:'\w+\s+)?(?:mut\s+)?self\b")
MODULE = "#[cfg(test)]\nmod tests {{\n    use super::*;\n\n{code}\n}}\n"


def placed(source: bytes, code: str, owner: str = "", known: Collection[str] = ()) -> bytes:
    """Return the file with the items of `code` in it. `owner` is the type that methods without an `impl` belong to.

    A function that is there already is replaced only if it is one of `known`: of others the author saw no body.

    Raises `DoesNotApply` for code that does not parse, leaves something out, or has no item.
    """
    block = _parsing(code.encode(errors="surrogateescape"))
    if block is None:
        raise DoesNotApply(
            "That code does not parse. Write whole items: a method in its `impl` block, a test function."
        )
    if left_out := omission(code, source.decode(errors="replace")):
        raise DoesNotApply(
            f"`{left_out}` stands for code that I would lose. Write only what is new or changed, and that whole."
        )
    crlf = b"\r\n" in source
    made = _Placing(source.replace(b"\r\n", b"\n"), block.replace(b"\r\n", b"\n"), owner, known).made()
    made = made.replace(b"\n", b"\r\n") if crlf else made
    if made == source:
        raise Unchanged("There is nothing new in that code.")
    return made


def _parsing(block: bytes) -> bytes | None:
    """Return the code if it parses, with a last brace that is missing, or without the item that it was cut off in."""
    whole = block.rfind(b"\n}\n") + 3
    for one in (block, block.rstrip() + b"\n}\n", block[:whole] if whole > 2 else b""):
        if one.strip() and not items.tree(one).root_node.has_error:
            return one
    return None


class _Placing:
    """A file that takes up the items of a block one by one."""

    def __init__(self, source: bytes, block: bytes, owner: str, known: Collection[str]) -> None:
        self.source, self.block, self.owner, self.known = source, block, owner, known

    def made(self) -> bytes:
        brought = items.items(self.block)
        for node in items.tree(self.block).root_node.children:
            if node.type == "use_declaration":
                self._use(self.block[node.start_byte : node.end_byte])
        for one in brought:
            if not any(_holds(other, one) for other in brought):
                self._put(one)
        return self.source

    def _put(self, one: Item) -> None:
        if one.kind is ItemKind.MODULE and (one.name == "tests" or _for_tests(one)):
            for inner in self._inside(one):
                self._test(inner)
            self._test_uses(one)
        elif one.kind is ItemKind.FUNCTION and TESTED.search(self.block[one.start : one.code]):
            self._test(one)
        elif one.kind is ItemKind.IMPL:
            self._impl(one)
        elif one.kind is ItemKind.FUNCTION and self.owner and TAKES_SELF.search(one.signature):
            self._member(one, self._impls_of(self.owner))
        else:
            self._item(one)

    def _inside(self, outer: Item) -> list[Item]:
        inner = [one for one in items.items(self.block) if _holds(outer, one)]
        return [one for one in inner if not any(_holds(other, one) for other in inner)]

    def _impl(self, one: Item) -> None:
        there = [item for item in items.items(self.source) if item.kind is ItemKind.IMPL and not self._in_tests(item)]
        if one.trait:
            same = [item for item in there if _squeezed(item.name) == _squeezed(one.name)]
            if same:
                self._replace(same[0], one)
            else:
                self._append(one)
            return
        own = self._impls_of(last_name(one.name.removeprefix("impl ")))
        alike = [item for item in own if _squeezed(item.signature) == _squeezed(one.signature)]
        if not own or (not alike and re.search(r"<[^>]{0,400}:|\bwhere\b", one.signature)):
            self._append(one)
            return
        for inner in self._inside(one):
            chosen = self._impls_of(last_name(one.name.removeprefix("impl ")))
            fitting = [item for item in chosen if _squeezed(item.signature) == _squeezed(one.signature)]
            self._member(inner, [*fitting, *(item for item in chosen if item not in fitting)])

    def _impls_of(self, owner: str) -> list[Item]:
        found = [item for item in items.items(self.source) if item.kind is ItemKind.IMPL and not item.trait]
        return [item for item in found if last_name(item.name.removeprefix("impl ")) == owner]

    def _member(self, one: Item, impls: list[Item]) -> None:
        """Put a method into the first of these blocks, or in the place of its namesake in any of them."""
        if not impls:
            own = next((item for item in items.items(self.source) if item.name == self.owner), None)
            if own is None or "<" in own.signature:
                raise DoesNotApply(f"Put `{one.name}` into an `impl` block.")
            text = f"impl {self.owner} {{\n{_indented(self._text(one))}\n}}"
            at = own.end
            self.source = self.source[:at] + f"\n\n{text}".encode(errors="surrogateescape") + self.source[at:]
            return
        for item in items.items(self.source):
            if item.kind is one.kind and item.name == one.name and any(_holds(outer, item) for outer in impls):
                self._replace(item, one)
                return
        if self._bodiless(one):
            raise DoesNotApply(f"`{one.signature}` has no body in that code. Write it whole.")
        self._into(impls[0], self._text(one))

    def _item(self, one: Item) -> None:
        twins = [item for item in items.items(self.source) if item.kind is one.kind and item.name == one.name]
        free = [item for item in twins if "::" not in item.path]
        if free:
            self._replace(free[0], one)
        else:
            self._append(one)

    def _test(self, one: Item) -> None:
        module = self._tests()
        if module is None:
            self.source = self.source.rstrip() + b"\n\n" + MODULE.format(code=_indented(self._text(one))).encode()
        elif not any(item.name == one.name and _holds(module, item) for item in items.items(self.source)):
            self._into(module, self._text(one))

    def _test_uses(self, one: Item) -> None:
        """Bring what the block's test module imports, and the file's does not."""
        for found in re.findall(rb"^\s*(use [^;]{1,400};)", self.block[one.code : one.end], re.MULTILINE):
            module = self._tests()
            if module is not None and _flat(found) not in _flat(self.source[module.code : module.end]):
                at = self.source.index(b"{", module.code) + 1
                self.source = self.source[:at] + b"\n    " + found + self.source[at:]

    def _use(self, line: bytes) -> None:
        """Bring an import, unless the file has it, or declares what it names."""
        names = re.findall(rb"(\w+)\s*(?=[,};])", line)
        declared = {item.name.encode() for item in items.items(self.source) if "::" not in item.path}
        if _flat(line) in _flat(self.source) or b"super::" in line or (names and declared.issuperset(names)):
            return
        nodes = items.tree(self.source).root_node.children
        uses = [node for node in nodes if node.type == "use_declaration"]
        inner = [node for node in nodes if self.source[node.start_byte : node.start_byte + 3] in (b"//!", b"#![")]
        at = uses[-1].end_byte if uses else (inner[-1].end_byte if inner else 0)
        self.source = (
            self.source[:at].rstrip() + b"\n" * (2 if inner and not uses else 1) + line + b"\n" + self.source[at:]
        )
        self.source = self.source.lstrip() if at == 0 else self.source

    def _replace(self, item: Item, one: Item) -> None:
        if one.kind is ItemKind.FUNCTION and (one.name not in self.known or self._bodiless(one)):
            return
        if one.kind is ItemKind.IMPL:
            for inner in self._inside(one):
                self._member(inner, [item])
            return
        if _flat(self.source[item.code : item.end]) != _flat(self.block[one.code : one.end]):
            self.source = renewed(self.source, item, self.block, one, [])

    def _bodiless(self, one: Item) -> bool:
        return one.kind is ItemKind.FUNCTION and b"{" not in self.block[one.code : one.end]

    def _append(self, one: Item) -> None:
        """Put an item before the tests, or at the end."""
        if self._bodiless(one):
            raise DoesNotApply(f"`{one.signature}` has no body in that code. Write it whole.")
        module = self._tests()
        at = module.start if module is not None else len(self.source)
        before, after = self.source[:at].rstrip(), self.source[at:]
        self.source = (
            before
            + b"\n\n"
            + self._text(one).encode(errors="surrogateescape")
            + b"\n"
            + (b"\n" + after if after else b"")
        )

    def _into(self, outer: Item, text: str) -> None:
        end = outer.end - 1
        before = self.source[:end].rstrip()
        gap = b"\n" if before.endswith(b"{") else b"\n\n"
        code = _indented(text).encode(errors="surrogateescape")
        self.source = before + gap + code + b"\n" + self.source[end:]

    def _text(self, one: Item) -> str:
        start = self.block.rfind(b"\n", 0, one.start) + 1
        start = start if not self.block[start : one.start].strip() else one.start
        return textwrap.dedent(self.block[start : one.end].decode(errors="surrogateescape")).strip("\n")

    def _tests(self) -> Item | None:
        return next(
            (item for item in items.items(self.source) if item.kind is ItemKind.MODULE and _for_tests(item)), None
        )

    def _in_tests(self, item: Item) -> bool:
        module = self._tests()
        return module is not None and _holds(module, item)


def _for_tests(item: Item) -> bool:
    return any("test" in cfg for cfg in item.cfg)


def _holds(outer: Item, inner: Item) -> bool:
    return outer is not inner and outer.start <= inner.start and inner.end <= outer.end and outer != inner


def _indented(text: str) -> str:
    return textwrap.indent(text, "    ")


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _flat(code: bytes) -> bytes:
    return b"".join(code.split())
