"""The macro calls of a text of Rust that is read: a file, or what another call gives.

A call of a macro of the crate is expanded; of another macro the content is read, where that is items itself.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from rusta.library.cfg_settings import CfgSetting
from rusta.library.macro_expansion import CrateMacros, MacroDefinition
from rusta.library.macro_tokens import TokenRun, line_by_line, tokenised
from rusta.library.use_paths import COMMENT
from rusta.tools import items

MOST_BYTES = 1 << 25  # of a crate's files and macro calls together; the largest bindings of a system have half as many
SMALLEST_CALL = 1_024  # bytes that a macro call counts for at least: one that calls itself comes to an end
DEEPEST_MACRO = 48  # macro calls inside of macro calls
NO_ITEMS = re.compile(r"compile_error|global_asm|(?:\w+_)?assert\w*")  # macros that give none
EMPTY = re.compile(r"\{\s*\}")  # a branch in which nothing stands
ITEM_WORD = re.compile(rb"\b(?:fn|struct|enum|union|trait|mod|const|static|type|use|impl)\b|!")


class NamedImport(Protocol):
    """A `use` of one name."""

    @property
    def path(self) -> tuple[str, ...]:
        """What it names."""
        ...

    @property
    def name(self) -> str:
        """How that is called here."""
        ...


class CrateReading(Protocol):
    """What is counted while a crate is read."""

    cfg: CfgSetting | None
    length: int
    macros: CrateMacros

    def missed(self, what: str) -> None:
        """Count what could not be read."""
        ...


@dataclass(frozen=True)
class CallReader:
    """Expands the calls in a text."""

    tree: CrateReading
    source: bytes
    file: str
    run: TokenRun | None = None  # the tokens of which the source was made, of a macro call
    shift: int = 0  # bytes before them in the source
    origin: int = 0  # what offsets are counted from, so that no two calls of a crate have one in common

    def text(self, node: Any) -> str:
        """Return the text of a node."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def given(
        self, node: Any, depth: int, imports: Sequence[NamedImport] | None, last: bool
    ) -> Iterator[tuple[Self | None, Any]]:
        """Yield what a call gives: what reads it, and the tree to read.

        `imports` are those of the module that it stands in; None for a call among the members of a type. `depth` counts the
        calls around it. Of a macro that is not known there is nothing to read, unless this is the `last` time it is looked for.
        """
        for name, group in self._groups(node):
            known = self.tree.macros.named(name) if name != "cfg_if" else ()
            if not known and imports:  # `use lid as cover;`
                paths = [one.path for one in imports if one.name == name and one.path[-1] != name]
                known = self.tree.macros.named(paths[0][-1]) if paths else ()
            found = list[tuple[Self | None, Any]]()
            if depth < DEEPEST_MACRO:
                found += filter(None, (self._expanded(of, group, imports is None) for of in known))
                again = last and imports is not None  # it was looked at before
                if not found and not again and (inside := self._inside(group)) is not None:
                    found = [(self, inside)]
                elif not found and not known and not last and name != "cfg_if":
                    found = [(None, None)]
            if not found and not NO_ITEMS.fullmatch(name) and not EMPTY.fullmatch(COMMENT.sub("", self.text(group))):
                self.tree.missed(f"{name}!")
            yield from found

    def define(self, name: str, node: Any, gated: bool) -> None:
        """Note the definition of a macro; `gated` where it stands under a `cfg`."""
        macros, run = self.tree.macros, None
        if self.run is not None:
            run = self.run.part(self.run.at(node.start_byte - self.shift), self.run.at(node.end_byte - self.shift))
        base = macros.base(self.file, self.source) if run is None else 0
        macros.define(name, MacroDefinition(self.source, node.start_byte, node.end_byte, base, run, gated))

    def place(self, node: Any) -> tuple[str, int]:
        """Return the file and the line where an item's name is written."""
        if self.run is None:
            return self.file, node.start_point[0] + 1
        named = node.child_by_field_name("name") or node
        at = min(self.run.at(named.start_byte - self.shift), len(self.run) - 1)
        return self.tree.macros.where(self.run.places[at])

    def _expanded(self, macro: MacroDefinition, group: Any, members: bool) -> tuple[Self, Any] | None:
        """What a call of a macro of the crate gives, and its syntax tree; None where it cannot be expanded."""
        tree, start, end = self.tree, group.start_byte + 1 - self.shift, group.end_byte - 1 - self.shift
        if self.run is not None:
            call = self.run.part(self.run.at(start - 1) + 1, self.run.at(end))
        else:
            call = tokenised(self.source, start, end, tree.macros.base(self.file, self.source))
        given = tree.macros.expanded(macro, call) if call is not None else None
        if given is None and call is not None and (parted := line_by_line(call)) is not None:
            given = tree.macros.expanded(macro, parted)
        if given is None or tree.length > MOST_BYTES:
            return None
        before = b"trait T {" if members else b""
        source = before + given.text.encode("latin-1") + (b"}" if members else b"")
        origin = tree.length
        tree.length += max(len(source), SMALLEST_CALL)
        root = items.tree(source).root_node
        if members:
            root = root.children[0].child_by_field_name("body") if root.child_count == 1 else None
        return (
            None if root is None else (replace(self, source=source, run=given, shift=len(before), origin=origin), root)
        )

    def _groups(self, node: Any) -> Iterator[tuple[str, Any]]:
        """What stands between a macro call's delimiters, with the macro's name; for `cfg_if!` of a branch."""
        if node.type == "expression_statement":
            node = node.children[0] if node.child_count else node
        named, tree = node.child_by_field_name("macro"), node.children[-1] if node.child_count else None
        if named is not None and tree is not None and tree.type == "token_tree":
            name = self.text(named).rpartition("::")[2]
            for group in self._branches(tree) if name == "cfg_if" else (tree,):
                yield name, group

    def _branches(self, tree: Any) -> Iterator[Any]:
        """The branches of a `cfg_if!`: the one whose condition holds, or all where none is evaluated."""
        said, cfg = "", self.tree.cfg
        for group in tree.children:
            text = self.text(group) if group.type == "token_tree" else ""
            if text.startswith("["):
                said = f"#{text}"
            elif text.startswith("{"):
                if cfg is None or not said or cfg.applied([said]) is not None:
                    yield group
                    if cfg is not None:
                        return
                said = ""

    def _inside(self, group: Any) -> Any | None:
        """The syntax tree of what stands between braces or brackets, at its place in the file; None where it is no items."""
        from tree_sitter import Parser, Point, Range

        start, end = group.start_byte + 1, group.end_byte - 1
        self.tree.length += max(end - start, SMALLEST_CALL)
        if (
            self.source[start - 1 : start] == b"("
            or self.tree.length > MOST_BYTES
            or not ITEM_WORD.search(self.source, start, end)
        ):
            return None
        at = Point(group.start_point[0], group.start_point[1] + 1)
        until = Point(group.end_point[0], group.end_point[1] - 1)
        parser = Parser(items.language(), included_ranges=[Range(at, until, start, end)])
        root = parser.parse(self.source).root_node
        return None if root.has_error else root
