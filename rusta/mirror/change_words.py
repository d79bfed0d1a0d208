"""One change of an API in words: what an item is called, where it stands, both signatures as Rust, what it asks of callers."""

import re
from collections.abc import Iterator, Sequence

from rusta.mirror.api import PublicItem
from rusta.mirror.api_changes import ApiChange, gate_step
from rusta.mirror.fact import short
from rusta.mirror.function_arguments import function_arguments
from rusta.mirror.item_shapes import rust_tokens
from rusta.mirror.markdown_blocks import without_links
from rusta.mirror.revision_changes import RevisionChanges

LONGEST_SIGNATURE = 600
LONGEST_LINE = 90  # characters of a line of Rust; longer signatures are laid out as rustfmt does
LONGEST_NOTE = 400
LONGEST_ENTRY = 10_000
LONGEST_SENTENCE = 140  # of an item's documentation, above its signature
WORDS = {
    "added": "new", "removed": "gone", "signature": "another signature", "unsafe": "another safety", "deprecated": "deprecated",
    "undeprecated": "no longer deprecated", "marks": "other attributes", "gated": "behind a condition now",
    "hidden": "left out of the documentation", "ungated": "without its condition now", "moved": "moved",
    "reexported": "comes from another crate now", "msrv": "another least Rust", "edition": "another edition",
    "stabilised": "stable now", "destabilised": "needs a feature now",
}  # fmt: skip
"""The kinds of changes, as they stand in lists."""
PREDICATES = {
    "added": "is new", "removed": "is gone", "signature": "has another signature", "unsafe": "has another safety",
    "deprecated": "is deprecated", "marks": "has other attributes", "gated": "is behind a condition", "ungated": "needs no condition",
    "hidden": "is left out of the documentation", "undeprecated": "is no longer deprecated", "reexported": "comes from another crate",
    "stabilised": "is stable", "destabilised": "needs a feature",
}  # fmt: skip
"""The same behind one name."""
COMING = ("added", "stabilised")  # changes after which code can name an item that it could not
LEADING = re.compile(r"\b\w+::")  # of a path
PARAMETERS = re.compile(r"<[^<>]*\$\d[^<>]*>")  # of a type, numbered as they are compared
ANY_TYPE, LETTERS = re.compile(r"\$(\d{1,3})"), "TUVWXYZ"  # what is implemented for any type
SAME_WORDS = "in the same words: a name in it means another item, or a bound or an associated type around it is another"
BLOCK = re.compile(r"^  ```rust\n(?P<code>(?:  [^\n]*\n)*?)  ```", re.MULTILINE)  # of an entry
OTHER_RULES = "one of its rules takes something else than before"
SENTENCE = re.compile(r".{10,}?[.!?](?=\s|$)", re.DOTALL)
SEVERAL = {"is": "are", "has": "have", "comes": "come", "needs": "need"}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


def named_item(one: ApiChange) -> str:
    """Return an item's path; of an implementation `Trait for path::of::Type`, without the names that stand for parameters."""
    said = PARAMETERS.sub("", one.path.partition(": impl ")[2]) if one.kind == "impl" else one.path
    return ANY_TYPE.sub(lambda found: LETTERS[int(found[1]) % len(LETTERS)], said)


def short_item(one: ApiChange) -> str:
    """Return the last two names of a path, which tell an item apart."""
    return LEADING.sub("", named_item(one)) if one.kind == "impl" else "::".join(one.path.split("::")[-2:])


def said_of(one: ApiChange) -> str:
    """Return what became of an item, behind its name: `is gone`."""
    if one.change == "gated" and one.old and one.old.gate:
        return "is behind another condition"
    return PREDICATES.get(one.change, WORDS.get(one.change, one.change))


def change_anchor(of: RevisionChanges, one: ApiChange) -> str:
    """Return `repo@revision:path::item`, of the state in which the item is."""
    item: PublicItem | None = one.new or one.old
    state = of.new if one.new else of.old
    folder = of.folders.get((item.crate if item and item.crate else one.crate), "")
    file = "/".join(filter(None, (folder, item.file if item else "")))
    named = named_item(one) if one.kind == "impl" else one.path.partition("::")[2] or one.path
    return f"{of.mirror}@{state.short}:{file}::{named}"


def change_entry(of: RevisionChanges, one: ApiChange) -> Iterator[str]:
    """Yield a change as an entry of a list: what, its path, what is said with it, its place."""
    what = (
        "another condition" if one.change == "gated" and one.old and one.old.gate else WORDS.get(one.change, one.change)
    )
    yield f"- {what}: {one.kind} `{named_item(one)}`"
    if one.change in ("moved", "reexported") and one.old and one.new and one.old.path != one.new.path:
        yield f"  from `{one.old.path}` to `{one.new.path}`"
    if one.change == "signature" and _same_words(one):
        yield f"  {OTHER_RULES if one.kind == 'macro' else SAME_WORDS}"
    if one.change == "deprecated" and one.new:
        yield f"  note: {short(one.new.deprecated, LONGEST_NOTE)}"
    if one.change == "gated" and one.new and one.new.gate:
        yield from _conditions(one)
    yield f"  ({change_anchor(of, one)})"


def _conditions(one: ApiChange) -> Iterator[str]:
    """The conditions that came and went; the whole one where it is the first, or where that does not tell them apart."""
    gone, come = gate_step(one)
    now = one.new.gate if one.new else ""
    if not (one.old and one.old.gate) or not (come or gone):
        yield f"  condition: `{short(' '.join(now.split()), LONGEST_SIGNATURE)}`"
        return
    for name, some in (("also", come), ("no longer", gone)):
        if some:
            yield f"  condition: {name} {', '.join(f'`{said}`' for said in sorted(some))}"


def signatures_beside(one: ApiChange, was: str, now: str) -> list[str]:
    """Return a Rust block of the old and the new signature; [] where nothing can be seen in them. `was` and `now` name the states.

    Of what is new the first sentence of its documentation stands above its signature, and no state.
    """
    if one.change in COMING and one.new and one.new.signature and one.kind != "impl":
        about = first_sentence(one.new.docs)
        return ["```rust", *([f"/// {about}"] if about else []), *signature_lines(one.new.signature), "```"]
    if one.change not in ("signature", "unsafe", "removed") or _same_words(one):
        return []
    sides = [(name, item) for name, item in ((was, one.old), (now, one.new)) if item is not None and item.signature]
    if one.kind == "impl" and len(sides) < 2:
        return []
    lines = [line for name, item in sides for line in (f"// {name}", *signature_lines(item.signature))]
    return ["```rust", *lines, "```"] if lines else []


def noted_signature(entry: str) -> str:
    """Return the newest signature in the Rust block of an entry (`change_entry`, `signatures_beside`), in one line; "" for none."""
    found = BLOCK.search(entry[:LONGEST_ENTRY])
    lines = [line.strip() for line in found["code"].split("\n")] if found else []
    start = max((n + 1 for n, line in enumerate(lines) if line.startswith("// ")), default=0)
    return " ".join(line for line in lines[start:] if line and not line.startswith("///"))


def same_signature(noted: str, signature: str) -> bool:
    """Return whether a noted signature, which may be cut, is this one, however it is laid out."""
    cut = noted.endswith("…")
    was, now = (_without_last_commas(rust_tokens(one.removesuffix("…"))) for one in (noted, signature))
    return now[: max(0, len(was) - 1)] == was[:-1] if cut else was == now


def first_sentence(docs: str) -> str:
    """Return the first sentence of a documentation, in one line; "" where there is none."""
    lead = " ".join(without_links(docs.strip().partition("\n\n")[0][:2_000]).split()).replace("```", "'''")
    found = SENTENCE.match(lead)
    return short(found[0] if found else lead, LONGEST_SENTENCE)


def signature_lines(signature: str) -> list[str]:
    """Return a signature as lines of Rust: a long one with a parameter on each line, and what is where on one of its own."""
    said = short(" ".join(signature.replace("```", "'''").split()), LONGEST_SIGNATURE)
    if len(said) <= LONGEST_LINE:
        return [said]
    head, where, bounds = said.partition(" where ")
    opened, closed = _parentheses(head)
    lines = [head]
    if closed > opened and len(head) > LONGEST_LINE:
        inside = _parts(head[opened + 1 : closed])
        lines = [head[: opened + 1], *(f"    {part}," for part in inside), head[closed:]]
    return [*lines, "where", *(f"    {part}," for part in _parts(bounds))] if where else lines


def asked_of_callers(one: ApiChange, version: str) -> str:
    """Return what a change does to code that uses the item; "" where that does not follow from the change itself."""
    name, with_ = f"`{short_item(one)}`", f" with {version}" if version else ""
    if one.kind == "impl":
        return f"What needs {name} does not compile{with_}." if one.change == "removed" else ""
    if one.change == "removed":
        return f"Code that names {name} does not compile{with_}."
    if one.change == "moved" and one.old and one.new:
        return f"`{one.old.path}` is `{one.new.path}` now."
    if one.change in ("deprecated", "hidden"):
        return f"{name} still compiles{with_}{', with a warning' if one.change == 'deprecated' else ''}."
    if one.change == "unsafe" and one.new:
        return f"Calls of {name} {'stand in `unsafe` now' if one.new.unsafe else 'need no `unsafe` any more'}."
    if one.change == "signature" and one.old and one.new:
        was, now = function_arguments(one.old.signature), function_arguments(one.new.signature)
        if was and now and was[0] != now[0]:
            return f"{name} takes {_arguments(now[0])} now, not {_number(was[0])}."
    return ""


def counted_changes(changes: Sequence[ApiChange]) -> str:
    """Return how many of which kinds there are, in words: `one method is gone, four functions are new`."""
    counts = dict[tuple[str, str], int]()
    for one in changes:
        key = said_of(one), {"fn": "function", "impl": "implementation"}.get(one.kind, one.kind)
        counts[key] = counts.get(key, 0) + 1
    return ", ".join(
        f"{_number(count)} {kind if count == 1 else _several(kind)} {said if count == 1 else _of_several(said)}"
        for (said, kind), count in counts.items()
    )


def _of_several(said: str) -> str:
    verb, _, rest = said.partition(" ")
    return f"{SEVERAL.get(verb, verb)} {rest}".rstrip()


def _several(kind: str) -> str:
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def _arguments(count: int) -> str:
    return f"{_number(count)} argument{'' if count == 1 else 's'}"


def _without_last_commas(of: Sequence[str]) -> list[str]:
    return [
        one for n, one in enumerate(of) if one != "," or (n + 1 < len(of) and of[n + 1] not in (")", ">", "]", "}"))
    ]


def _same_words(one: ApiChange) -> bool:
    return bool(one.old and one.new and one.old.signature == one.new.signature)


def _parentheses(head: str) -> tuple[int, int]:
    """The places of the first `(` outside of `<>`, and of the `)` that closes it; equal ones where there is none."""
    angle, depth, opened = 0, 0, -1
    for at, mark in enumerate(head):
        if opened < 0 and mark in "<>" and head[at - 1 : at] != "-":
            angle += 1 if mark == "<" else -1
        elif mark == "(" and (opened >= 0 or angle <= 0):
            opened, depth = (at, 1) if opened < 0 else (opened, depth + 1)
        elif mark == ")" and opened >= 0:
            depth -= 1
            if not depth:
                return opened, at
    return 0, 0


def _parts(said: str) -> list[str]:
    """What commas outside of brackets part."""
    parts, depth, start = list[str](), 0, 0
    for at, mark in enumerate(said):
        if mark in "([{<":
            depth += 1
        elif mark in ")]}" or (mark == ">" and said[at - 1 : at] not in "-="):
            depth -= 1
        elif mark == "," and not depth:
            parts.append(said[start:at].strip())
            start = at + 1
    return [part for part in (*parts, said[start:].strip()) if part]
