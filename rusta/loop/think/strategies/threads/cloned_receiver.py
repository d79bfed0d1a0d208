"""A channel's receiver that several threads want: cloned (E0599), or moved into each of them by a loop (E0382).

There is one receiver of a channel. It goes into an `Arc<Mutex<..>>` where it is made, in the parameters and fields that
it is handed to, and it is locked where it is asked; the lock ends before a message is worked on. What it is handed to
is followed by name: arguments of the crate's functions, fields of struct literals, and `let`.

Not covered: receivers of asynchronous channels, and receivers in tuples or collections. A receiver that is in an `Arc`
already is in `shared_receiver`. Source: the Book, ch. 21.2 (https://doc.rust-lang.org/book/ch21-02-multithreaded.html).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import owner_name
from rusta.loop.think.strategies.loans.name_uses import bound_names, function_around, indent_of
from rusta.tools.declared import bare, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import MOVABLE, Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost, under

CLONED = re.compile(r"^no method named `clone` found for struct `(?:\w+::)*Receiver<")
MOVED = re.compile(r"has type `(?:\w+::)*Receiver<")
ASKS = {"recv", "try_recv", "recv_timeout"}
WALKS = {"iter", "into_iter"}
TYPE = re.compile(r"^(?:std::sync::mpsc::|mpsc::)?Receiver<")
SHARED = "std::sync::Arc::new(std::sync::Mutex::new({}))"


@dataclass
class _Followed:
    """The edits so far, and the names (of a function, or of a struct's field) that hold the receiver."""

    situation: Situation
    edits: dict[str, list[Rewrite]] = field(default_factory=dict)
    todo: list[tuple[str, Any, str]] = field(default_factory=list)  # path, function, variable
    known: set[tuple[str, int, str]] = field(default_factory=set)
    fields: set[tuple[str, str]] = field(default_factory=set)

    def edit(self, path: str, *new: Rewrite) -> None:
        """Add edits that are not there yet."""
        there = self.edits.setdefault(path, [])
        there += [one for one in new if one not in there]

    def name(self, path: str, function: Any, word: str) -> None:
        """Follow a variable, once."""
        if (path, function.start_byte, word) not in self.known:
            self.known.add((path, function.start_byte, word))
            self.todo.append((path, function, word))


def cloned_receiver(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the receiver in an `Arc<Mutex<..>>`, everywhere it is handed to."""
    found = _Followed(situation)
    first: Diagnostic | None = None
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at else None
        if at is None or code is None:
            continue
        node = code.node(at.start, at.end)
        if tested(at.path, node, code):
            continue
        word = ""
        if error.code == "E0599" and CLONED.match(error.message):
            word = code.text(node.parent.child_by_field_name("value")) if node.parent.type == "field_expression" else ""
        elif error.code == "E0382" and any(MOVED.search(span.label or "") for span in error.spans):
            said = re.search(r"value: `(\w+)`", error.message)
            word = said[1] if said else ""
            _clone_in_loop(found, at.path, node, word, code)
        if re.fullmatch(r"\w+", word):
            found.name(at.path, function_around(node), word)
            first = first or error
        elif (own := re.fullmatch(r"self\.(\w+)", word)) and (owner := owner_name(code, node)):
            _field(found, owner, own[1])
            first = first or error
    while found.todo:
        _follow(found, *found.todo.pop())
    if first is not None and found.edits:
        reason = "a channel has one receiver: it is shared in an `Arc<Mutex<..>>`, and one thread after another asks it"
        price = "a thread waits while another waits for a message"
        yield situation.hypothesis(first, reason, found.edits, Cost.NONE, price)


def _clone_in_loop(found: _Followed, path: str, node: Any, word: str, code: Statements) -> None:
    """Give each round of a loop, or each of several threads, a counted copy of its own before its closure."""
    function = function_around(node)
    for closure in under(function, "closure_expression"):
        inside = [one for one in under(closure.child_by_field_name("body"), "identifier") if code.text(one) == word]
        outer = innermost(closure.parent, "closure_expression")
        if (
            not code.text(closure).startswith("move")
            or not inside
            or (outer is not None and code.text(outer).startswith("move"))
        ):
            continue
        statement = code.statement(closure)
        if statement is not None and statement.type in MOVABLE:
            found.edit(path, code.before(statement, f"let {word} = std::sync::Arc::clone(&{word});"))


def _follow(found: _Followed, path: str, function: Any, word: str) -> None:
    """Make the edits at every use of a variable in a function, and note where else it goes."""
    code = found.situation.code(path)
    if code is None:
        return
    parameters = function.child_by_field_name("parameters") if function.type == "function_item" else None
    for one in parameters.named_children if parameters is not None else ():
        pattern, kind = one.child_by_field_name("pattern"), one.child_by_field_name("type")
        if pattern is not None and kind is not None and word in bound_names(code, pattern):
            _typed(found, path, kind, code)
    for let in under(function, "let_declaration"):
        pattern, value = let.child_by_field_name("pattern"), let.child_by_field_name("value")
        if value is None or word not in bound_names(code, pattern):
            continue
        if pattern.type == "tuple_pattern":
            indent = indent_of(code, let)
            found.edit(path, after(let, f"\n{indent}let {word} = {SHARED.format(word)};"))
    for use in under(function, "identifier", "shorthand_field_initializer"):
        if code.text(use) == word:
            _used(found, path, function, use, code)


def _used(found: _Followed, path: str, function: Any, use: Any, code: Statements) -> None:
    """Make the edits of one use of a receiver: a variable or a field."""
    above = use.parent
    if (
        above.type == "field_expression"
        and above.child_by_field_name("value") == use
        and above.parent.type == "call_expression"
    ):
        method = code.text(above.child_by_field_name("field"))
        if method in ASKS:
            found.edit(path, *_asked(above.parent, use, code))
        elif method in WALKS and above.parent.parent.type == "for_expression":
            found.edit(path, *_walked(above.parent.parent, use, code))
        elif method == "clone":
            _handed(found, path, function, above.parent, code)
    elif above.type == "for_expression" and above.child_by_field_name("value") == use:
        found.edit(path, *_walked(above, use, code))
    elif above.type == "reference_expression" and above.parent.type == "for_expression":
        found.edit(path, *_walked(above.parent, use, code))
    else:
        _handed(found, path, function, use, code)


def _handed(found: _Followed, path: str, function: Any, value: Any, code: Statements) -> None:
    """Follow a value into a parameter, a field or another variable."""
    above = value.parent
    if value.type == "shorthand_field_initializer" or above.type == "field_initializer":
        literal = innermost(above, "struct_expression")
        if literal is not None and (above.type != "field_initializer" or above.child_by_field_name("value") == value):
            owner = bare(code.text(literal.child_by_field_name("name")))
            name = code.text(value if value.type == "shorthand_field_initializer" else above.named_children[0])
            _field(found, owner_name(code, literal) if owner == "Self" else owner, name)
    elif above.type == "let_declaration" and above.child_by_field_name("value") == value:
        for word in bound_names(code, above.child_by_field_name("pattern")):
            found.name(path, function, word)
    elif above.type == "arguments":
        place = [one.start_byte for one in above.named_children].index(value.start_byte)
        called = code.text(above.parent.child_by_field_name("function"))
        owner, _, name = called.rpartition("::")
        owner = owner_name(code, value) if owner == "Self" else bare(owner)
        for there, other in found.situation.sources():
            for one in under(other.root, "function_item"):
                if other.text(one.child_by_field_name("name")) == name and owner_name(other, one) in (owner, ""):
                    taken = [p for p in one.child_by_field_name("parameters").named_children if p.type == "parameter"]
                    for word in (
                        bound_names(other, taken[place].child_by_field_name("pattern")) if place < len(taken) else ()
                    ):
                        found.name(there, one, word)


def _field(found: _Followed, owner: str, name: str) -> None:
    """Change a field's type, and follow its uses in the methods of its type."""
    if (owner, name) in found.fields:
        return
    found.fields.add((owner, name))
    for path, code in found.situation.sources():
        for one in under(code.root, "field_declaration"):
            struct = innermost(one, "struct_item")
            if (
                struct is not None
                and code.text(struct.child_by_field_name("name")) == owner
                and code.text(one.child_by_field_name("name")) == name
            ):
                _typed(found, path, one.child_by_field_name("type"), code)
        for one in under(code.root, "field_expression"):
            if code.text(one.child_by_field_name("field")) == name and owner_name(code, one) == owner:
                _used(found, path, function_around(one), one, code)


def _typed(found: _Followed, path: str, kind: Any, code: Statements) -> None:
    if kind.type == "reference_type":
        kind = kind.child_by_field_name("type")
    if TYPE.match(code.text(kind)):
        found.edit(path, instead(kind, f"std::sync::Arc<std::sync::Mutex<{code.text(kind)}>>"))


def _asked(call: Any, use: Any, code: Statements) -> list[Rewrite]:
    """Return the edits of one call: the lock, which ends before the message is worked on."""
    said = code.text(call).replace(code.text(use), f"{code.text(use)}.lock().unwrap()", 1)
    above = call.parent
    if above.type == "let_condition" and above.parent.type == "while_expression":
        body = above.parent.child_by_field_name("body")
        first = body.named_children[0] if body.named_children else None
        indent = (
            "\n" + indent_of(code, first) if first is not None and first.start_point[0] > body.start_point[0] else " "
        )
        pattern = code.text(above.child_by_field_name("pattern"))
        start = next(one for one in above.parent.children if one.type == "while").start_byte
        return [Rewrite(start, body.start_byte + 1, f"loop {{{indent}let {pattern} = {said} else {{ break }};")]
    statement = code.statement(call)
    head = above.type == "match_expression" or (above.type == "let_condition" and above.parent.type == "if_expression")
    if head and statement is not None and statement.type in MOVABLE:
        name = "received" if "received" not in code.text(function_around(call)) else "received_next"
        return [code.before(statement, f"let {name} = {said};"), instead(call, name)]
    return [after(use, ".lock().unwrap()")]


def _walked(loop: Any, use: Any, code: Statements) -> list[Rewrite]:
    """Return the edits that turn a walk over messages into a loop that asks for each."""
    body, pattern = loop.child_by_field_name("body"), code.text(loop.child_by_field_name("pattern"))
    first = body.named_children[0] if body.named_children else None
    indent = "\n" + indent_of(code, first) if first is not None and first.start_point[0] > body.start_point[0] else " "
    start = next(one for one in loop.children if one.type == "for").start_byte
    asked = f"{code.text(use)}.lock().unwrap().recv()"
    return [Rewrite(start, body.start_byte + 1, f"loop {{{indent}let Ok({pattern}) = {asked} else {{ break }};")]
