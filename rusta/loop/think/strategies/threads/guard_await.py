"""A guard of a lock (or another value that cannot be sent) lives over an `.await`, so that the future is not `Send`.

rustc says which value it is, and at which `.await`. The guard has to end before:

- one that has a name ends with a block before the `.await` if it is not used later (`drop` is not enough for rustc once
  it was borrowed), is taken later if it is not used before, and is taken anew if it is used on both sides;
- where it is used in the same statement or loop, each use takes the lock for itself: in one statement once, because
  two guards of one lock wait for each other for ever;
- one without a name ends with its statement, so what is computed with it is computed in a statement before. A
  `while let` becomes a `loop` with `let ... else`, what a `for` walks over is copied or gathered first.

Not covered: futures that borrow from the guard, and guards that a function hands out.

Source: the Tokio tutorial, Shared state (https://tokio.rs/tokio/tutorial/shared-state), and the Reference, Destructors,
Temporary scopes (https://doc.rust-lang.org/reference/destructors.html).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import nodes_below, opened

ACROSS = re.compile(r"this value is used across an await")
GUARD = re.compile(r"has type `(?P<type>.+)` which is not")
COMPOUND = (
    "while_expression",
    "if_expression",
    "match_expression",
    "for_expression",
    "loop_expression",
    "block",
    "unsafe_block",
)
HEADS = ("let_condition", "match_expression", "for_expression")
MOST = 3  # guards that are also tried one by one
COPIES = {
    "clone",
    "cloned",
    "to_owned",
    "to_string",
    "lock",
    "read",
    "write",
    "unwrap",
    "borrow",
    "borrow_mut",
    "collect",
}
TRADE = "the lock is given back in between, and others may come"


def guard_await(situation: Situation) -> Iterator[Hypothesis]:
    """Yield changes that end guards before an `.await`: all of them at once, then one by one."""
    found: dict[tuple[str, int, int], tuple[Diagnostic, HeldValue]] = {}
    for error in situation.errors:
        for child in error.children if "future" in error.message else ():
            if ACROSS.search(child.message) and (held := _held(child.spans, situation)):
                found.setdefault((held.path, held.node.start_byte, held.node.end_byte), (error, held))
    ways = [(error, held, list(held.ways())) for error, held in found.values()]
    ways = [(error, held, some) for error, held, some in ways if some]
    if len(ways) > 1:
        merged: dict[str, list[Rewrite]] = {}
        for _, held, some in ways:
            merged.setdefault(held.path, []).extend(some[0][1])
        reason = "; ".join(dict.fromkeys(some[0][0] for _, _, some in ways))
        yield situation.hypothesis(ways[0][0], reason, merged, Cost.RUNTIME, TRADE)
    for error, held, some in ways[:MOST]:
        for reason, rewrites in some:
            yield situation.hypothesis(error, reason, {held.path: rewrites}, Cost.RUNTIME, TRADE)


def _held(spans: Any, situation: Situation) -> "HeldValue | None":
    """Return the value and the `.await` that a note points to."""
    value = next((span for span in spans if GUARD.search(span.label or "")), None)
    wait = next((span for span in spans if span.primary), None)
    code = situation.code(value.path) if value is not None and wait is not None else None
    if value is None or wait is None or code is None or wait.path != value.path:
        return None
    tree = opened(code)
    return HeldValue(
        value.path, code, tree, tree.node(value.start, value.end), tree.node(wait.start, wait.end), value.start
    )


@dataclass
class HeldValue:
    """A value that lives over an `.await`. `code` is the source, `tree` the same with macros' arguments parsed."""

    path: str
    code: Statements
    tree: Statements
    node: Any
    wait: Any
    at: int

    def ways(self) -> Iterator[tuple[str, list[Rewrite]]]:
        """Yield reasons and edits, the one that changes least first."""
        let = self.node
        while let is not None and let.type not in ("let_declaration", "block"):
            let = let.parent
        of_let = let is not None and let.type == "let_declaration" and let.child_by_field_name("value") is not None
        pattern = let.child_by_field_name("pattern") if let is not None and of_let else None
        if pattern is not None and pattern.type == "identifier" and self.node.end_byte >= pattern.end_byte > self.at:
            yield from self._named(let, pattern)
        elif edits := self._unnamed(self.node, self.code.text(self.node), self.wait):
            yield (
                f"what is computed with `{self._short()}` is there before the `.await`, so that nothing is held over it",
                edits,
            )

    def _short(self) -> str:
        text = " ".join(self.code.text(self.node).split())
        return text if len(text) <= 48 else f"{text[:48]}…"

    def _named(self, let: Any, pattern: Any) -> Iterator[tuple[str, list[Rewrite]]]:
        name, value = self.code.text(pattern), self.code.text(let.child_by_field_name("value"))
        waits = self._sibling(self.wait, let.parent)
        if waits is None or waits == let:
            return
        uses = [
            node
            for node in nodes_below(let.parent)
            if node.type == "identifier" and node.start_byte >= let.end_byte and self.code.text(node) == name
        ]
        before = [use for use in uses if use.end_byte <= waits.start_byte]
        inside = [use for use in uses if waits.start_byte <= use.start_byte < waits.end_byte]
        later = [use for use in uses if use.start_byte >= waits.end_byte]
        mutable = "mut " if any(child.type == "mutable_specifier" for child in let.children) else ""
        taken = f"let {mutable}{name} = {value};"
        if not inside and not before:
            if later:
                yield (
                    f"`{name}` is taken after the `.await`, where it is used first",
                    self.code.moved(let, waits.end_byte),
                )
        elif (scoped := self._scoped(let, name, before, inside, waits)) is not None:
            anew = [after(waits, f"\n{self._indent(waits)}{taken}")] if later else []
            yield (
                f"`{name}` ends with a block before the `.await`{', and is taken anew after it' if later else ''}",
                scoped + anew,
            )
        if name.startswith("_") and not uses:  # it is there for what happens while it is held
            return
        edits = [self._gone(let)]
        for statement, some in self._by_statement(uses):
            edits += self._anew(statement, some, name, value, mutable)
        yield f"each use of `{name}` takes the lock for itself, so that it is not held over the `.await`", edits

    def _sibling(self, node: Any, block: Any) -> Any:
        while node is not None and node.parent is not None and node.parent != block:
            node = node.parent
        return node if node is not None and node.parent is not None else None

    def _indent(self, node: Any) -> str:
        line = self.code.source[self.code.source.rfind(b"\n", 0, node.start_byte) + 1 : node.start_byte].decode()
        return line if not line.strip() else ""

    def _gone(self, statement: Any) -> Rewrite:
        start = self.code.source.rfind(b"\n", 0, statement.start_byte) + 1
        alone = not self.code.source[start : statement.start_byte].strip()
        whole = alone and self.code.source[statement.end_byte :][:1] == b"\n"
        return Rewrite(start, statement.end_byte + 1, "") if whole else instead(statement, "")

    def _scoped(self, let: Any, name: str, before: list[Any], inside: list[Any], waits: Any) -> list[Rewrite] | None:
        """Return the edits that put a guard and its uses before an `.await` into a block, which gives what is needed later.

        What the awaited call takes of the guard is computed at the block's end. None where that is not all.
        """
        arguments: list[Any] = []
        for use in inside:
            argument = self._argument(use, self.wait)
            if argument is None or self.tree.statement(argument) != waits:
                return None
            if argument not in arguments:
                arguments.append(argument)
        body = waits.named_children[0] if waits.type == "expression_statement" else waits
        if arguments and (waits.type not in ("let_declaration", "expression_statement") or body.type in COMPOUND):
            return None
        last = self._sibling(before[-1], let.parent) if before else let
        region = [*self.code.between(let, last), last]
        if any(node.type == "await_expression" for one in region for node in nodes_below(one)):
            return None
        rest = set(re.findall(r"\w+", self.code.source[last.end_byte : let.parent.end_byte].decode("utf-8", "replace")))
        lets = [one for one in region[1:] if one.type == "let_declaration"]
        kept = {
            self.code.text(node): bool(
                re.search(rf"\bmut\s+{self.code.text(node)}\b", self.code.text(one).split("=")[0])
            )
            for one in lets
            for node in nodes_below(one.child_by_field_name("pattern"))
            if node.type in ("identifier", "shorthand_field_identifier") and self.code.text(node) in rest
        }
        called = [self._fresh(argument) for argument in arguments]
        if len(set(called)) < len(called) or set(called) & kept.keys():
            return None
        values = [*kept, *(self.code.text(argument) for argument in arguments)]
        names = [f"mut {one}" if mutable else one for one, mutable in kept.items()] + called
        return [self._block(region, name, names, values, last), *map(instead, arguments, called)]

    def _block(self, region: list[Any], name: str, names: list[str], values: list[str], last: Any) -> Rewrite:
        """Return the edit that puts statements into a block whose value are these expressions."""
        start, end, indent = region[0].start_byte, last.end_byte, self._indent(region[0])
        cut = last.start_byte if _dropped(self.code.text(last), name) else end
        text = self.code.source[start:cut].decode("utf-8", "replace").rstrip()
        alone = (
            re.search(r"(?:^|\n)[ \t]*let (?P<mut>mut )?\w+ = (?P<value>[^\n]*);$", text) if len(names) == 1 else None
        )
        said = f"let {alone['mut'] or ''}{values[0]} = {alone['value']};" if alone else " "
        if alone and text.endswith(said) and "lock()" not in said:
            text = text.removesuffix(said) + alone["value"]
        elif values:
            text += f"\n{indent}" + _tuple(values)
        strings = any(
            "string" in node.type and node.start_point[0] != node.end_point[0]
            for one in region
            for node in nodes_below(one)
        )
        inner = text if strings else text.replace("\n", "\n    ")
        head = f"let {_tuple(names)} = " if names else ""
        return Rewrite(start, end, f"{head}{{\n{indent}    {inner}\n{indent}}}{';' if names else ''}")

    def _argument(self, node: Any, wait: Any) -> Any:
        """Return the largest expression around a node that is an argument, or an operand, of what is awaited."""
        while node.parent is not None and not node.parent.start_byte <= wait.start_byte < node.parent.end_byte:
            if node.parent.type == "arguments":
                above = node.parent.parent
                around = above.parent
                # a call in the middle of a chain that is not awaited itself belongs to the argument
                if around.start_byte <= wait.start_byte < around.end_byte or around.type in (
                    "await_expression",
                    "try_expression",
                ):
                    return node
            if node.parent.type in ("block", "closure_expression", "match_arm"):
                return None
            node = node.parent
        return (
            node
            if node.parent is not None and node.parent.type not in ("await_expression", "expression_statement")
            else None
        )

    def _by_statement(self, uses: list[Any]) -> list[tuple[Any, list[Any]]]:
        groups: dict[int, tuple[Any, list[Any]]] = {}
        for use in uses:
            statement = self.tree.statement(use)
            if statement is not None:
                groups.setdefault(statement.id, (statement, []))[1].append(use)
        return list(groups.values())

    def _anew(self, statement: Any, uses: list[Any], name: str, value: str, mutable: str) -> list[Rewrite]:
        """Return the edits by which a statement takes the lock for itself, once."""
        if _dropped(self.code.text(statement), name):
            return [self._gone(statement)]
        awaits = any(node.type == "await_expression" for node in nodes_below(statement))
        body = statement.named_children[0] if statement.type == "expression_statement" else statement
        if len(uses) == 1:
            if (body.type in COMPOUND or awaits) and (edits := self._unnamed(uses[0], value, self.wait)):
                return edits
            return [instead(uses[0], value)]
        if body.type in COMPOUND or awaits:
            return [instead(use, value) for use in uses]
        whole = statement.child_by_field_name("value") if statement.type == "let_declaration" else body
        return [Rewrite(whole.start_byte, whole.start_byte, f"{{ let {mutable}{name} = {value}; "), after(whole, " }")]

    def _unnamed(self, node: Any, text: str, wait: Any) -> list[Rewrite]:
        """Return the edits after which a value that `text` computes at a node ends before the `.await`."""
        head = node
        while head is not None and head.type not in ("block", "match_arm", "closure_expression"):
            above = head.parent
            if above is not None and above.type in HEADS and above.child_by_field_name("value") == head:
                return self._head(above, head, node, text)
            head = above
        argument = self._argument(node, wait)
        statement = self.tree.statement(node)
        if argument is None or statement is None:
            return []
        called, computed = self._fresh(argument), self._with(argument, node, text)
        arm = argument
        while arm.parent is not None and arm.parent.type not in ("block", "match_arm"):
            arm = arm.parent
        if arm.parent is not None and arm.parent.type == "match_arm":
            value = arm.parent.child_by_field_name("value")
            return [
                Rewrite(value.start_byte, value.start_byte, f"{{ let {called} = {computed}; "),
                instead(argument, called),
                after(value, " }"),
            ]
        return [self.code.before(statement, f"let {called} = {computed};"), instead(argument, called)]

    def _with(self, around: Any, node: Any, text: str) -> str:
        """Return the text of an expression with one node in it replaced."""
        source = self.code.source
        return (
            source[around.start_byte : node.start_byte] + text.encode() + source[node.end_byte : around.end_byte]
        ).decode()

    def _fresh(self, value: Any) -> str:
        """Return a name for a value, after what it is a copy of, or what is locked."""
        while value.type == "call_expression" and value.child_by_field_name("function").type == "field_expression":
            called = value.child_by_field_name("function")
            if self.code.text(called.child_by_field_name("field")) not in COPIES:
                break
            value = called.child_by_field_name("value")
        return self.code.fresh(value)

    def _head(self, keeper: Any, value: Any, node: Any, text: str) -> list[Rewrite]:
        """Return the edits for a value in the head of a `while let`, `if let`, `match` or `for`, which lives as long."""
        computed = self._with(value, node, text)
        loop = keeper.parent if keeper.type == "let_condition" else keeper
        if loop.type == "while_expression":
            body = loop.child_by_field_name("body")
            start = next(child for child in loop.children if child.type == "while").start_byte
            inner = self._indent(body.named_children[0]) if body.named_children else ""
            pattern = self.code.text(keeper.child_by_field_name("pattern"))
            gap = f"\n{inner}" if inner else " "
            let = f"loop {{{gap}let {pattern} = {computed} else {{{gap}{'    ' if inner else ''}break;{gap}}};"
            return [Rewrite(start, body.start_byte + 1, let)]
        statement = self.tree.statement(loop)
        if statement is None or (loop.type == "if_expression" and loop.parent.type == "else_clause"):
            return []
        called = self._fresh(node if keeper.type == "for_expression" else value)
        if keeper.type == "for_expression":
            direct = node.parent.type in ("reference_expression", "field_expression") and not re.search(
                r"\bdrain\b|\btake\b", computed
            )
            if direct:  # what is walked over borrows: a copy of the whole
                return [self.code.before(statement, f"let {called} = {text}.clone();"), instead(node, called)]
            gathered = computed if "take(" in computed else f"{computed}.collect::<Vec<_>>()"
            return [self.code.before(statement, f"let {called} = {gathered};"), instead(value, called)]
        return [self.code.before(statement, f"let {called} = {computed};"), instead(value, called)]


def _tuple(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def _dropped(statement: str, name: str) -> bool:
    return re.fullmatch(rf"(?:\w+::)*drop\(\s*{name}\s*\);?", statement) is not None
