"""The modules of one target of a crate, as its files declare them, with what each defines and imports. Nothing is resolved here.

`mod x;` is followed as the compiler does (The Rust Reference, "Modules"), inside of the crate's folder only. Calls of the crate's
own macros are expanded (`macro_expansion`); of another macro (`cfg_if!`, `pin_project!`) the content is read where that is items
itself. What a macro gives has the place where its name was written: in the call, or else in the definition. Every branch of a `cfg`
is read, or with a `CfgSetting` the one that holds. Not covered: procedural macros, macros of other crates whose content is no items,
`include!`, and functions inside of functions. `SourceTree.unread` counts what was left out.
"""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from rusta.library.cfg_settings import CfgSetting
from rusta.library.item_docs import Above, is_documentation, read_above
from rusta.library.macro_calls import MOST_BYTES, CallReader
from rusta.library.macro_expansion import CrateMacros
from rusta.library.module_items import LONGEST_TEXT, Definition, Import, SourceModule, TraitBlock
from rusta.library.source_files import SourceFiles
from rusta.library.use_paths import COMMENT, LONGEST_PATH, use_leaves
from rusta.tools import items

MOST_FILES = 2_000  # of a crate
LARGEST_FILE = 2_000_000  # bytes; a larger file is data
MOST_SECONDS = (
    120.0  # after which no further file of a crate is read: the parser needs 9 s for a megabyte of broken attributes
)
DEEPEST = 24  # modules inside of modules
LONGEST_NAME = 200  # characters of an item's name
LONGEST_SIGNATURE = 400  # characters
LONGEST_VALUE = 60  # characters of a constant's value that its signature shows

KINDS = {
    "function_item": "fn", "function_signature_item": "fn", "struct_item": "struct", "enum_item": "enum", "union_item": "union",
    "trait_item": "trait", "const_item": "constant", "static_item": "static", "type_item": "type", "associated_type": "type",
    "macro_definition": "macro",
}  # fmt: skip
COMMENTS = {"line_comment", "block_comment"}
DOCUMENTING = {"///", "/**", "//!", "/*!"}
BLOCKS = {"block", "unsafe_block"}
CALLS = {"macro_invocation", "expression_statement"}
MACRO_USE = re.compile(r"#!?\[\s*(?:macro_use\b|cfg_attr\b[^\n]*\bmacro_use\b)")
GATE = re.compile(r"#\[\s*cfg\s*\(")
PUBLIC = re.compile(rb"pub\b(?!\s*\()")  # and not `pub(crate)`
APART = re.compile(
    r"(?<=\w) (?=\()(?<!\bdyn )(?<!\bimpl )(?<!\bmut )(?<!\bconst )(?<!\bwhere )(?<!\bfor )(?<!\bas )"
)  # of a macro: `Pair (u8)`
BROKEN = re.compile(r"([(\[]|(?<![ <])<) | (?=[)\]])|,? (?=[)\]])")  # spaces that are left of line breaks


@dataclass
class SourceTree:
    """Reads the modules below one file. The limits are of a crate: its targets share one tree of counts."""

    crate: SourceFiles
    private: bool = True  # whether items without `pub` are read, too
    cfg: CfgSetting | None = None  # for which conditions are evaluated; None reads every branch
    files: int = 0
    length: int = 0
    began: float = field(default_factory=time.monotonic)
    exported: list[Definition] = field(default_factory=list)  # macros that #[macro_export] puts at the crate's root
    macros: CrateMacros = field(default_factory=CrateMacros)
    trees: dict[bytes, Any] = field(
        default_factory=dict
    )  # syntax trees by their sources, which another state may share
    unread: dict[str, int] = field(default_factory=dict)  # "mod x" and "x!" that could not be followed, how often
    waiting: "list[tuple[_Reading, Any, SourceModule, int, int]]" = field(default_factory=list)
    constants: list[tuple[SourceModule, SourceModule]] = field(default_factory=list)  # blocks, and where they stand

    def read(self, name: str, file: str) -> SourceModule:
        """The module of a target's first file, with all below it. `file` is relative to the crate's folder."""
        self.exported, self.waiting, self.constants = [], [], []
        self.macros.begin()
        folder = str(PurePosixPath(file).parent)
        root = SourceModule((name,), None, folder, Definition(name, "crate", "", Above(), True, file, 1))
        self._file(root, file, ())
        for at, call in enumerate(self.waiting):  # which may add to them
            reading, node, module, calls, inline = call
            reading.call(node, module, calls, inline, last=True)
            if at >= MOST_FILES:
                break
        for block, module in self.constants:
            module.traits += [replace(one, home=module) for one in block.traits]
        return root

    def _file(self, module: SourceModule, file: str, stack: tuple[str, ...]) -> bool:
        """Read a file into a module; False where it cannot be read or a limit is reached."""
        full = self.files >= MOST_FILES or self.length >= MOST_BYTES or time.monotonic() - self.began > MOST_SECONDS
        if full or file in stack or len(stack) >= DEEPEST:
            return False
        source = self._bytes(file, LARGEST_FILE)
        if source is None:
            return False
        self.files += 1
        self.length += len(source)
        reading = _Reading(self, source, file, stack=(*stack, file))
        if source not in self.trees:
            self.trees[source] = items.tree(source)
        inner = reading.items(self.trees[source].root_node, module, 0, 0)
        if self.cfg is not None and module.parent is not None and self.cfg.applied(inner) is None:
            module.parent.modules.pop(module.path[-1], None)
        self.told(module.definition, file, [*inner])
        return True

    def told(self, definition: Definition, file: str, inner: list[str]) -> None:
        """Add what a module says about itself from the inside."""
        if inner:
            outer = definition.above
            said = read_above(inner, lambda name: self.text(file, name))
            definition.above = Above(
                "\n\n".join(filter(None, (outer.docs, said.docs))), outer.deprecated or said.deprecated,
                outer.features + said.features, outer.hidden or said.hidden, outer.tests or said.tests,
                attributes=outer.attributes + said.attributes,
            )  # fmt: skip

    def missed(self, what: str) -> None:
        """Count what could not be read."""
        if what in self.unread or len(self.unread) < MOST_FILES:
            self.unread[what] = self.unread.get(what, 0) + 1

    def text(self, file: str, name: str) -> str:
        """A file of the crate that another includes as documentation, as text."""
        said = self._bytes(os.path.normpath(PurePosixPath(file).parent / name), 1 << 18)
        return (said or b"").decode("utf-8", "replace")

    def _bytes(self, file: str, most: int) -> bytes | None:
        if file.startswith(("/", "..")) or "\0" in file:
            return None
        return self.crate.read(file, most)

    def declared(
        self, name: str, parent: SourceModule, above: Above, file: str, stack: tuple[str, ...], inline: bool
    ) -> None:
        """Follow `mod name;` to its file."""
        module = parent.modules[name]
        here = parent.folder if inline else str(PurePosixPath(file).parent)
        places = [(f"{here}/{path}", None) for path in above.paths]
        places += [(f"{parent.folder}/{name}.rs", f"{parent.folder}/{name}"), (f"{parent.folder}/{name}/mod.rs", None)]
        for at, folder in places:
            at = os.path.normpath(at)
            module.folder = folder or str(PurePosixPath(at).parent)
            if self._file(module, at, stack):
                return
        self.missed(f"mod {name}")


@dataclass(frozen=True)
class _Reading(CallReader):
    """One file that is being read, or what a macro call in it gives."""

    tree: SourceTree
    stack: tuple[str, ...] = ()

    def parted(self, node: Any) -> Iterator[tuple[Any, list[str]]]:
        """Each child that is no comment or attribute, with those above it; inner ones come with None, at the end."""
        above, inner = list[str](), list[str]()
        for child in node.children:
            kind = child.type
            if kind in COMMENTS:
                text = self.text(child)
                if text[:3] not in DOCUMENTING:
                    continue
                if is_documentation(text[:4]):
                    above.append(text)
                elif is_documentation(text[:4], inner=True):
                    inner.append(text)
            elif kind == "attribute_item":
                above.append(self.text(child))
            elif kind == "inner_attribute_item":
                inner.append(self.text(child))
            elif child.is_named:
                held = self.tree.cfg.applied(above) if above and self.tree.cfg is not None else above
                if held is not None:
                    yield child, held
                above = []
        yield None, inner

    def items(self, node: Any, module: SourceModule, calls: int, inline: int) -> list[str]:
        """Read the items below a node into a module, and return the comments and attributes about the module itself.

        `calls` are the macro calls that the node stands in, `inline` the modules of the file.
        """
        inside = list[str]()
        for child, above in self.parted(node):
            if child is None:
                inside = above
                continue
            match child.type:
                case "mod_item":
                    self._module(child, above, module, inline)
                case "impl_item":
                    self._block(child, above, module, calls)
                case "const_item" if self._name(child) == "_" and (body := child.child_by_field_name("value")):
                    if body.type in BLOCKS:  # whose `impl` blocks count where it stands
                        within = SourceModule(module.path, module.parent, "", module.definition)
                        self.tree.constants.append((within, module))
                        self.items(body.children[-1] if body.type == "unsafe_block" else body, within, calls, inline)
                case "use_declaration" | "extern_crate_declaration":
                    self._import(child, above, module)
                case "foreign_mod_item":
                    if (body := child.child_by_field_name("body")) is not None:
                        self.items(body, module, calls, inline)
                case "expression_statement" if child.children and child.children[0].type in BLOCKS:  # of a macro
                    self.items(
                        child.children[0].children[-1] if child.children[0].type != "block" else child.children[0],
                        module,
                        calls,
                        inline,
                    )
                case kind if kind in CALLS:
                    self.call(child, module, calls, inline)
                case kind if kind in KINDS:
                    if definition := self.definition(child, above, calls):
                        for one in (definition, *definition.members):
                            one.home = module
                        if definition.kind == "macro" and definition.above.exported:
                            self.tree.exported.append(definition)
                        else:
                            module.definitions.setdefault(definition.name, []).append(definition)
        return inside

    def above(self, parts: list[str]) -> Above:
        return read_above(parts, lambda name: self.tree.text(self.file, name)) if parts else Above()

    def definition(self, node: Any, above: list[str], calls: int, owner: str = "") -> Definition | None:
        """An item with its members; None for one of the tests, or without a name."""
        name, public = self._name(node), self._public(node)
        if not name or not (public or self.tree.private or owner == "trait" or node.type == "macro_definition"):
            return None
        said = self.above(above)
        if said.tests:
            return None
        kind = KINDS[node.type]
        if owner and kind == "fn":
            kind = "method"
        if kind == "macro":
            self.define(name, node, any(GATE.match(one) for one in above))
            public = said.exported
        if said.macro:
            name, kind = said.macro[0] or name, said.macro[1]
        body = node.child_by_field_name("body")
        given = body or node.child_by_field_name("value" if kind != "type" else "none")
        cut = given is not None and kind not in ("struct", "union", "macro")
        found = Definition(
            name, kind, self.signature(node), said, public, *self.place(node),
            source=self.source, span=(node.start_byte, given.start_byte if cut else node.end_byte), provided=given is not None,
            origin=self.origin,
        )  # fmt: skip
        if body is not None and kind in ("enum", "struct", "union", "trait"):
            found.members = list(self._members(body, kind, calls, public))
        return found

    def _members(self, body: Any, owner: str, calls: int, public: bool) -> Iterator[Definition]:
        """Variants of an enum, named fields, methods and associated items. Those of traits and enums are as public as these."""
        for child, above in self.parted(body):
            if child is None:
                return
            if child.type in ("enum_variant", "field_declaration"):
                visible = public if owner == "enum" else self._public(child)
                name = self._name(child) if visible or self.tree.private else ""
                said = self.above(above) if name else Above()
                if name and not said.tests:
                    yield Definition(
                        name, "variant" if owner == "enum" else "field",
                        self._squeezed(child, child.end_byte), said, visible, *self.place(child),
                        source=self.source, span=(child.start_byte, child.end_byte), origin=self.origin,
                    )  # fmt: skip
            elif child.type in KINDS and (found := self.definition(child, above, calls, owner)):
                found.public = public if owner == "trait" else found.public
                yield found
            elif child.type in CALLS:
                for reading, inside in self.given(child, calls, None, True):
                    if reading is not None:
                        yield from reading._members(inside, owner, calls + 1, public)

    def _module(self, node: Any, above: list[str], parent: SourceModule, inline: int) -> None:
        name, said = self._name(node), self.above(above)
        if not name or said.tests or len(parent.path) >= DEEPEST:
            return
        if name not in parent.modules:  # two under different `cfg`s are read into one
            signature = self.signature(node)
            definition = Definition(name, "module", signature, said, False, *self.place(node))
            parent.modules[name] = SourceModule((*parent.path, name), parent, f"{parent.folder}/{name}", definition)
        module = parent.modules[name]
        module.definition.public |= self._public(node)
        body = node.child_by_field_name("body")
        self.tree.macros.enter()
        if body is None:
            self.tree.declared(name, parent, said, self.file, self.stack, bool(inline))
        else:
            inner = self.items(body, module, 0, inline + 1)
            self.tree.told(module.definition, self.file, inner)
        self.tree.macros.leave(any(MACRO_USE.match(one) for one in above))

    def _block(self, node: Any, above: list[str], module: SourceModule, calls: int) -> None:
        """An `impl`. The members of those of traits are not listed: the trait's own are."""
        owner, body = node.child_by_field_name("type"), node.child_by_field_name("body")
        if owner is None or body is None:
            return
        head = self.source[node.start_byte : min(body.start_byte, node.start_byte + LONGEST_TEXT)].decode(
            "utf-8", "replace"
        )
        if node.child_by_field_name("trait") is not None:
            said = self.above(above)
            types = tuple(
                self.text(child)[:LONGEST_TEXT] for child, _ in self.parted(body) if child is not None and child.type == "type_item"
            )  # fmt: skip
            if not said.tests and not said.hidden:
                module.traits.append(TraitBlock(head, types, said, *self.place(node), module))
            return
        named = self.text(owner)[:1000].partition("<")[0].removeprefix("dyn ")
        path = tuple(part.strip().removeprefix("r#") for part in named.split("::"))
        if len(path) <= LONGEST_PATH and all(re.fullmatch(r"\w+", part) for part in path):
            said, members = self.above(above), list(self._members(body, "impl", calls, False))
            for one in members:
                one.home, one.block = module, head
                if said.features:
                    one.above = replace(one.above, features=tuple(dict.fromkeys((*said.features, *one.above.features))))
            if not said.tests:
                module.blocks.append((path, members))

    def _import(self, node: Any, above: list[str], module: SourceModule) -> None:
        said = self.above(above)
        text = COMMENT.sub(" ", self.text(node))
        found = re.search(r"\b(?:use|extern\s+crate)\s", text)
        if said.tests or not found:
            return
        public, private = self._public(node), not self.source.startswith(b"pub", node.start_byte)
        crate = node.type == "extern_crate_declaration"
        foreign = text[found.end() :].lstrip().startswith("::")
        for path, name in use_leaves(text[found.end() :]):
            if path != (name,) or public or crate or node.type == "use_declaration":
                foreign = foreign or (crate and path != ("self",))
                module.imports.append(Import(path, name, said, public, private, foreign))

    def call(self, node: Any, module: SourceModule, calls: int, inline: int, last: bool = False) -> None:
        """A macro call among items. One that nothing is known of waits for the end, where `last` is given."""
        for reading, inside in self.given(node, calls, module.imports, last):
            if reading is None:
                self.tree.waiting.append((self, node, module, calls, inline))
            else:
                reading.items(inside, module, calls + 1, inline)

    def _name(self, node: Any) -> str:
        """An item's name; "" where it has none, or a variable of a macro in its place."""
        named = node.child_by_field_name("name")
        name = self.text(named).removeprefix("r#") if named is not None else ""
        return name if len(name) <= LONGEST_NAME and name.isidentifier() else ""

    def _public(self, node: Any) -> bool:
        return PUBLIC.match(self.source, node.start_byte) is not None

    def signature(self, node: Any) -> str:
        """An item in one line, without its body; a constant with its value where that is short."""
        body = node.child_by_field_name("body")
        if node.type == "macro_definition":
            return f"macro_rules! {self._name(node)}"
        if body is not None and body.type == "ordered_field_declaration_list":
            body = None
        value = node.child_by_field_name("value") if node.type in ("const_item", "static_item") else None
        if value is not None and value.end_byte - value.start_byte > LONGEST_VALUE:
            body = value
        return self._squeezed(node, body.start_byte if body is not None else node.end_byte)

    def _squeezed(self, node: Any, end: int) -> str:
        text = self.source[node.start_byte : min(end, node.start_byte + 8 * LONGEST_SIGNATURE)].decode(
            "utf-8", "replace"
        )
        several = "\n" in text or self.run is not None
        text = " ".join(COMMENT.sub(" ", text).split() if "//" in text or "/*" in text else text.split())
        text = text.rstrip("={;, ")
        if several:
            text = BROKEN.sub(lambda found: found[1] or "", text)
            text = APART.sub("", text) if self.run is not None else text
        return text if len(text) <= LONGEST_SIGNATURE else f"{text[: LONGEST_SIGNATURE - 1]}…"
