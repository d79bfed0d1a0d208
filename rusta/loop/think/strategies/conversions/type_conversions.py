"""How a value of one type becomes one of another, by what std offers: wrapped, borrowed, followed, converted, mapped.

Types are texts as rustc shows them. The ways are expressions, the cheapest first; whether one is right is for the
compiler and the tests to say.

Not covered: numbers (`number_borders`), conversions that lose a part of the value.
Source: the documentation of std: `Option`, `Result`, `Vec`, `str`, `Box`, `From`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rusta.loop.think.hypotheses import Cost

MADE = {"Box": "Box::new", "Rc": "std::rc::Rc::new", "Arc": "std::sync::Arc::new", "RefCell": "std::cell::RefCell::new",
        "Cell": "std::cell::Cell::new", "Mutex": "std::sync::Mutex::new", "RwLock": "std::sync::RwLock::new",
        "Option": "Some", "Result": "Ok", "Reverse": "std::cmp::Reverse"}  # fmt: skip
POINTERS = {"Box", "Rc", "Arc"}
LISTS = {"Vec", "VecDeque", "HashSet", "BTreeSet", "HashMap", "BTreeMap", "BinaryHeap", "LinkedList"}
WALKING = {"Map", "Filter", "Rev", "Chars", "Bytes", "Lines", "Iter", "IntoIter", "Enumerate", "Zip", "Take", "Skip",
           "FilterMap", "SplitWhitespace", "Split", "Cloned", "Copied", "Chain", "TakeWhile", "StepBy", "Keys", "Values",
           "IntoKeys", "IntoValues", "Range", "RangeInclusive", "FlatMap", "Flatten", "SkipWhile", "Windows", "Chunks"}  # fmt: skip
NUMBERS = re.compile(r"[iu](?:8|16|32|64|128|size)|f32|f64|\{integer\}|\{float\}")
PLAIN = re.compile(rf"(?:{NUMBERS.pattern}|bool|char|usize)")
DEEPEST = 3
LONGEST = 300


@dataclass(frozen=True)
class Conversion:
    """An expression, and what it costs."""

    text: str
    cost: Cost = Cost.NONE


@dataclass(frozen=True)
class Surroundings:
    """What else decides: what the function returns, and how types of the crate are made of or hold a value.

    `makers`: by a type's name and what it holds, the paths of variants and tuple structs. `holders`: by a type's name and
    what it holds, the field.
    """

    returns: str = ""
    asynchronous: bool = False
    makers: Mapping[tuple[str, str], list[str]] = field(default_factory=dict)
    holders: Mapping[tuple[str, str], str] = field(default_factory=dict)


def type_shape(kind: str) -> tuple[str, list[str]]:
    """Return a type's name and its arguments: `Option<&str>` is ("Option", ["&str"]), `(A, B)` is ("", ["A", "B"])."""
    kind = plain(kind)
    if kind.startswith("(") and kind.endswith(")"):
        return "", listed_types(kind[1:-1])
    head, bracket, rest = kind.partition("<")
    if not bracket or not kind.endswith(">") or head.startswith(("&", "dyn ", "impl ")):
        return kind, []
    return head.rpartition("::")[2], listed_types(rest[:-1])


def plain(kind: str) -> str:
    """Return a type without lifetimes and paths."""
    kind = re.sub(r"&'\w+ ", "&", " ".join(kind.split()))
    return re.sub(r"\b(?:\w+::)+(?=\w)", "", re.sub(r"'\w+, |<'\w+>", "", kind))


def listed_types(text: str) -> list[str]:
    """Return the parts of a list of types."""
    parts, depth, start = [], 0, 0
    for n, sign in enumerate(text):
        if sign in "<([":
            depth += 1
        elif sign in ")]" or (sign == ">" and text[n - 1 : n] != "-"):
            depth -= 1
        elif sign == "," and not depth:
            parts.append(text[start:n].strip())
            start = n + 1
    return [one for one in [*parts, text[start:].strip()] if one]


def conversions_of(value: str, found: str, wanted: str, around: Surroundings, depth: int = 0) -> Iterator[Conversion]:
    """Yield the expressions that make a `wanted` of `value`, which is a `found`; nothing where the types are the same."""
    found, wanted = plain(found), plain(wanted)
    if depth > DEEPEST or len(found) + len(wanted) > LONGEST:
        return
    if same(found, wanted):
        yield Conversion(value)
        return
    yield from _direct(value, found, wanted)
    yield from _pointed(value, found, wanted, around, depth)
    name, args = type_shape(wanted)
    of, given = type_shape(found)
    for maker in around.makers.get((name, found), []):
        yield Conversion(f"{maker}({value})")
    if (held := around.holders.get((of.lstrip("&"), wanted))) is not None:
        yield Conversion(f"{_base(value)}.{held}")
    yield from _mapped(value, (of, given), (name, args), around, depth)
    if name == "Weak" and of.lstrip("&").partition("<")[0] in ("Rc", "Arc"):
        pointer = of.lstrip("&").partition("<")[0]
        yield Conversion(f"{pointer}::downgrade({value if found.startswith('&') else f'&{value}'})")
    if name == "Option" and args and type_shape(args[0])[0] in ("Rc", "Arc"):
        if of.lstrip("&").partition("<")[0] == "Weak":
            yield Conversion(f"{_base(value)}.upgrade()")
        elif of == "Option" and type_shape(given[0].lstrip("&"))[0] == "Weak":
            yield Conversion(f"{_base(value)}.and_then(|it| it.upgrade())")
    if name == "Result" and len(args) > 1 and args[1] != "_" and same(found, args[1]):
        yield Conversion(f"Err({value})")
    if args and name in MADE and of != name:
        inner = args[0]
        boxed = name in POINTERS and (inner == "str" or inner.startswith("["))
        if boxed or (inner.startswith("dyn Error") and found in ("&str", "String")):
            yield Conversion(f"{_base(value)}.into()")
        elif inner.startswith("dyn ") and not found.startswith("&"):
            yield Conversion(f"{MADE[name]}({value})")
        else:
            for one in conversions_of(value, found, inner, around, depth + 1):
                yield Conversion(f"{MADE[name]}({one.text})", one.cost)
    if given and of in ("Option", "Result") and name != of:
        outer = type_shape(around.returns)[0]
        asked = outer == of
        for one in conversions_of("it", given[0], wanted, around, depth + 1):
            if one.text in ("it", "&it", "*it", "it.clone()", "it.to_string()") and not depth:
                opened = [f"{_base(value)}?"] if asked else []
                if of == "Option" and one.text == "it" and NUMBERS.fullmatch(wanted):
                    opened.append(f"{_base(value)}.unwrap_or_default()")
                opened.append(f"{_base(value)}.unwrap()")
                for open_ in opened:
                    cost = Cost.RUNTIME if open_.endswith(")") else Cost.SMALL
                    yield Conversion(re.sub(r"\bit\b", open_.replace("\\", r"\\"), one.text), max(cost, one.cost))
    if wanted == "bool" and not depth:
        tests = {"Option": ".is_some()", "Result": ".is_ok()"}
        if of in tests:
            yield Conversion(f"{_base(value)}{tests[of]}")
        elif NUMBERS.fullmatch(found):
            yield Conversion(f"{value} != 0")
    if found.startswith("fn() -> ") or re.match(r"^fn\(\) -> .+ \{.*\}$", found):
        yield Conversion(f"{value}()")
    if around.asynchronous and re.search(r"Future", found) and not depth:
        yield Conversion(f"{_base(value)}.await")


def same(one: str, other: str) -> bool:
    """Return whether two types may be the same; `_` is any."""
    if one == other or "_" in (one, other) or (one == "{float}" and other in ("f32", "f64")):
        return True
    if {one, other} <= {"{integer}"} or (one == "{integer}" and re.fullmatch(r"[iu]\d+|[iu]size", other)):
        return True
    (name, args), (of, given) = type_shape(one), type_shape(other)
    return bool(args) and name == of and len(args) == len(given) and all(map(same, args, given))


def _base(value: str) -> str:
    """Return an expression to which a method call or `?` can be appended."""
    return value if re.match(r"^[\w.:]+(?:[(\[].*[)\]]\??|!\(.*\)|\?)?$|^\"", value, re.S) else f"({value})"


def _prefixed(sign: str, value: str) -> str:
    return f"{sign}{value}" if re.match(r'[\w.:*"]', value) and not _loose(value) else f"{sign}({value})"


def _loose(value: str) -> bool:
    """Return whether an expression has operators outside of brackets; one that is very long counts as such."""
    if len(value) > LONGEST:
        return True
    flat = re.sub(r"\"[^\"]*\"", "s", value)
    while (inner := re.sub(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}", "", flat)) != flat:
        flat = inner
    return bool(re.search(r"\s[-+*/%&|<>=]+\s|\bas\b|\.\.|\|", flat))


def _direct(value: str, found: str, wanted: str) -> Iterator[Conversion]:
    """Yield the conversions of texts, characters, paths and lists."""
    text = found.lstrip("&").removeprefix("mut ")
    literal = re.fullmatch(r'"(\\?.)"', value, re.S) or re.fullmatch(r"'(\\?.)'", value, re.S)
    if wanted == "String":
        if text in ("str", "String", "char", "Cow<str>", "Box<str>", "Rc<str>", "Arc<str>") or NUMBERS.fullmatch(text):
            cost = Cost.SMALL if text == "String" else Cost.NONE
            yield Conversion(f"{_base(value)}.{'clone' if text == 'String' else 'to_string'}()", cost)
        elif text in ("Path", "PathBuf"):
            yield Conversion(f"{_base(value)}.display().to_string()")
        elif type_shape(text)[0] == "Vec" and type_shape(text)[1] == ["char"]:
            yield Conversion(f"{_base(value)}.iter().collect()")
    elif wanted == "&str":
        if text == "String":
            if found != "&String":
                yield Conversion(_prefixed("&", value))
            yield Conversion(f"{_base(value)}.as_str()")
        elif text == "char":
            yield Conversion(f'"{literal[1]}"') if literal else Conversion(f"&{_base(value)}.to_string()", Cost.SMALL)
    elif wanted == "char":
        if found == "&str" and literal:
            yield Conversion(f"'{literal[1]}'")
        elif found in ("u8", "&u8"):
            yield Conversion(f"{_prefixed('*', value) if found[0] == '&' else value} as char")
    elif wanted in ("u8", "u32") and found == "char":
        yield Conversion(f"{value} as {wanted}")
    elif wanted == "&String" and found == "&str":
        yield Conversion(f"&{_base(value)}.to_string()", Cost.SMALL)
    elif wanted in ("PathBuf", "OsString") and text in ("str", "String", "Path", "OsStr"):
        yield Conversion(f"{_base(value)}.into()")
    elif wanted == "&Path" and text in ("str", "String", "PathBuf"):
        yield Conversion(f"std::path::Path::new({value if found.startswith('&') else f'&{value}'})")
    elif wanted == "Duration" and (NUMBERS.fullmatch(found)):
        yield Conversion(f"std::time::Duration::from_{'secs_f64' if found[0] in 'f' else 'secs'}({value})")
    elif type_shape(wanted)[0] == "Vec" and (text.startswith("[") or type_shape(text)[0] == "Vec") and not (
        text.startswith("Vec") and not found.startswith("&")
    ):  # fmt: skip
        yield Conversion(f"{_base(value)}.to_vec()", Cost.SMALL)
    elif wanted == "&[u8]" and text in ("str", "String"):
        yield Conversion(f"{_base(value)}.as_bytes()")


def _pointed(value: str, found: str, wanted: str, around: Surroundings, depth: int) -> Iterator[Conversion]:
    """Yield what borrows, follows or clones."""
    if wanted.startswith("&mut "):
        if same(found, wanted[5:]) or _listed(found, wanted[5:]):
            yield Conversion(_prefixed("&mut ", value))
        return
    if wanted.startswith("&") and not found.startswith("&"):
        target = wanted[1:]
        if (
            same(found, target)
            or _listed(found, target)
            or (type_shape(found)[0] in POINTERS and type_shape(found)[1] and same(type_shape(found)[1][0], target))
        ):
            yield Conversion(_prefixed("&", value))
        return
    if wanted.startswith("&") and found.startswith("&"):
        inner = found[1:].removeprefix("mut ")
        if inner.startswith("&") and same(inner, wanted):
            yield Conversion(_prefixed("*", value))
        elif type_shape(inner)[0] in POINTERS and type_shape(inner)[1] and same(type_shape(inner)[1][0], wanted[1:]):
            yield Conversion(f"{_base(value)}.as_ref()")
            yield Conversion(f"&**{_base(value)}")
        return
    if found.startswith("&"):
        inner = found[1:].removeprefix("mut ")
        if same(inner, wanted):
            copied = PLAIN.fullmatch(wanted)
            yield Conversion(_prefixed("*", value)) if copied else Conversion(f"{_base(value)}.clone()", Cost.SMALL)
        elif inner.startswith("&") and PLAIN.fullmatch(wanted) and same(inner[1:], wanted):
            yield Conversion(_prefixed("**", value))
    elif type_shape(found)[0] == "Box" and type_shape(found)[1] and same(type_shape(found)[1][0], wanted):
        yield Conversion(_prefixed("*", value))


def _listed(found: str, slice_: str) -> bool:
    """Return whether a reference to a list or an owned text is a slice as well."""
    name, args = type_shape(found)
    if slice_ == "str":
        return name == "String"
    item = re.fullmatch(r"\[([^;]+)\]", slice_)
    own = re.fullmatch(r"\[(.+);.+\]", found)
    return bool(item) and (
        (name == "Vec" and bool(args) and same(args[0], item[1])) or (bool(own) and same(own[1], item[1]))
    )  # type: ignore[index]


def _mapped(
    value: str, found: tuple[str, list[str]], wanted: tuple[str, list[str]], around: Surroundings, depth: int
) -> Iterator[Conversion]:
    """Yield the conversions of what is in an `Option`, a `Result`, a list or a tuple."""
    (of, given), (name, args) = found, wanted
    owner = of.lstrip("&").removeprefix("mut ")
    if owner.startswith("Option<") and name == "Option" and args:  # `&Option<T>`
        inner = type_shape(owner)[1][0]
        if args[0] == "&str" and inner == "String":
            yield Conversion(f"{_base(value)}.as_deref()")
        elif args[0].startswith("&") and same(inner, args[0][1:]):
            yield Conversion(f"{_base(value)}.as_ref()")
        elif same(inner, args[0]):
            yield Conversion(f"{_base(value)}.clone()", Cost.SMALL)
        return
    if not given or not args:
        return
    if name == of == "Option":
        if args[0] == "&str" and given[0] == "String":
            yield Conversion(f"{_base(value)}.as_deref()")
            return
        if args[0].startswith("&") and same(given[0], args[0][1:]):
            yield Conversion(f"{_base(value)}.as_ref()")
            return
        if given[0].startswith("&") and same(given[0][1:], args[0]):
            copied = PLAIN.fullmatch(args[0])
            yield Conversion(
                f"{_base(value)}.{'copied' if copied else 'cloned'}()", Cost.NONE if copied else Cost.SMALL
            )
            return
    if name == of and name in ("Option", "Result"):
        for one in conversions_of("it", given[0], args[0], around, depth + 1):
            yield Conversion(f"{_base(value)}.map(|it| {one.text})", one.cost)
    elif name == "Option" and of == "Result" and same(given[0], args[0]):
        yield Conversion(f"{_base(value)}.ok()", Cost.SMALL)
    elif name in LISTS and of in LISTS:
        kind, item = (args[0] if len(args) == 1 else f"({', '.join(args)})" for args in (args[:2], given[:2]))
        if same(kind, item):
            yield Conversion(f"{_base(value)}.into_iter().collect()", Cost.SMALL)
            return
        names = [chr(ord("a") + n) for n in range(len(type_shape(item)[1]))] if item.startswith("(") else []
        pattern = f"({', '.join(names)})" if names else "it"
        if names and len(type_shape(kind)[1]) == len(names):
            parts = [
                next(conversions_of(one, left, right, around, depth + 1), None)
                for one, left, right in zip(names, type_shape(item)[1], type_shape(kind)[1], strict=True)
            ]
            if all(parts):
                made = ", ".join(one.text for one in parts if one)
                yield Conversion(f"{_base(value)}.into_iter().map(|{pattern}| ({made})).collect()", Cost.SMALL)
        elif not names:
            for one in conversions_of("it", item, kind, around, depth + 1):
                yield Conversion(
                    f"{_base(value)}.into_iter().map(|it| {one.text}).collect()", max(Cost.SMALL, one.cost)
                )
    elif (name in LISTS or name == "String") and of in WALKING:
        yield Conversion(f"{_base(value)}.collect()", Cost.SMALL)
