"""A type that a dependency's macro defines, without what an older release of the macro derived for it (E0277, E0369, E0382).

`bitflags! { struct Flags: u32 { .. } }` derived `Copy`, `Debug` and the like in bitflags 1, and leaves them to its
caller in 2. What the older release's macros derive or implement for a type that the caller names is written above it,
in the macro's arguments, where errors ask for some of it. All types of a state change together. Source: the macro's
own text. Not covered: procedural macros.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rusta.library.source_files import FolderFiles
from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.releases.release_changes import changed_releases
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import under

CODES = {"E0277", "E0369", "E0382", "E0507", "E0599", "E0119", "E0204", "E0505"}
DERIVED = re.compile(
    r"#\[derive\(([^)]*)\)\]\s*(?:#\[[^\]]*\]\s*)*\$?\w*\s*(?:\$vis\s+|pub(?:\([a-z]+\))?\s+)?(?:struct|enum)\s+\$"
)
IMPLEMENTED = re.compile(
    r"\bimpl\s+(?:\$crate::)?(?:\w+::)*(Debug|Clone|Copy|PartialEq|Eq|Hash|PartialOrd|Ord)\s+for\s+\$"
)
TYPE = re.compile(r"(?:pub(?:\([^)]*\))?\s+)?struct\s+(\w+)")
COMMENTED = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
LARGEST_SOURCE = 1_000_000  # bytes of a file of the dependency


def macro_derives(situation: Situation) -> Iterator[Hypothesis]:
    """Yield one hypothesis for each macro."""
    errors = [one for one in situation.errors if one.code in CODES and one.primary]
    if not errors:
        return
    said = "\n".join(one.rendered for one in errors)
    invoked = dict[str, list[tuple[str, Statements, Any]]]()
    for path, code in situation.sources():
        for node in under(code.root, "macro_invocation"):
            types = TYPE.findall(_uncommented(code.text(node)))
            if types and any(re.search(rf"\b{one}\b", said) for one in types):
                macro = code.text(node.child_by_field_name("macro"))
                invoked.setdefault(macro.rpartition("::")[2], []).append((path, code, node))
    if not invoked:
        return
    for changes, _ in changed_releases(situation, errors, invoked, invoked):
        for macro, places in invoked.items():
            given = _given(changes.old_root) if any(one.kind == "macro" for one in changes.was.get(macro, ())) else []
            rewrites, of = dict[str, list[Rewrite]](), list[Diagnostic]()
            for path, code, node in places:
                edits, about = _derived(code, node, given, errors)
                rewrites.setdefault(path, []).extend(edits)
                of += about
            if any(rewrites.values()):
                what = f"`{macro}!` of {changes.crate} {changes.old} gave its types {', '.join(given)}"
                reason = f"{what}, and {changes.new} leaves that to its caller"
                yield situation.joint_hypothesis(of, reason, rewrites, Cost.NONE, "the type is what it was before")


def _derived(
    code: Statements, node: Any, given: list[str], errors: list[Diagnostic]
) -> tuple[list[Rewrite], list[Diagnostic]]:
    """The derives that the types in a macro's arguments lack, where errors are about these types."""
    text = _uncommented(code.text(node))
    edits, of = list[Rewrite](), list[Diagnostic]()
    for found in TYPE.finditer(text):
        about = [one for one in errors if re.search(rf"\b{found[1]}\b", one.rendered)]
        above = " ".join(re.findall(r"derive\(([^)]*)\)", text[: found.start()].rpartition("}")[2]))
        wanted = [one for one in given if one not in re.findall(r"\w+", above)]
        if about and wanted:
            at = node.start_byte + len(text[: found.start()].encode())
            line = code.source[code.source.rfind(b"\n", 0, at) + 1 : at].decode("utf-8", "replace")
            edits.append(Rewrite(at, at, f"#[derive({', '.join(wanted)})]\n{line if not line.strip() else ' '}"))
            of += about
    return edits, of


def _uncommented(text: str) -> str:
    """The text with its comments blanked out, each byte by a space."""
    return COMMENTED.sub(lambda said: " " * len(said[0].encode()), text)


def _given(root: Path) -> list[str]:
    """The traits that the macros of a release derive or implement for types that their caller names."""
    found = dict[str, None]()
    files = FolderFiles(root)
    for path in files.paths():
        text = (
            (files.read(path, LARGEST_SOURCE) or b"").decode("utf-8", "replace")
            if path.endswith(".rs") and path.startswith("src/")
            else ""
        )
        if "macro_rules!" in text:
            for one in DERIVED.finditer(text):
                found.update(dict.fromkeys(re.findall(r"\w+", one[1])))
            found.update(dict.fromkeys(one[1] for one in IMPLEMENTED.finditer(text)))
    return list(found)
