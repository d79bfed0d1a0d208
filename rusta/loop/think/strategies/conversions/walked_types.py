"""What a `for` walks over is no iterator, but has one (E0277: `&Ring<i32>` is not an iterator).

- A type of the crate with a method `iter` (`iter_mut`, `into_iter`): that is called. One with a single field that is a
  collection: its items are walked over.
- A pointer, a guard or a reference to a collection: `.iter()`; `RefCell` and `Mutex` are opened first.
- A number `n` is walked up to, `0..n`; a text by what the loop's variable is called: lines, words or characters.

Not covered: adapters that are called on such a value (E0599). Source: the documentation of `IntoIterator`; the Book,
ch. 13.2 and 8.2.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare, declarations, tested
from rusta.tools.statements import Statements, instead
from rusta.tools.syntax_walk import under

SAID = re.compile(r"^`(?P<type>.+)` is not an iterator")
NUMBER = re.compile(r"^&*(?:[iu](?:8|16|32|64|128|size)|\{integer\})$")
TEXT = re.compile(r"^&*(?:mut )?(?:std::string::|alloc::string::)?(?:String|str)$")
COLLECTION = re.compile(
    r"^(?:\w+::)*(?:Vec|VecDeque|HashMap|HashSet|BTreeMap|BTreeSet|BinaryHeap|LinkedList|Box<\[)|^\["
)
POINTER = re.compile(
    r"^&*(?:mut )?(?:\w+::)*(?:Rc|Arc|Box|Ref|RefMut|MutexGuard|RwLockReadGuard|RwLockWriteGuard|Cow)<|^&&|^&mut &"
)
CELLS = {"RefCell": "borrow()", "Mutex": "lock().unwrap()", "RwLock": "read().unwrap()"}
CHANGES = {"RefCell": "borrow_mut()", "Mutex": "lock().unwrap()", "RwLock": "write().unwrap()"}
WORDS = {"line": "lines()", "row": "lines()", "word": "split_whitespace()", "byte": "bytes()", "b": "bytes()"}


def walked_types(situation: Situation) -> Iterator[Hypothesis]:
    """Yield what is walked over, of all places at once where each has one way, then the second ways."""
    places = []
    for error in situation.errors:
        said, at = SAID.match(error.message) if error.code == "E0277" else None, error.primary
        code = situation.code(at.path) if at and said else None
        node = code.node(at.start, at.end) if at and code else None
        if said is None or at is None or code is None or tested(at.path, node, code):
            continue
        if ways := list(dict.fromkeys(_ways(said["type"], node, code, situation))):
            places.append((error, at.path, node, ways))
    for nth in range(max((len(ways) for *_, ways in places), default=0)):
        chosen = [(error, path, node, ways[min(nth, len(ways) - 1)]) for error, path, node, ways in places]
        rewrites: dict[str, list[Any]] = {}
        for _, path, node, way in chosen:
            rewrites.setdefault(path, []).append(instead(node, way))
        told = ", ".join(f"`{way}`" for *_, way in chosen[:3])
        reason = f"a loop walks over what the value has, since the value itself is no iterator: {told}"
        yield situation.hypothesis(chosen[0][0], reason, rewrites, Cost.NONE)


def _ways(kind: str, node: Any, code: Statements, situation: Situation) -> Iterator[str]:
    value, changing = node, kind.startswith("&mut ")
    if node.type == "reference_expression":
        value = node.child_by_field_name("value")
    said = code.text(value)
    if value.type not in ("identifier", "field_expression", "call_expression", "self", "index_expression"):
        said = f"({said})"
    name = bare(kind.lstrip("&").removeprefix("mut "))
    if NUMBER.match(kind):
        yield f"0..{'*' if kind.startswith('&') and node is value else ''}{said}"
    elif TEXT.match(kind):
        loop = node.parent
        pattern = loop.child_by_field_name("pattern") if loop.type == "for_expression" else None
        variable = code.text(pattern).removeprefix("mut ") if pattern is not None else ""
        if variable in WORDS:
            yield f"{said}.{WORDS[variable]}"
        yield f"{said}.chars()"
    elif name in CELLS:
        yield f"{said}.{CHANGES[name]}.iter_mut()" if changing else f"{said}.{CELLS[name]}.iter()"
    elif POINTER.match(kind):
        yield f"{said}.iter_mut()" if changing or "Mut<" in kind or "WriteGuard<" in kind else f"{said}.iter()"
        yield f"{said}.iter()"
    else:
        yield from _own(name, said, changing, not kind.startswith("&"), situation)


def _own(name: str, said: str, changing: bool, owned: bool, situation: Situation) -> Iterator[str]:
    """Yield how the values of a type of the crate are walked over: by its method, or by its only collection."""
    methods = {
        code.text(one.child_by_field_name("name"))
        for _, code in situation.sources()
        for impl in under(code.root, "impl_item")
        if impl.child_by_field_name("trait") is None and bare(code.text(impl.child_by_field_name("type"))) == name
        for one in under(impl.child_by_field_name("body"), "function_item")
    }
    wanted = ["iter_mut"] if changing else ["into_iter", "iter"] if owned else ["iter"]
    yield from (f"{said}.{one}()" for one in wanted if one in methods)
    places = declarations(situation.sources()).get(name, [])
    code = situation.code(places[0][0]) if len(places) == 1 else None
    body = places[0][1].child_by_field_name("body") if code is not None else None
    if code is None or body is None:
        return
    fields = [
        (code.text(one.child_by_field_name("name")), code.text(one.child_by_field_name("type")))
        for one in under(body, "field_declaration")
    ]
    if body.type == "ordered_field_declaration_list":
        kinds = [one for one in body.named_children if one.type not in ("visibility_modifier", "attribute_item")]
        fields = [(str(n), code.text(one)) for n, one in enumerate(kinds)]
    held = [field for field, kind in fields if COLLECTION.match(kind)]
    if len(held) == 1:
        yield f"{said}.{held[0]}" if owned else f"&mut {said}.{held[0]}" if changing else f"&{said}.{held[0]}"
