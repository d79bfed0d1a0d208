"""Gate every use of items that a `cfg` takes out, in one file: the edits, or None where a use stands for itself."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rusta.tools.diagnostics import Span
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import innermost, lies_in

NAMES = {"identifier", "type_identifier"}


def predicate(node: Any, code: Statements) -> str:
    """Return what is between the parentheses of the `#[cfg(…)]` around a node, or ""."""
    node = innermost(node, "attribute_item")
    found = re.fullmatch(r"#\[\s*cfg\s*\((.*)\)\s*\]", code.text(node), re.S) if node is not None else None
    return found[1].strip() if found else ""


class GatedUses:
    """The uses of configured out items in one source. `sites` are places with the item's name and its predicate."""

    def __init__(self, code: Statements, sites: Sequence[tuple[Span, str, str]]) -> None:
        self.code, self.edits = code, dict[tuple[int, int], list[Rewrite]]()
        self.imports: dict[int, tuple[Any, list[tuple[str, str]]]] = {}  # a `use`, and its names with their predicates
        self.uses: list[tuple[Any, str]] = []
        self.whole: list[tuple[Any, str]] = []  # what an attribute was written above
        for span, item, cfg in sites:
            node = code.node(span.end - len(item.encode()), span.end)
            use = innermost(node, "use_declaration")
            if use is not None:
                self.imports.setdefault(use.start_byte, (use, []))[1].append((item, cfg))
            else:
                self.uses.append((node, cfg))

    def rewrites(self) -> list[Rewrite] | None:
        """Return the edits; None where the file cannot be gated."""
        local: dict[str, str] = {}
        for use, names in self.imports.values():
            if (split := self._split(use, dict(names))) is None:
                return None
            local |= split
        if local:
            self.uses += [(node, local[self.code.text(node)]) for node in self._named(set(local))]
        left: list[tuple[Any, str]] = []
        for node, cfg in self.uses:  # which grows by the uses of a field that is gated with its type
            if not self._gated(node, cfg):
                left.append((node, cfg))
        if not all(any(lies_in(node, whole) and _same(cfg, by) for whole, by in self.whole) for node, cfg in left):
            return None
        return [edit for edits in self.edits.values() for edit in edits]

    def _split(self, use: Any, names: dict[str, str]) -> dict[str, str] | None:
        """Split names off a `use`; return what they are called in this file, each with its predicate."""
        code, tree = self.code, use.child_by_field_name("argument")
        head = code.source[use.start_byte : tree.start_byte].decode("utf-8", "replace")
        indent = code.source[code.source.rfind(b"\n", 0, use.start_byte) + 1 : use.start_byte].decode(
            "utf-8", "replace"
        )
        items = tree.child_by_field_name("list") if tree.type == "scoped_use_list" else None
        leaves = items.named_children if items is not None else [tree]
        called: dict[str, str] = {}
        kept: list[str] = []
        groups: dict[str, list[str]] = {}
        for leaf in leaves:
            said = code.text(leaf)
            path, _, alias = said.partition(" as ")
            cfg = next((cfg for item, cfg in names.items() if item in re.findall(r"\w+", path)), None)
            if cfg is None:
                kept.append(said)
            elif leaf.type in ("use_wildcard", "scoped_use_list"):
                return None
            else:
                groups.setdefault(cfg, []).append(said)
                called[alias.strip() or path.split("::")[-1].strip()] = cfg
        before = f"{code.text(tree.child_by_field_name('path'))}::" if items is not None else ""
        rows = [f"{head}{before}{_braced(kept, items is not None)};"] if kept else []
        rows += [
            f"#[cfg({cfg})]\n{indent}{head}{before}{_braced(said, items is not None)};" for cfg, said in groups.items()
        ]
        self.edits[use.start_byte, use.end_byte] = [Rewrite(use.start_byte, use.end_byte, f"\n{indent}".join(rows))]
        return called

    def _named(self, names: set[str]) -> Iterator[Any]:
        """Yield every place outside of imports that has one of these names as the first part of its path."""
        todo = [self.code.root]
        while todo:
            node = todo.pop()
            if node.type == "use_declaration":
                continue
            if node.type in NAMES and self.code.text(node) in names and not _behind(node):
                yield node
            todo += reversed(node.named_children)

    def _gated(self, node: Any, cfg: str) -> bool:
        """Gate the smallest part around a use that is only there for it; return whether there is one."""
        code, at = self.code, node
        while at is not None and at.parent is not None:
            above = at.parent
            if any(_same(one, cfg) for one in self._cfgs(at)):
                return True
            if above.type == "if_expression":
                branch = "consequence" if above.child_by_field_name("consequence") == at else "alternative"
                told = _macro(above.child_by_field_name("condition"), code)
                if told and _same(told, cfg if branch == "consequence" else f"not({cfg})"):
                    return self._halves(above, told)
            if at.type == "match_arm":
                return (
                    above is not None and lies_in(node, at.child_by_field_name("pattern")) and self._attribute(at, cfg)
                )
            if at.type == "field_declaration":
                return self._field(at, cfg)
            if at.type == "field_initializer":
                return any(_same(told, cfg) for told in self._cfgs(at)) or self._attribute(at, cfg)
            if at.type == "impl_item":
                body = at.child_by_field_name("body")
                return not lies_in(node, body) and self._attribute(at, cfg)
            if at.type in ("function_item", "function_signature_item"):
                return not lies_in(node, at.child_by_field_name("body")) and self._attribute(at, cfg)
            if at.type == "expression_statement" and code.text(at).endswith(";"):
                told = at.named_child(0)
                part = {
                    "call_expression": "function",
                    "compound_assignment_expr": "left",
                    "assignment_expression": "left",
                }
                if told.type in part and lies_in(node, told.child_by_field_name(part[told.type])):
                    return self._attribute(at, cfg, block=told.type != "call_expression")
            at = above
        return False

    def _field(self, node: Any, cfg: str) -> bool:
        """Gate a field with its type, and remember what uses it."""
        name, todo = self.code.text(node.child_by_field_name("name")), [self.code.root]
        while todo:
            at = todo.pop()
            called = at.child_by_field_name("field") if at.type in ("field_expression", "field_initializer") else None
            if called is not None and self.code.text(called) == name:
                self.uses.append((called, cfg))
            todo += reversed(at.named_children)
        return self._attribute(node, cfg)

    def _attribute(self, node: Any, cfg: str, block: bool = False) -> bool:
        """Write the attribute above a node, or above a block around it: an assignment may have none."""
        self.whole.append((node, cfg))
        line = self.code.source.rfind(b"\n", 0, node.start_byte) + 1
        indent = self.code.source[line : node.start_byte].decode("utf-8", "replace")
        row = f"#[cfg({cfg})]" + (f"\n{indent}" if not indent.strip() else " ")
        edits = [Rewrite(node.start_byte, node.start_byte, f"{row}{{ " if block else row)]
        self.edits[node.start_byte, node.end_byte] = [*edits, *([Rewrite(node.end_byte, node.end_byte, " }")] * block)]
        return True

    def _halves(self, node: Any, told: str) -> bool:
        """Write `if cfg!(x) { a } else { b }`, as a statement, a block's value or a `let`, as two gated statements."""
        code, whole = self.code, node
        first, otherwise = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        second = otherwise.named_child(0) if otherwise is not None else None
        before = after = ""
        if node.parent.type == "let_declaration" and second is not None:
            whole = node.parent
            before = code.source[whole.start_byte : node.start_byte].decode("utf-8", "replace")
            after = code.source[node.end_byte : whole.end_byte].decode("utf-8", "replace")
        elif node.parent.type == "expression_statement":
            whole = node.parent
        if whole.parent is None or whole.parent.type != "block":
            return False
        line = code.source.rfind(b"\n", 0, whole.start_byte) + 1
        space = code.source[line : whole.start_byte].decode("utf-8", "replace")
        indent = space if not space.strip() else ""
        inner = re.fullmatch(r"not\s*\((.*)\)", told, re.S)
        rows = [f"#[cfg({told})]\n{indent}{before}{code.text(first)}{after}"]
        if second is not None:
            body = code.text(second) if second.type == "block" else f"{{ {code.text(second)} }}"
            rows.append(f"#[cfg({inner[1] if inner else f'not({told})'})]\n{indent}{before}{body}{after}")
        self.edits[whole.start_byte, whole.end_byte] = [
            Rewrite(whole.start_byte, whole.end_byte, f"\n{indent}".join(rows))
        ]
        return True

    def _cfgs(self, node: Any) -> Iterator[str]:
        """Yield the predicates of the attributes above a node."""
        above = node.prev_named_sibling
        while above is not None and above.type == "attribute_item":
            yield predicate(above, self.code)
            above = above.prev_named_sibling


def _macro(condition: Any, code: Statements) -> str:
    """Return the predicate of a condition that is `cfg!(…)` and nothing else, or ""."""
    found = re.fullmatch(r"cfg!\s*\((.*)\)", code.text(condition), re.S) if condition is not None else None
    return found[1].strip() if found and condition.type == "macro_invocation" else ""


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())


def _behind(node: Any) -> bool:
    """Return whether a name follows `a::` or `a.`, so that it is not the imported one, or is declared here."""
    above = node.parent
    if above.type in ("scoped_identifier", "scoped_type_identifier"):
        return above.child_by_field_name("path") is not None and above.child_by_field_name("name") == node
    declares = ("field_declaration", "function_item", "struct_item", "enum_item")
    return above.type == "field_expression" or (above.type in declares and above.child_by_field_name("name") == node)


def _braced(said: list[str], listed: bool) -> str:
    return f"{{{', '.join(said)}}}" if listed and len(said) != 1 else ", ".join(said)
