"""What stands above an item in its source: documentation as Markdown, a note of deprecation, features, and what else is asked.

Documentation is a stranger's text. It is bounded and kept as text, and nothing in it is followed but `include_str!` of a file
of the same crate. Sources: The Rust Reference, "Comments" and "Attributes"; The rustdoc book, "The #[doc] attribute".
Not covered: macros inside of `#[doc = ...]` other than `include_str!`, `concat!` and `stringify!`, and
features that only `any(...)` or `not(...)` name.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import dedent

LONGEST_DOCS = 32_768  # characters of one item's documentation
LONGEST_ATTRIBUTE = 4_096  # characters of an attribute that are looked at, documentation aside
MOST_ATTRIBUTES = 100  # of an item that are kept

OUTER = re.compile(r"///(?!/)|/\*\*(?![*/])")
INNER = re.compile(r"//!|/\*!")
DOC = re.compile(r"#!?\[\s*doc\s*=\s*")
DOC_WHERE = re.compile(r",\s*doc\s*=\s*")  # of `cfg_attr`; it counts unless something has to be off for it
INCLUDED = re.compile(r'(?:core::|std::)?include_str!\s*[({\[]\s*"([^"\\\n]{1,200})"')
RAW = re.compile(r'r(?P<marks>#*)"(?P<text>.*?)"(?P=marks)\s*\]', re.DOTALL)
PLAIN = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*+)"', re.DOTALL)
CONCAT = re.compile(r"(?:core::|std::)?concat!\s*[({\[]")
PIECE = re.compile(
    r"""\s*(?:r(?P<marks>\#*)"(?P<raw>.*?)"(?P=marks)|"(?P<text>(?:[^"\\]|\\.)*+)"|(?:core::|std::)?stringify!\s*[({\[](?P<said>[^(){}\[\]]*+)[)}\]]
    |(?P<number>[-.\w]++)(?!!)|(?:core::|std::)?(?P<more>concat!\s*[({\[])|(?P<end>[)}\]]))\s*,?""",
    re.DOTALL | re.VERBOSE,
)
ESCAPE = re.compile(r'\\(?:(?P<line>\n\s*)|u\{(?P<code>[0-9a-fA-F]{1,6})\}|(?P<letter>[nrt0\\"\']))')
LETTERS = {"n": "\n", "r": "", "t": "\t", "0": "", "\\": "\\", '"': '"', "'": "'"}
FEATURE = re.compile(r'\bfeature\s*=\s*"([^"\s]{1,100})"')
NAMED = re.compile(r'\b(since|note)\s*=\s*"((?:[^"\\]|\\.){0,1000})"')
NOTE = re.compile(r'#\[\s*deprecated\s*=\s*"((?:[^"\\]|\\.){0,1000})"')
TEST_ONLY = re.compile(r"#\[\s*cfg\s*\(\s*(?:test|all\s*\(\s*test\b[^\n]*)\s*\)")
PATH = re.compile(r'#\[\s*(?:path\s*=|cfg_attr\s*\([^\n]*?\bpath\s*=)\s*"([^"\n]{1,500})"')


@dataclass(frozen=True)
class Above:
    """What the comments and attributes above an item say."""

    docs: str = ""
    deprecated: str = ""
    features: tuple[str, ...] = ()
    hidden: bool = False  # #[doc(hidden)]
    tests: bool = False  # #[cfg(test)]
    exported: bool = False  # #[macro_export]
    paths: tuple[str, ...] = ()  # of `#[path = ""]`, and of those under `cfg_attr`
    macro: tuple[str, str] | None = None  # name ("" for the function's own) and kind, for a procedural macro
    attributes: tuple[str, ...] = ()  # those that are no documentation, each cut at `LONGEST_ATTRIBUTE`


def is_documentation(comment: str, inner: bool = False) -> bool:
    """Return whether a comment documents what follows it, or with `inner` what it stands in."""
    return bool((INNER if inner else OUTER).match(comment))


def read_above(parts: Sequence[str], included: Callable[[str], str] = lambda name: "") -> Above:
    """Read the attributes and the comments of documentation that belong to one item, in their order.

    `included` returns the text of a file that `include_str!` names, "" where it cannot be read.
    """
    docs, length = list[str](), 0
    features, paths, attributes = list[str](), list[str](), list[str]()
    deprecated, macro = "", None
    hidden = tests = exported = False
    for part in parts:
        if part.startswith(("//", "/*")):
            said = part[3 : LONGEST_DOCS + 3].rstrip() if part[1] == "/" else documentation_text(part)
            said = said if length < LONGEST_DOCS else ""
        elif found := DOC.match(part):
            said = _literal(part[found.end() :], included) if length < LONGEST_DOCS else ""
        else:
            part = part[:LONGEST_ATTRIBUTE]
            if len(attributes) < MOST_ATTRIBUTES:
                attributes.append(part)
            name = re.match(r"#!?\[\s*(?:unsafe\s*\(\s*)?([\w:]+)", part)
            match name[1] if name else "":
                case "cfg":
                    features += _features(part)
                    tests = tests or bool(TEST_ONLY.match(part))
                    continue
                case "doc":
                    hidden = hidden or bool(re.search(r"\bhidden\b", part))
                    features += _features(part) if "cfg" in part else []
                case "cfg_attr":
                    features += _features(part.partition(",")[2]) if re.search(r"\bdoc\s*\(\s*cfg\b", part) else []
                    paths += [found[1]] if (found := PATH.match(part)) else []
                    found = DOC_WHERE.search(part)
                    if found and not re.search(r"\bnot\b", part[: found.start()]) and length < LONGEST_DOCS:
                        text = _literal(part[found.end() :], included)
                        docs.append("\n".join(f" {line}" for line in text.split("\n")))  # as `///` has it
                        length += len(docs[-1]) + 1
                case "path":
                    paths += [found[1]] if (found := PATH.match(part)) else []
                case "deprecated":
                    deprecated = _deprecated(part)
                case "macro_export":
                    exported = True
                case "proc_macro" | "proc_macro_attribute":
                    macro = ("", "macro" if part.startswith("#[proc_macro]") else "attribute")
                case "proc_macro_derive":
                    derived = re.search(r"\(\s*(\w{1,200})", part)
                    macro = (derived[1] if derived else "", "derive")
            continue
        docs.append(said)
        length += len(said) + 1
    text = dedent("\n".join(docs)).strip("\n").rstrip()
    if len(text) > LONGEST_DOCS:
        text = f"{text[:LONGEST_DOCS].rpartition(chr(10))[0] or text[:LONGEST_DOCS]}\n…"
    unique = tuple(dict.fromkeys(features))
    return Above(text, deprecated, unique, hidden, tests, exported, tuple(paths), macro, tuple(attributes))


def documentation_text(comment: str) -> str:
    """The text of a comment of documentation, without its marks and the stars at the beginning of lines."""
    if comment.startswith("//"):
        return comment[3 : LONGEST_DOCS + 3].rstrip()
    lines = comment[3 : 2 * LONGEST_DOCS].removesuffix("*/").split("\n")
    starred = [line.lstrip() for line in lines[1:] if line.strip()]
    if starred and all(line.startswith("*") for line in starred):
        lines = [lines[0], *(line.lstrip().removeprefix("*") for line in lines[1:])]
    return "\n".join(line.rstrip() for line in (f" {lines[0].strip()}", *lines[1:]))


def _literal(said: str, included: Callable[[str], str]) -> str:
    """The text of what stands behind `doc =`: a string, a raw string, or a file of the crate."""
    said = said[: 2 * LONGEST_DOCS]
    if found := INCLUDED.match(said):
        return included(found[1])[:LONGEST_DOCS]
    if found := RAW.match(said):
        return found["text"]
    if found := CONCAT.match(said):
        return _concatenated(said, found.end())
    found = PLAIN.match(said)
    return _unescaped(found["text"]) if found else ""


def _concatenated(said: str, at: int) -> str:
    """What `concat!` makes of its arguments, as far as they are literals, `stringify!` or `concat!` themselves."""
    parts, depth = list[str](), 1
    while depth and (found := PIECE.match(said, at)):
        depth += 1 if found["more"] else -1 if found["end"] else 0
        plain = found["raw"] or found["number"] or " ".join((found["said"] or "").split())
        parts.append(_unescaped(found["text"]) if found["text"] else plain)
        at = found.end()
    return "".join(parts)


def _unescaped(text: str) -> str:
    def one(found: "re.Match[str]") -> str:
        if found["code"]:
            code = int(found["code"], 16)
            return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
        return LETTERS[found["letter"]] if found["letter"] else ""

    return ESCAPE.sub(one, text)


def _features(said: str) -> list[str]:
    """The features that all have to be on. Of `any(...)` and `not(...)` nothing is said."""
    return [] if re.search(r"\b(?:any|not)\s*\(", said) else FEATURE.findall(said)


def _deprecated(said: str) -> str:
    """As rustdoc words it: "Deprecated since 1.2: use x"."""
    if found := NOTE.match(said):
        return f"Deprecated: {' '.join(_unescaped(found[1]).split())}"
    facts = {name: " ".join(_unescaped(text).split()) for name, text in NAMED.findall(said)}
    since, note = facts.get("since", ""), facts.get("note", "")
    return f"Deprecated{f' since {since}' if since else ''}{f': {note}' if note else ''}"
