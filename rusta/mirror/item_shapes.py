"""What of an item's text another crate can notice, in a form that is equal where nothing that matters is different.

White space, comments, attributes, trailing commas, the place of a bound (inline or in the where clause) and the names of parameters,
generic parameters and lifetimes are not part of it; the order of generic parameters is. Names are replaced by what they mean, so an
import that is spelled otherwise changes nothing. Source: The Rust Reference, "Items". Values of constants are not compared.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

MOST_TOKENS = 10_000  # of an item
TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?(?:\*/|\Z))|r\#(?P<raw>[A-Za-z_]\w*)|(?P<text>[bc]?r(?P<marks>\#*)".*?"(?P=marks)|[bc]?"(?:[^"\\]|\\.)*"
    |b?'(?:[^'\\]|\\.[^']{0,10})')|'\w+|\w+|->|=>|::|\.\.\.|\.\.=|\.\.|.""",
    re.VERBOSE | re.DOTALL,
)
WORD = re.compile(r"\w|'\w")
LITERAL = frozenset(
    (
        "impl", "for", "mut", "const", "unsafe", "extern", "fn", "as", "where", "ref", "in", "Self", "self", "async", "safe",
        "_", "use", "true", "false",
    )
)  # fmt: skip
PROJECTED = re.compile(r"<(\$\d+) as [^<>]*(?:<[^<>]*>)?>::")  # `<T as Trait>::Item` is `T::Item`
LIFETIME = re.compile(r"(?<=[<,])'\w+,?|(?<=&)'\w+ ?|\+'\w+")
OPENING, CLOSING = frozenset("([{<"), frozenset(")]}>")
SIDES = {"(": ")", "[": "]", "{": "}", "<": ">"}
Tokens = Sequence[str]
NameMeaning = Callable[[tuple[str, ...]], str]
Expansion = Callable[[str, Tokens], Tokens]
DEEPEST_CALL = 8  # macro calls in types inside of each other


def without_lifetimes(said: str) -> str:
    """A type as text, without its lifetimes: `impl<'a> Trait for X<'a>` and `impl Trait for X<'_>` are one implementation."""
    return LIFETIME.sub("", said).replace("<>", "").replace("&mut", "&mut ").replace("&mut  ", "&mut ")


def spelled_path(path: tuple[str, ...]) -> str:
    """A path as it is written."""
    return "::".join(path)


@lru_cache(8_192)
def rust_tokens(text: str) -> list[str]:
    """Split a text into tokens, without comments and attributes. The list is shared and not to be changed."""
    found, depth = list[str](), 0
    for one in TOKEN.finditer(text):
        if one["skip"] is not None:
            continue
        token = one["raw"] or one[0]
        if depth:
            depth += {"[": 1, "]": -1}.get(token, 0)
        elif token == "[" and found[-1:] == ["#"]:
            found.pop()
            depth = 1
        else:
            found.append(token)
            if len(found) >= MOST_TOKENS:
                break
    return found


def group(of: Tokens, at: int) -> int:
    """Return the index behind the bracket that closes the one at `at`."""
    depth = 0
    for index in range(at, len(of)):
        depth += (of[index] in OPENING) - (of[index] in CLOSING)
        if depth <= 0:
            return index + 1
    return len(of)


def split_at(of: Tokens, mark: str) -> list[list[str]]:
    """Split at a mark that stands in no bracket; parts without a token are left out."""
    parts, depth = [list[str]()], 0
    for token in of:
        depth += (token in OPENING) - (token in CLOSING)
        if token == mark and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def first_mark(of: Tokens, marks: Sequence[str], at: int = 0) -> int:
    """Return the index of the first of some marks outside of brackets; the length where there is none."""
    depth = 0
    for index in range(at, len(of)):
        token = of[index]
        if depth == 0 and token in marks:
            return index
        depth += (token in OPENING) - (token in CLOSING)
    return len(of)


@dataclass
class NameScope:
    """What the names in a text mean. `own` are the generic parameters, by what stands for them."""

    meaning: NameMeaning = spelled_path
    own: dict[str, str] = field(default_factory=dict)
    alias: "Callable[[tuple[str, ...]], Alias | None]" = lambda path: (
        None
    )  # of a private one, which is what it stands for
    expansion: Expansion = lambda name, inside: ()  # of a macro call in the place of a type; () where it is not known
    depth: int = 0

    def within(self, parameters: Sequence["GenericParameter"]) -> "NameScope":
        """Return the names where some more generic parameters are declared."""
        own = dict(self.own)
        for one in parameters:
            mark = "'" if one.name.startswith("'") else "$"
            own[one.name] = f"{mark}{sum(said[:1] == mark for said in own.values())}"
        return replace(self, own=own)

    def said(self, of: Tokens) -> str:
        """Return tokens as text, in the form that is compared."""
        found, at = list[str](), 0
        while at < len(of):
            token = of[at]
            at += 1
            if token == "," and (at >= len(of) or of[at] in ")]}>"):
                if not (at < len(of) and of[at] == ")" and _single(of, at)):
                    continue
            elif token[0] == "'":
                if token == "'_" and found[-1:] == ["&"]:
                    continue
                token = self.own.get(token, token)
            elif (
                (token[0].isalpha() or token[0] == "_")
                and token not in LITERAL
                and token != "dyn"
                and found[-1:] != ["::"]
            ):
                path = [token]
                while at + 1 < len(of) and of[at] == "::" and of[at + 1][0] not in "<'" and WORD.match(of[at + 1]):
                    path.append(of[at + 1])
                    at += 2
                if at + 1 < len(of) and of[at] == "!" and of[at + 1] in "([{":
                    end = closing(of, at + 1)
                    given = self.expansion(path[-1], of[at + 2 : end - 1]) if self.depth < DEEPEST_CALL else ()
                    token, at = replace(self, depth=self.depth + 1).said(given), end if given else at
                    token = token or "::".join(path)
                elif path[0] in self.own:
                    token = "::".join((self.own[path[0]], *path[1:]))
                elif at < len(of) and of[at] in ("=", ":") and len(path) == 1:  # `Item = T`, and a name of a field
                    token = path[0]
                elif (alias := self.alias(tuple(path))) is not None and self.depth < DEEPEST_CALL:
                    token, at = self._stands_for(alias, of, at)
                else:
                    token = self.meaning(tuple(path))
            elif (
                token == "dyn"
                or (token == "$" and of[at : at + 1] == ["crate"])
                or (token == "::" and (not found or found[-1] in "<(,=&:+"))
            ):  # a trait in the place of a type is an object
                continue
            if found and WORD.match(token) and WORD.search(found[-1][-1]):
                found.append(" ")
            found.append(token)
        return PROJECTED.sub(r"\1::", "".join(found))

    def _stands_for(self, alias: "Alias", of: Tokens, at: int) -> tuple[str, int]:
        """What an alias is with the arguments that follow it, and where these end."""
        at += of[at : at + 2] == ["::", "<"]
        end = group(of, at) if of[at : at + 1] == ["<"] else at
        given = [self.said(part) for part in split_at(of[at + 1 : end - 1], ",")] if end > at else []
        own = dict(zip((one.name for one in alias.parameters), given, strict=False))
        return replace(alias.names, own=own, depth=self.depth + 1).said(alias.body), end


def _single(of: Tokens, at: int) -> bool:
    """Whether the bracket that closes at `at` holds a tuple of one: `(T,)`."""
    depth, commas = 0, 0
    for index in range(at, -1, -1):
        depth += (of[index] in CLOSING) - (of[index] in OPENING)
        commas += depth == 1 and of[index] == ","
        if depth == 0:
            before = of[index - 1] if index else ""
            return commas == 1 and not (WORD.match(before) or before == ">")
    return False


@dataclass(frozen=True)
class GenericParameter:
    """One generic parameter."""

    name: str
    kind: str  # lifetime, type, const
    bounds: tuple[str, ...]  # as tokens
    default: tuple[str, ...]


def parameters(of: Tokens) -> list[GenericParameter]:
    """Read what stands between `<` and `>`."""
    found = list[GenericParameter]()
    for part in split_at(of, ","):
        end = first_mark(part, ("=",))
        head, default = part[:end], tuple(part[end + 1 :])
        kind = "const" if head[0] == "const" else "lifetime" if head[0].startswith("'") else "type"
        head = head[1:] if kind == "const" else head
        if head:
            colon = first_mark(head, (":",))
            found.append(GenericParameter(head[0], kind, tuple(head[colon + 1 :]), default))
    return found


@dataclass(frozen=True)
class Alias:
    """A `type` of the crate: what it stands for, with the names that this uses."""

    parameters: list[GenericParameter]
    body: Tokens
    names: NameScope


@dataclass
class ItemHead:
    """The parts of an item's head."""

    before: list[str]  # pub, unsafe, const, the keyword
    name: str
    generics: list[GenericParameter]
    rest: list[str]  # between the generics and the where clause
    where: list[list[str]]  # predicates
    after: list[str]  # behind the where clause


def head(of: Tokens, keyword: str) -> ItemHead:
    """Take the head of an item apart, from its keyword on."""
    at = next((index for index, token in enumerate(of) if token == keyword), 0)
    before, name, at = list(of[: at + 1]), of[at + 1] if at + 1 < len(of) else "", at + 2
    if keyword == "impl":
        name, at = "", at - 1
    generics = list[GenericParameter]()
    if at < len(of) and of[at] == "<" and not (keyword == "impl" and _qualified(of, at)):
        end = group(of, at)
        generics, at = parameters(of[at + 1 : end - 1]), end
    where = first_mark(of, ("where",), at)
    stop = first_mark(of, ("{", ";", "="), where + 1) if where < len(of) else len(of)
    return ItemHead(
        before, name, generics, list(of[at:where]), split_at(of[where + 1 : stop], ","), list(of[stop:])
    )  # fmt: skip


def _qualified(of: Tokens, at: int) -> bool:
    """Whether `<` opens a qualified path (`impl <T as Trait>::X`) and no generic parameters."""
    return "as" in of[at : group(of, at)] and of[group(of, at) : group(of, at) + 1] == ["::"]


def predicates(generics: Sequence[GenericParameter], where: Sequence[Tokens], names: NameScope) -> list[str]:
    """Every bound by itself, wherever it stands: `T: A + B` is `T: A` and `T: B`."""
    found = set[str]()
    for one in generics:
        if one.kind == "const":
            found.add(f"const {names.said((one.name,))}:{names.said(one.bounds)}")
            continue
        found |= {f"{names.said((one.name,))}:{names.said(bound)}" for bound in split_at(one.bounds, "+")}
    for one in where:
        colon = first_mark(one, (":",))
        subject = names.said(one[:colon])
        found |= {f"{subject}:{names.said(bound)}" for bound in split_at(one[colon + 1 :], "+")}
    return sorted(found)


def declared(generics: Sequence[GenericParameter], names: NameScope) -> str:
    """The kinds and defaults of generic parameters, in their order."""
    said = (f"{one.kind}={names.said(one.default)}" if one.default else one.kind for one in generics)
    return f"<{','.join(said)}>" if generics else ""


def function_shape(of: Tokens, names: NameScope) -> str:
    """Qualifiers, parameters by their types, and what is returned."""
    said = head(of, "fn")
    inner = names.within(said.generics)
    end = group(said.rest, 0)
    inputs = ",".join(_input(part, inner) for part in split_at(said.rest[1 : end - 1], ","))
    output = inner.said(said.rest[end + 1 : first_mark(said.rest, ("{", ";"), end)])
    words = " ".join(sorted(_qualifiers(said.before)))
    bounds = ";".join(predicates(said.generics, said.where, inner))
    return f"{words} fn{declared(said.generics, inner)}({inputs})->{'' if output == '()' else output}|{bounds}"


def _qualifiers(before: Tokens) -> Iterator[str]:
    for at, word in enumerate(before):
        if word in ("const", "async", "unsafe"):
            yield word
        elif word == "extern":
            abi = before[at + 1] if before[at + 1].startswith('"') else '"C"'
            yield f"extern {abi}"


def _input(part: list[str], names: NameScope) -> str:
    """A parameter by its type; the receiver as `self` by how it is taken."""
    colon = first_mark(part, (":",))
    if colon < len(part):
        said = names.said(part[colon + 1 :])
        return f"self:{said}" if part[colon - 1] == "self" else said
    if part[-1] == "self":
        return names.said(part[1:] if part[0] == "mut" else part)
    return names.said(part)


@dataclass(frozen=True)
class FieldShapes:
    """The fields of a struct or a variant: tuple, plain or unit, each public one with its type."""

    form: str
    public: tuple[tuple[str, str], ...] = ()  # name and type; of a tuple by number
    private: tuple[str, ...] = ()  # names


def fields(of: Tokens, names: NameScope, visible: bool = False) -> FieldShapes:
    """Read the fields behind a head; `visible`: those of a variant, which are as public as it is."""
    at = first_mark(of, ("(", "{"))
    if at == len(of):
        return FieldShapes("unit")
    form = "tuple" if of[at] == "(" else "plain"
    public, private = list[tuple[str, str]](), list[str]()
    for number, part in enumerate(split_at(of[at + 1 : group(of, at) - 1], ",")):
        shown = visible or (part[0] == "pub" and part[1:2] != ["("])
        if part[0] == "pub":
            part = part[group(part, 1) if part[1:2] == ["("] else 1 :]
        colon = first_mark(part, (":",)) if form == "plain" else -1
        name = part[0] if form == "plain" and part else str(number)
        if shown:
            public.append((name, names.said(part[colon + 1 :])))
        else:
            private.append(name)
    return FieldShapes(form, tuple(public), tuple(private))


def rules(of: Tokens) -> Iterator[tuple[Tokens, Tokens]]:
    """Yield what each rule of a `macro_rules!` takes, and what it gives."""
    at = first_mark(of, ("{", "(", "["))
    inside, at = of[at + 1 : closing(of, at) - 1], 0
    while at < len(inside):
        end = closing(inside, at)
        after = closing(inside, end + 1) if end + 1 < len(inside) else len(inside)
        yield inside[at + 1 : end - 1], inside[end + 2 : after - 1]
        at = after + 1


def matchers(of: Tokens) -> str:
    """What the rules of a macro take, as text."""
    return ";".join("".join(f" {token}" if WORD.match(token) else token for token in taken) for taken, _ in rules(of))


def closing(of: Tokens, at: int) -> int:
    """As `group`, where `<` and `>` are plain tokens."""
    depth = 0
    for index in range(at, len(of)):
        depth += (of[index] in "([{") - (of[index] in ")]}")
        if depth <= 0:
            return index + 1
    return len(of)
