"""Which names of a crate may hold the same value: fields, locals, parameters, statics, aliases, results of functions.

No types are known here, only the syntax of all sources. Names are joined where one is made from the other: by `let`, a
field's initial value, an argument, a pattern, what a function gives back, and by methods of the standard library that
hand on (`clone`, `iter`) or keep (`push`, `send`) a value. What follows from it is what has to change together when
a type changes: `joined` is the same for all of them. Fields are told apart by name alone, locals by function.

Not covered: what a macro generates, macros with arguments that are no expressions, and values that flow through a
trait's or another crate's functions.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rusta.tools import items
from rusta.tools.statements import Statements
from rusta.tools.syntax_walk import innermost, last_name, nodes_below, opened, use_endings

FlowKey = tuple[str | int, ...]
DEEPEST = 60  # nested expressions that are followed
# Methods of the standard library whose result is, or holds, what they are called on.
GIVES = """clone cloned copied as_ref as_mut as_deref iter iter_mut into_iter get get_mut first last unwrap expect
    unwrap_or unwrap_or_else unwrap_or_default upgrade downgrade take pop pop_front pop_back remove swap_remove values
    values_mut into_values entry or_insert or_insert_with or_default and_then map filter enumerate zip chain collect next
    find rev skip borrow borrow_mut try_borrow try_borrow_mut lock read write into_inner replace get_or_init ok into nth
    get_or_insert_with drain peekable filter_map flat_map split_off recv try_recv to_owned"""
# Those that keep what they are given, and those that call a closure with it.
TAKES = "push push_back push_front insert extend send set replace or_insert append unwrap_or chain zip get_or_insert"
CALLS = "for_each any all fold retain with position find_map max_by_key min_by_key inspect"
PLAIN = "Some Ok Err Box Arc Mutex RwLock Pin Option Vec vec dbg OnceLock LazyLock thread mem iter"
HANDS_ON, KEEPS, BOXES = frozenset(GIVES.split()), frozenset(TAKES.split()), frozenset(PLAIN.split())
WALKS = HANDS_ON | frozenset(CALLS.split())


@dataclass(frozen=True)
class WrapperPlace:
    """A name of a type in the sources: `whole` is its path (`std::rc::Rc`), `name` the last segment as written."""

    path: str
    whole: Any
    name: Any
    kind: str  # the item's name in the standard library


class NameFlow:
    """The names of all sources, joined. `wrappers` are full paths of the types to look for, by their last segment."""

    def __init__(self, sources: Mapping[str, Statements], wrappers: Mapping[str, str]) -> None:
        self.code = {path: opened(code) for path, code in sources.items()}
        self.places: dict[FlowKey, WrapperPlace] = {}
        self.dyns: dict[FlowKey, tuple[str, Any]] = {}
        self.declared: list[tuple[FlowKey, str, Any]] = []  # what is declared with which type
        self.inside: dict[str, list[tuple[str, Any]]] = {}  # a struct's or an enum's types, by its name
        self.implementors: dict[str, set[str]] = {}  # of a trait
        self.traits: dict[str, tuple[str, Any]] = {}
        self.aliases: dict[str, tuple[str, Any]] = {}
        self.owners: dict[str, set[str]] = {}  # of functions, by name; "" is no type
        self.tuples: dict[str, int] = {}
        self.statics: set[str] = set()
        self.functions: dict[tuple[str, str], list[tuple[str, Any]]] = {}
        self._over: dict[FlowKey, FlowKey] = {}
        self.wrappers = dict(wrappers)
        self._names = {path: self._imported(code) for path, code in self.code.items()}
        for path, code in self.code.items():
            self._declare(path, code)
        for path, code in self.code.items():
            self._walk(path, code)

    def joined(self, key: FlowKey) -> FlowKey:
        """Return what stands for a name and all names that it is joined with."""
        while (over := self._over.get(key, key)) != key:
            self._over[key] = self._over.get(over, over)
            key = over
        return key

    def local(self, path: str, node: Any) -> FlowKey:
        """Return the key of a name that is used at a node."""
        text = self.code[path].text(node)
        if text in self.statics:
            return ("static", text)
        node = innermost(node, "function_item")
        return ("local", path, node.start_byte if node is not None else -1, text)

    def _join(self, keys: list[FlowKey]) -> None:
        for one in keys[1:]:
            self._over[self.joined(one)] = self.joined(keys[0])

    def _imported(self, code: Statements) -> dict[str, str]:
        """Return the names by which a file knows the wrappers, with their last segment."""
        own = {one.name for one in items.items(code.source) if one.kind.value in ("struct", "enum", "trait", "type")}
        names = {name: name for name in self.wrappers if name in ("Rc", "RefCell", "Weak") and name not in own}
        for leaf, whole in use_endings(code):
            name = whole.rpartition("::")[2]
            if self.wrappers.get(name) == whole.replace("core::", "std::").replace("alloc::", "std::"):
                alias = leaf.child_by_field_name("alias") if leaf.type == "use_as_clause" else None
                names[code.text(alias) if alias is not None else name] = name
            elif leaf.type != "use_as_clause":
                names.pop(name, None)
        return names

    def _declare(self, path: str, code: Statements) -> None:
        """Remember which items there are."""
        for node in nodes_below(code.root):
            named = node.child_by_field_name("name")
            name = code.text(named) if named is not None else ""
            match node.type:
                case "struct_item" | "enum_item" | "union_item":
                    body = node.child_by_field_name("body")
                    if body is not None:
                        self.inside.setdefault(name, []).append((path, body))
                        self.tuples[name] = len(body.named_children)
                case "enum_variant":
                    self.tuples[name] = 1
                case "trait_item":
                    self.traits[name] = (path, node)
                case "type_item":
                    self.aliases[name] = (path, node.child_by_field_name("type"))
                case "static_item" | "const_item":
                    self.statics.add(name)
                case "impl_item" if (trait := node.child_by_field_name("trait")) is not None:
                    whose = last_name(code.text(node.child_by_field_name("type")))
                    self.implementors.setdefault(last_name(code.text(trait)), set()).add(whose)
                case "function_item" | "function_signature_item":
                    owner = _owner(node, code)
                    self.owners.setdefault(name, set()).add(owner)
                    self.functions.setdefault((owner, name), []).append((path, node))

    def types(self, path: str, node: Any) -> list[FlowKey]:
        """Return the keys in a type: of wrappers, `dyn` and aliases."""
        code, keys = self.code[path], list[FlowKey]()
        for at in nodes_below(node) if node is not None else ():
            if at.type == "dynamic_type":
                self.dyns[("dyn", path, at.start_byte)] = (path, at)
                keys.append(("dyn", path, at.start_byte))
            elif at.type == "type_identifier":
                if place := self._place(path, at):
                    keys.append(place)
                    self._alike(code, at, place)
                elif code.text(at) in self.aliases:
                    keys.append(("alias", code.text(at)))
        return keys

    def _alike(self, code: Statements, name: Any, place: FlowKey) -> None:
        """Join a type with those of the same text, where it holds something of this crate."""
        while name.parent.type in ("scoped_type_identifier", "generic_type"):
            name = name.parent
        said = re.findall(r"\w+", code.text(name))
        if any(word in self.inside or word in self.traits or word in self.aliases for word in said):
            self._join([("text", "".join(code.text(name).split())), place])

    def _place(self, path: str, name: Any) -> FlowKey | None:
        """Return the key of a wrapper's name, if that is what the node is."""
        code, whole = self.code[path], name
        above = name.parent
        if above.type in ("scoped_type_identifier", "scoped_identifier") and above.child_by_field_name("name") == name:
            whole = above
            kind = code.text(name)
            if not re.search(
                rf"\b{self.wrappers.get(kind, ' ').split('::', 1)[-1]}$", "".join(code.text(whole).split())
            ):
                return None
        else:
            kind = self._names[path].get(code.text(name), "")
        if not kind:
            return None
        key = ("at", path, name.start_byte)
        self.places[key] = WrapperPlace(path, whole, name, kind)
        return key

    def _walk(self, path: str, code: Statements) -> None:
        for node in nodes_below(code.root):
            if keys := self._flows(path, code, node):
                for some in keys:
                    self._join(some)

    def _typed(self, keys: list[FlowKey], path: str, node: Any) -> list[FlowKey]:
        """Return keys with those of their type, and remember the declaration."""
        inner = self.types(path, node)
        if inner:
            self.declared.append(((keys or inner)[0], path, node))
        return keys + inner

    def _flows(self, path: str, code: Statements, node: Any) -> list[list[FlowKey]]:
        """Return the groups of keys that a node joins."""
        match node.type:
            case "let_declaration":
                names = self._bound(path, node.child_by_field_name("pattern"))
                value = self.keys(path, node.child_by_field_name("value"))
                return [self._typed(names, path, node.child_by_field_name("type")) + value]
            case "let_condition" | "for_expression":
                value = self.keys(path, node.child_by_field_name("value"))
                return [self._bound(path, node.child_by_field_name("pattern")) + value]
            case "match_expression":
                value = self.keys(path, node.child_by_field_name("value"))
                arms = node.child_by_field_name("body").named_children
                return [
                    [*value, *self._bound(path, arm.child_by_field_name("pattern"))]
                    for arm in arms
                    if arm.type == "match_arm"
                ]
            case "field_declaration":
                name = code.text(node.child_by_field_name("name"))
                return [self._typed([("field", name)], path, node.child_by_field_name("type"))]
            case "ordered_field_declaration_list":
                owner = code.text(node.parent.child_by_field_name("name"))
                kinds = [
                    child
                    for child in node.named_children
                    if child.type not in ("visibility_modifier", "attribute_item")
                ]
                return [self._typed([("tuple", owner, at)], path, kind) for at, kind in enumerate(kinds)]
            case "field_initializer":
                name = code.text(node.child_by_field_name("field"))
                return [[("field", name), *self.keys(path, node.child_by_field_name("value"))]]
            case "shorthand_field_initializer":
                return [[("field", code.text(node)), self.local(path, node.named_children[0])]]
            case "field_pattern":
                named, inner = node.child_by_field_name("name"), node.child_by_field_name("pattern")
                bound = self._bound(path, inner) if inner is not None else [self.local(path, named)]
                return [[("field", code.text(named)), *bound]]
            case "tuple_struct_pattern":
                name = last_name(code.text(node.child_by_field_name("type")))
                return [
                    [("tuple", name, at), *self._bound(path, one)] for at, one in enumerate(node.named_children[1:])
                ]
            case "static_item" | "const_item":
                key: FlowKey = ("static", code.text(node.child_by_field_name("name")))
                value = self.keys(path, node.child_by_field_name("value"))
                return [self._typed([key], path, node.child_by_field_name("type")) + value]
            case "type_item":
                name = code.text(node.child_by_field_name("name"))
                return [self._typed([("alias", name)], path, node.child_by_field_name("type"))]
            case "assignment_expression":
                sides = (node.child_by_field_name("left"), node.child_by_field_name("right"))
                return [[key for side in sides for key in self.keys(path, side)]]
            case "function_item" | "function_signature_item":
                return self._function(path, code, node)
            case "return_expression" if node.named_children:
                return [[*self._gives(path, code, node), *self.keys(path, node.named_children[0])]]
            case "call_expression":
                return self._call(path, code, node)
            case "closure_expression":
                return [self._typed(self._bound(path, one.child_by_field_name("pattern")), path, one.child_by_field_name("type"))
                        for one in node.child_by_field_name("parameters").named_children if one.type == "parameter"]  # fmt: skip
            case "impl_item":
                self.types(path, node.child_by_field_name("type"))
                self.types(path, node.child_by_field_name("trait"))
            case "type_arguments" if node.parent.type not in ("generic_type", "scoped_type_identifier"):
                self.types(path, node)
        return []

    def _gives(self, path: str, code: Statements, node: Any) -> list[FlowKey]:
        """Return the key of what the function around a node gives back, if its type has something to follow."""
        node = innermost(node, "function_item", "closure_expression", "async_block")
        if (
            node is None
            or node.type != "function_item"
            or not self.types(path, node.child_by_field_name("return_type"))
        ):
            return []
        return [("fn", _owner(node, code), code.text(node.child_by_field_name("name")))]

    def _function(self, path: str, code: Statements, node: Any) -> list[list[FlowKey]]:
        owner, name = _owner(node, code), code.text(node.child_by_field_name("name"))
        generics = node.child_by_field_name("type_parameters")
        open_types = set(re.findall(r"\w+", code.text(generics))) if generics is not None else set()
        groups: list[list[FlowKey]] = []
        taken = [one for one in node.child_by_field_name("parameters").named_children if one.type == "parameter"]
        for at, one in enumerate(taken):
            kind = one.child_by_field_name("type")
            if (
                self.types(path, kind)
                or "impl " in code.text(kind)
                or open_types & set(re.findall(r"\w+", code.text(kind)))
            ):
                inside = node if node.type == "function_item" else None
                bound = self._bound(path, one.child_by_field_name("pattern")) if inside is not None else []
                groups.append(self._typed([("param", owner, name, at), *bound], path, kind))
        gives = node.child_by_field_name("return_type")
        if self.types(path, gives):
            value = self.keys(path, node.child_by_field_name("body"))
            groups.append(self._typed([("fn", owner, name)], path, gives) + value)
        return groups

    def _call(self, path: str, code: Statements, node: Any) -> list[list[FlowKey]]:
        """Join arguments with parameters, with what a method keeps them in, and a closure's with what is walked over."""
        called, given = node.child_by_field_name("function"), node.child_by_field_name("arguments").named_children
        given = [one for one in given if one.type not in ("line_comment", "block_comment", "attribute_item")]
        groups: list[list[FlowKey]] = []
        if called.type == "generic_function":
            called = called.child_by_field_name("function")
        if (
            called.type == "scoped_identifier"
            and (made := self._result(path, code, node, 0))
            and made[0] in self.places
        ):
            groups.append(made)
        if called.type == "field_expression":
            name = code.text(called.child_by_field_name("field"))
            owners = [one for one in self.owners.get(name, ()) if one]
            holder = self.keys(path, called.child_by_field_name("value"))
            for one in given:
                if one.type == "closure_expression" and name in WALKS:
                    names = one.child_by_field_name("parameters").named_children
                    groups.append([*holder, *(key for at in names for key in self._bound(path, at))])
                elif (name in KEEPS and not owners) or (name in WALKS and one.type == "scoped_identifier"):
                    groups.append([*holder, *self.keys(path, one)])
        else:
            parts = "".join(code.text(called).split()).split("::")
            name, owner = parts[-1], last_name(parts[-2]) if len(parts) > 1 else ""
            owners = [one for one in (_self(called, owner, code), "") if one in self.owners.get(name, ())]
            maker = _self(called, name, code)
            if maker in self.tuples:
                groups += [[("tuple", maker, at), *self.keys(path, one)] for at, one in enumerate(given)]
        for at, one in enumerate(given):
            if owners and (value := self.keys(path, one)):
                groups += [[("param", owner, name, at), *value] for owner in owners]
        return groups

    def _bound(self, path: str, pattern: Any) -> list[FlowKey]:
        """Return the keys of the names that a pattern binds."""
        found = []
        if pattern is not None and pattern.type == "match_pattern":  # without its guard
            pattern = pattern.named_children[0] if pattern.named_children else None
        for node in nodes_below(pattern) if pattern is not None else ():
            above = node.parent
            named = above.type == "tuple_struct_pattern" and above.child_by_field_name("type") == node
            if node.type == "shorthand_field_identifier" or (
                node.type == "identifier" and not named and above.type != "scoped_identifier"
            ):
                found.append(self.local(path, node))
        return found

    def keys(self, path: str, node: Any, depth: int = 0) -> list[FlowKey]:
        """Return the keys of the value of an expression."""
        if node is None or depth > DEEPEST:
            return []
        code, deep = self.code[path], depth + 1
        match node.type:
            case "identifier":
                return [self.local(path, node)]
            case "field_expression":
                name = code.text(node.child_by_field_name("field"))
                if not name.isdigit():
                    return [("field", name)]
                whose = _self(node, "Self", code) if code.text(node.child_by_field_name("value")) == "self" else ""
                return [("tuple", one, int(name)) for one in ([whose] if whose else self.tuples)]
            case "call_expression":
                return self._result(path, code, node, deep)
            case "closure_expression":
                return self.keys(path, node.child_by_field_name("body"), deep)
            case "match_expression":
                arms = node.child_by_field_name("body").named_children
                return [key for arm in arms for key in self.keys(path, arm.child_by_field_name("value"), deep)]
            case "if_expression":
                sides = (node.child_by_field_name("consequence"), node.child_by_field_name("alternative"))
                return [key for side in sides for key in self.keys(path, side, deep)]
            case "block" | "else_clause" | "async_block" | "unsafe_block":
                return self.keys(path, node.named_children[-1] if node.named_children else None, deep)
            case "expression_statement" if not code.text(node).endswith(";"):
                return self.keys(path, node.named_children[0], deep)
            case "scoped_identifier":
                place = (
                    self._place(path, node.child_by_field_name("path")) if node.child_by_field_name("path") else None
                )
                return [place] if place else []
            case "reference_expression" | "type_cast_expression":
                return self.keys(path, node.child_by_field_name("value"), deep)
            case "unary_expression" | "parenthesized_expression" | "try_expression" | "await_expression":
                return self.keys(path, node.named_children[-1], deep)
            case "index_expression":
                return self.keys(path, node.named_children[0], deep)
            case "tuple_expression" | "array_expression":
                return [key for one in node.named_children for key in self.keys(path, one, deep)]
        return []

    def _result(self, path: str, code: Statements, node: Any, deep: int, called: Any = None) -> list[FlowKey]:
        """Return the keys of what a call gives back."""
        called, given = (
            called or node.child_by_field_name("function"),
            node.child_by_field_name("arguments").named_children,
        )
        if called.type == "generic_function":
            kinds = self.types(path, called.child_by_field_name("type_arguments"))
            return kinds + self._result(path, code, node, deep, called.child_by_field_name("function"))
        if called.type == "field_expression":
            name = code.text(called.child_by_field_name("field"))
            own: list[FlowKey] = [("fn", one, name) for one in self.owners.get(name, ()) if one]
            return own + (self.keys(path, called.child_by_field_name("value"), deep) if name in HANDS_ON else [])
        inner = [key for one in given for key in self.keys(path, one, deep)]
        if called.type == "identifier":
            name = code.text(called)
            if name in BOXES:
                return inner
            return [("fn", "", name)] if name in self.owners else [self.local(path, called)]
        if called.type != "scoped_identifier":
            return []
        before = called.child_by_field_name("path")
        ends = (
            [one for one in nodes_below(before) if one.type in ("identifier", "type_identifier")]
            if before is not None
            else []
        )
        for one in ends:
            if place := self._place(path, one):
                return [place, *inner]
        owner, name = (
            last_name(code.text(before)) if before is not None else "",
            code.text(called.child_by_field_name("name")),
        )
        if _self(called, owner, code) in self.owners.get(name, ()):
            return [("fn", _self(called, owner, code), name)]
        return inner if owner in BOXES else [("fn", "", name)] if "" in self.owners.get(name, ()) else []


def _owner(node: Any, code: Statements) -> str:
    """Return the type whose `impl`, or the trait in which, a node is; "" where there is none."""
    node = innermost(node.parent, "impl_item", "trait_item")
    if node is None:
        return ""
    whose = node.child_by_field_name("type" if node.type == "impl_item" else "name")
    return last_name(code.text(whose)) if whose is not None else ""


def _self(node: Any, name: str, code: Statements) -> str:
    return _owner(node, code) if name == "Self" else name
