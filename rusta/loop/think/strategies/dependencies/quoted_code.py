"""The code that a macro crate of the workspace generates: what stands in `quote! { ... }`, and which paths it names.

What is quoted is tokens for tree-sitter, so paths are found by their text, between the brackets of each `quote!`,
`quote_spanned!` and `parse_quote!` and in the bodies of `macro_rules!`. Sources: the documentation of quote and syn; The
Little Book of Rust Macros, "Hygiene". Not covered: paths that are put together at run time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from rusta.library.use_paths import use_leaves
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.dependencies.workspace_manifests import WorkspaceManifests
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.manifest import nested_table
from rusta.tools.statements import Statements

QUOTES = re.compile(r"(?:\w+::)*(?:quote|quote_spanned|parse_quote|parse_quote_spanned)$")
PATH = re.compile(r"(?<![\w#$:.'])(?P<path>(?:::\s*)?[A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)*)(?!\s*!?\s*=>)")
DEFINES = r"\bpub\s+(?:unsafe\s+)?(?:trait|struct|enum|union|fn|type|const|static|mod)\s+{name}\b"
TYPES = ("struct_item", "enum_item", "union_item")
MOST_FILES = 200  # of a macro crate


@dataclass(frozen=True)
class QuotedBody:
    """The tokens between the brackets of one quotation: where they stand in a file, and their text."""

    path: str
    start: int
    text: str
    node: Any
    rules: bool  # of `macro_rules!`

    def paths(self) -> Iterator[tuple[int, int, tuple[str, ...], bool]]:
        """Yield start, end and segments of each path in it, and whether it begins with `::`."""
        for found in PATH.finditer(self.text):
            said = re.sub(r"\s", "", found["path"])
            start = self.start + len(self.text[: found.start()].encode())
            yield start, start + len(found["path"].encode()), tuple(said.strip(":").split("::")), said.startswith("::")


@dataclass(frozen=True)
class MacroCrate:
    """A member of the workspace that defines a macro, and the member that hands it on."""

    situation: Situation
    manifests: WorkspaceManifests
    folder: str  # "" for the root

    @cached_property
    def sources(self) -> list[tuple[str, Statements]]:
        """Its sources, parsed."""
        top = PurePosixPath(self.folder, "src")
        paths = [one for one in self.situation.files if one.endswith(".rs") and PurePosixPath(one).is_relative_to(top)]
        return [(path, code) for path in paths[:MOST_FILES] if (code := self.situation.code(path))]

    @cached_property
    def quoted(self) -> list[QuotedBody]:
        """Everything that it quotes."""
        return [body for path, code in self.sources for body in _quoted(path, code)]

    @cached_property
    def procedural(self) -> bool:
        """Whether it is a crate of procedural macros."""
        said = nested_table(self.manifests.tables.get(str(PurePosixPath(self.folder, "Cargo.toml")), {}), "lib")
        return said.get("proc-macro") is True or said.get("proc_macro") is True

    @cached_property
    def facades(self) -> list[str]:
        """The folders of the members that depend on it, the ones that hand it on first; for ordinary macros its own."""
        if not self.procedural:
            return [self.folder]
        name = nested_table(self.manifests.tables[str(PurePosixPath(self.folder, "Cargo.toml"))], "package").get("name")
        found = []
        for path in self.manifests.paths:
            if any(one.entry.package == name for one in self.manifests.dependencies(path)):
                folder = self.manifests.member_folder(path)
                text = (self.situation.read(_root_file(folder)) or b"").decode("utf-8", "replace")
                hands = re.search(
                    rf"\bpub\s+(?:use|extern\s+crate)\s+(?:::)?{re.escape(str(name).replace('-', '_'))}\b", text
                )
                found.append((not hands, folder))
        return [folder for _, folder in sorted(found)]

    def library(self, folder: str) -> str:
        """The name in Rust of the member in a folder."""
        said = self.manifests.tables.get(str(PurePosixPath(folder, "Cargo.toml")), {})
        name = nested_table(said, "lib").get("name") or nested_table(said, "package").get("name") or ""
        return str(name).replace("-", "_")

    def public_path(self, name: str) -> str:
        """Return the path by which everybody reaches an item of a facade, from `::` on; "" where there is none."""
        for folder in self.facades:
            if not (code := self.situation.code(_root_file(folder))):
                continue
            head = "$crate" if not self.procedural else f"::{self.library(folder)}"
            text = code.source.decode("utf-8", "replace")
            if re.search(DEFINES.format(name=re.escape(name)), _top(code)) or name in _handed_on(text):
                return f"{head}::{name}"
            for module in re.findall(r"^pub\s+mod\s+(\w+)\s*;", text, re.MULTILINE):
                inner = self.situation.read(str(PurePosixPath(folder, "src", f"{module}.rs"))) or b""
                if re.search(DEFINES.format(name=re.escape(name)).encode(), inner):
                    return f"{head}::{module}::{name}"
        return ""


def macro_crate_of(situation: Situation, manifests: WorkspaceManifests, error: Diagnostic) -> MacroCrate | None:
    """Return the member of the workspace whose macro generated what an error is about; None where no macro of it did."""
    paths = [site.path for site in error.macros] or list(_deriving(situation, manifests, error))
    for path in paths:
        if path in situation.files:
            above = [str(one) for one in PurePosixPath(path).parents]
            folder = next((one for one in above if str(PurePosixPath(one, "Cargo.toml")) in manifests.tables), None)
            if folder is not None:
                return MacroCrate(situation, manifests, "" if folder == "." else folder)
    return None


def _deriving(situation: Situation, manifests: WorkspaceManifests, error: Diagnostic) -> Iterator[str]:
    """The files that define what a type derives, for an error at the type's own name: macros copy that name's place."""
    place = error.primary
    code = situation.code(place.path) if place else None
    node = code.node(place.start, place.end) if code and place else None
    item = node.parent if node is not None else None
    if code is None or item is None or item.type not in TYPES or item.child_by_field_name("name") != node:
        return
    derived, above = set[str](), item.prev_named_sibling
    while above is not None and above.type in ("attribute_item", "line_comment", "block_comment"):
        derived |= set(re.findall(r"\b(\w+)\s*(?=[,)])", code.text(above))) if "derive" in code.text(above) else set()
        above = above.prev_named_sibling
    for path, said in manifests.tables.items():
        if derived and nested_table(said, "lib").get("proc-macro") is True:
            root = _root_file(manifests.member_folder(path))
            defined = re.findall(
                r"\bproc_macro_derive\s*\(\s*(\w+)", (situation.read(root) or b"").decode("utf-8", "replace")
            )
            if derived & set(defined):
                yield root


def handed_on_name(text: str, module: str, item: str) -> str:
    """Return the name under which a file hands on an item of one of its modules; "" where it does not."""
    for path, name in _exports(text):
        inside = path[1:] if path[:1] in (("crate",), ("self",)) else path
        if inside == (module, item) or (inside == (module,) and name == "*"):
            return item if name == "*" else name
    return ""


def _quoted(path: str, code: Statements) -> Iterator[QuotedBody]:
    todo = [code.root]
    while todo:
        node = todo.pop()
        if node.type == "macro_invocation":
            called = node.child_by_field_name("macro")
            tokens = next((one for one in node.children if one.type == "token_tree"), None)
            if called is not None and tokens is not None and QUOTES.match(code.text(called)):
                yield QuotedBody(path, tokens.start_byte, code.text(tokens), node, False)
                continue
            if tokens is not None:
                yield from _inner(path, code, tokens, node)
                continue
        elif node.type == "macro_definition":
            for rule in node.named_children:
                right = rule.child_by_field_name("right") if rule.type == "macro_rule" else None
                if right is not None:
                    yield QuotedBody(path, right.start_byte, code.text(right), node, True)
            continue
        todo += reversed(node.named_children)


def _inner(path: str, code: Statements, tokens: Any, node: Any) -> Iterator[QuotedBody]:
    """The quotations among the arguments of another macro, such as `vec![quote! { ... }]`."""
    todo = [tokens]
    while todo:
        one = todo.pop()
        for child in one.children:
            if child.type == "token_tree":
                before = code.source[max(0, child.start_byte - 40) : child.start_byte].decode("utf-8", "replace")
                if re.search(r"\b(?:quote|quote_spanned|parse_quote)!\s*$", before):
                    yield QuotedBody(path, child.start_byte, code.text(child), node, False)
                else:
                    todo.append(child)


def _root_file(folder: str) -> str:
    return str(PurePosixPath(folder, "src", "lib.rs"))


def _top(code: Statements) -> str:
    """The heads of a file's items, without what stands in modules."""
    return "\n".join(code.text(node)[:200] for node in code.root.named_children if node.type != "mod_item")


def _exports(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    for found in re.finditer(r"\bpub\s+use\s+([^;]{1,2000});", text):
        yield from use_leaves(found[1])


def _handed_on(text: str) -> set[str]:
    return {name for _, name in _exports(text)}
