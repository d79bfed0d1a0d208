"""What a repair must not do to end an error: remove what the code promised, or weaken what judges it.

Compared are files before and after. A repair may change anything else; whether it is right is for the tests to say.
The same limits hold for what the search tries, for what a model proposes, and for what a benchmark counts as mended.

Not covered: a body that computes less than before without being empty; only tests can tell.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from rusta.tools import items
from rusta.tools.items import Item, ItemKind
from rusta.tools.manifest import nested_table
from rusta.tools.workspace_files import parse_toml

TEST = re.compile(r"#\[\s*(?:\w+\s*::\s*)*(?:test|rstest|test_case|quickcheck|proptest)\b")
IGNORED = re.compile(r"#\[\s*ignore\b")
ASSERTED = re.compile(r"\b(?:debug_)?(?:assert|assert_eq|assert_ne|assert_matches|panic|prop_assert\w*)!\s*\(")
LITERAL = re.compile(
    r'"(?:\\.|[^"\\])*"|\b\d[\w.]*|\btrue\b|\bfalse\b|\b(?:None|Some|Ok|Err)\b|\bis_(?:some|none|ok|err)\b|!(?=\w)'
)
UNFINISHED = re.compile(r"\b(?:todo|unimplemented)!\s*[(\[{]")
ALLOWED = re.compile(r"#!?\[\s*(?:allow|expect|cfg_attr\([^\]]{0,200}allow)\s*\(")
NOWHERE = re.compile(r"#!?\[\s*cfg\s*\(\s*(?:any\(\s*\)|not\(\s*all\(\s*\)\s*\)|FALSE|false|never)\s*\)")
CONFIGURED = re.compile(r"#\[\s*cfg\s*\((?P<test>\s*test\s*)?")
VERSION = re.compile(r"(\d+)(?:\.(\d+))?")
DEPENDENCIES = ("dependencies", "dev-dependencies", "build-dependencies")
LONGEST_BODY = 2000  # characters of an item whose comments are looked at: a longer body is not empty
Files = Mapping[str, bytes | None]


def overstepped(changes: Files, before: Callable[[str], bytes | None], upgrade: bool = False) -> str:
    """Return which limit these changes cross, as a clause such as "removes the test `adds`"; "" if none.

    `changes` are whole new contents by path (None removes a file), `before` returns the present content. In an `upgrade` of
    a dependency tests may call it in another way, as long as they expect the same values.
    """
    return next(crossings(changes, before, upgrade), "")


def crossings(changes: Files, before: Callable[[str], bytes | None], upgrade: bool = False) -> Iterator[str]:
    """Yield every limit that these changes cross, as such clauses."""
    yield from _crossed(changes, {path: content for path in changes if (content := before(path)) is not None}, upgrade)


def _crossed(new: Files, old: Mapping[str, bytes], upgrade: bool) -> Iterator[str]:
    for path, content in new.items():
        if PurePosixPath(path).name == "Cargo.toml" and path in old:
            yield from _manifest(path, old[path], content or b"")
    sources = [path for path in new if path.endswith(".rs")]
    was = {path: items.items(old[path]) for path in sources if path in old}
    now = {path: items.items(content) for path in sources if (content := new[path]) is not None}
    yield from _tests(was, now, old, new, _expected if upgrade else _asserted)
    yield from _public(was, now, old, new)
    for path in sources:
        text, former = _text(new[path]), _text(old.get(path))
        for what, pattern in (
            ("an `allow`", ALLOWED), ("an unfinished body", UNFINISHED), ("code that is never compiled", NOWHERE),
            ("an ignored test", IGNORED),
        ):  # fmt: skip
            if len(pattern.findall(text)) > len(pattern.findall(former)):
                yield f"adds {what} in {path}"
        for item in now.get(path, ()):
            if emptied := _emptied(item, was.get(path, ()), old.get(path, b""), new[path] or b""):
                yield emptied


def _tests(
    was: Mapping[str, list[Item]], now: Mapping[str, list[Item]], old: Mapping[str, bytes], new: Files,
    said_by: Callable[[bytes], Counter[str]],
) -> Iterator[str]:  # fmt: skip
    """Tests that go, and assertions in tests that change. A test that moved is looked for by its name."""
    kept: dict[str, list[tuple[str, Item]]] = {}
    for path, found in now.items():
        for item in found:
            if is_test_item(item, new[path] or b""):
                kept.setdefault(item.name, []).append((path, item))
    for path, found in was.items():
        for item in found:
            if not is_test_item(item, old[path]):
                continue
            named = kept.get(item.name, [])
            if not named:
                yield f"removes the test `{item.name}`"
                continue
            same = [one for one in named if one[0] == path and one[1].path == item.path] or named
            asserted = said_by(old[path][item.start : item.end])
            if all(asserted - said_by((new[at] or b"")[one.start : one.end]) for at, one in same):
                yield f"changes what the test `{item.name}` asserts"


def _public(
    was: Mapping[str, list[Item]], now: Mapping[str, list[Item]], old: Mapping[str, bytes], new: Files
) -> Iterator[str]:
    """Public items that go, or are configured away. An item that moved to another changed file is still there.

    A method that has become one of a public trait's is as public as the trait.
    """
    everywhere: dict[tuple[ItemKind, str], list[Item]] = {}
    traits = {item.name for found in now.values() for item in found if item.kind is ItemKind.TRAIT and item.public}
    for found in now.values():
        for item in found:
            everywhere.setdefault((item.kind, item.name), []).append(item)
    for path, found in was.items():
        here = {(item.kind, item.path, item.trait): item for item in now.get(path, ())}
        for item in found:
            if not item.public or item.kind is ItemKind.IMPL:
                continue
            same = here.get((item.kind, item.path, item.trait))
            others = [same] if same else everywhere.get((item.kind, item.name), [])
            seen = [one for one in others if one.public or re.split("<", one.trait)[0].rpartition("::")[2] in traits]
            left = next(iter([*seen, *others]), None)
            if left is None:
                if not re.search(rf"\b(?:use|macro_rules!|r#){re.escape(item.name)}\b", _text(new.get(path))):
                    yield f"removes the public {item.kind} `{item.path}`"
            elif not seen:
                yield f"makes the public {item.kind} `{item.path}` private"
            elif any(CONFIGURED.match(one) and "test" in one for one in left.cfg) and not item.cfg:
                yield f"configures `{item.path}` out"


def _emptied(item: Item, was: "list[Item] | tuple[()]", old: bytes, new: bytes) -> str:
    """A function whose body held code and holds none now."""
    if item.kind is not ItemKind.FUNCTION:
        return ""
    before = next((one for one in was if one.path == item.path and one.trait == item.trait), None)
    if before is None or _body(old[before.code : before.end]) is None:
        return ""
    body = _body(new[item.code : item.end])
    return f"empties the body of `{item.path}`" if body == "" and _body(old[before.code : before.end]) else ""


def _body(code: bytes) -> str | None:
    """Return what stands in the outermost braces, without comments; None where there are no braces."""
    text = re.sub(r"//[^\n]*", "", code.decode("utf-8", "replace"))
    while (start := text.find("/*")) >= 0 and (end := text.find("*/", start)) >= 0 and len(text) < LONGEST_BODY:
        text = text[:start] + text[end + 2 :]
    start, end = text.find("{"), text.rfind("}")
    return text[start + 1 : end].strip() if 0 <= start < end else None


def is_test_item(item: Item, source: bytes) -> bool:
    """Return whether an item is a function that the test harness runs."""
    return item.kind is ItemKind.FUNCTION and bool(TEST.search(_text(source[item.start : item.code])))


def _asserted(code: bytes) -> Counter[str]:
    """Return the first 200 characters of every assertion, without white space."""
    text = _text(code)
    return Counter(
        re.sub(r"\s+|r#", "", text[at.start() : at.start() + 200].split(";")[0]) for at in ASSERTED.finditer(text)
    )


def _expected(code: bytes) -> Counter[str]:
    """Return every assertion by its macro and the literals in it, whatever is called."""
    found = Counter[str]()
    for said, count in _asserted(code).items():
        found[" ".join([said.partition("!")[0], *LITERAL.findall(said)])] += count
    return found


def _manifest(path: str, old: bytes, new: bytes) -> Iterator[str]:
    """Editions, versions and dependencies that are lowered or go."""
    was, now = parse_toml(old), parse_toml(new)
    if was is None:
        return  # it could not be read before either
    if now is None:
        yield f"leaves {path} unreadable"
        return
    for table in (("package",), ("workspace", "package")):
        for key in ("edition", "rust-version"):
            first, then = (nested_table(said, *table).get(key) for said in (was, now))
            if isinstance(first, str) and (then is None or (isinstance(then, str) and _lower(then, first))):
                yield f"lowers {key} in {path} from {first} to {then or 'nothing'}"
    for place in ((), ("workspace",)):
        for kind in DEPENDENCIES:
            first, then = (nested_table(said, *place, kind) for said in (was, now))
            for name, asked in first.items():
                if name not in then and not any(name in nested_table(now, *place, other) for other in DEPENDENCIES):
                    yield f"removes the dependency {name} from {path}"
                elif name in then and _lower(_version(then[name]), _version(asked), major=True):
                    yield f"lowers {name} in {path} from {_version(asked)} to {_version(then[name])}"
    for key in ("test", "bench", "example", "bin"):
        if len(_targets(was, key)) > len(_targets(now, key)):
            yield f"removes a [[{key}]] from {path}"


def _targets(said: Mapping[str, Any], key: str) -> list[Any]:
    value = said.get(key)
    return value if isinstance(value, list) else []


def _version(asked: object) -> str:
    said = asked.get("version") if isinstance(asked, dict) else asked
    return said if isinstance(said, str) else ""


def _lower(then: str, first: str, major: bool = False) -> bool:
    """Return whether a version is lower; with `major` only if it is incompatible with the first, as cargo sees it."""
    one, other = (
        tuple(int(part or 0) for part in found.groups()) if (found := VERSION.search(said)) else ()
        for said in (then, first)
    )
    if not one or not other:
        return False
    return (one[:1] < other[:1] or (one[0] == other[0] == 0 and one < other)) if major else one < other


def _text(source: bytes | None) -> str:
    return (source or b"").decode("utf-8", "replace")
