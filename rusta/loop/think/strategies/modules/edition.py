"""An edition that is missing or too old for the code: the lowest that suffices, in the manifest.

Applies where rustc says that something is "only allowed in Rust 2018 or later" (E0670 and its like, `.await`, async blocks,
c-string literals, let chains) or came into the prelude with an edition, where cargo does not know the edition that is
written, and, for a package without an edition (cargo then takes 2015), where names are not found. All packages that have
such errors get it in one change, as `edition.workspace = true` where the other members inherit a sufficient one.

Source: the Edition Guide; the Cargo Book, "The edition field". Never lowers an edition. Not covered: what compiles
differently in two editions without an error.
"""

import posixpath
import re
from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis, name
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.modules.module_files import package_of
from rusta.tools.cargo_faults import Fault, facts
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite
from rusta.tools.toml_text import TomlText

EDITIONS = ("2015", "2018", "2021", "2024")
NEEDS = re.compile(r"(?:Rust|Edition) (20\d\d)(?: or later)?\b")
LOST = {"E0432", "E0433", "E0463", "E0425", "E0422", "E0599", "E0574"}  # what an edition of 2015 does not find
PRICE = "all of the package is read by the rules of another edition"


def editions(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the editions that the errors ask for, the lowest first that they all allow."""
    manifests: dict[str, list[Diagnostic]] = {}
    needed: set[str] = set()
    for error in situation.errors:
        place = error.primary
        if error.code == Fault.edition and place and place.path in situation.files:
            yield from _unknown(situation, error, place.path)
            continue
        told = [error.message, *(child.message for child in error.children), *(s.label or "" for s in error.spans)]
        asked = [found for text in told for found in NEEDS.findall(text) if found in EDITIONS[1:]]
        if not place or not place.path.endswith(".rs"):
            continue
        manifest = posixpath.join(package_of(situation, place.path), "Cargo.toml")
        if asked or error.code in LOST:
            manifests.setdefault(manifest, []).append(error)
            needed |= set(asked) if asked else set()
    now = {path: _edition(situation, path) for path in manifests}
    if not needed and all(now.values()):
        return
    manifests = {path: errors for path, errors in manifests.items() if needed or not now[path]}
    least = max(needed, default="2018")
    for edition in EDITIONS[EDITIONS.index(least) :]:
        rewrites: dict[str, list[Rewrite]] = {}
        for path in manifests:
            if (now[path] or "2015") < edition:
                for file, edits in _set(situation, path, edition):
                    rewrites.setdefault(file, edits)
        if rewrites:
            first = [error for errors in manifests.values() for error in errors]
            had = (
                "names none, so cargo takes 2015" if not all(now[path] for path in manifests) else "names an older one"
            )
            reason = f"the edition is {edition}, which the code is written for: {_listed(manifests)} {had}"
            yield _made(situation, reason, rewrites, first)


def _unknown(situation: Situation, error: Diagnostic, path: str) -> Iterator[Hypothesis]:
    """Replace an edition that there is none of by those nearest to it."""
    said = facts(error).get("edition", "")
    years = (
        sorted(EDITIONS[1:], key=lambda one: (abs(int(one) - int(said)), one)) if said.isdecimal() else EDITIONS[:0:-1]
    )
    for edition in years[:2]:
        for file, edits in _set(situation, path, edition):
            yield _made(situation, f"the edition is {edition}: there is none called {said}", {file: edits}, [error])


def _made(
    situation: Situation, reason: str, rewrites: dict[str, list[Rewrite]], errors: list[Diagnostic]
) -> Hypothesis:
    changes: dict[str, bytes | None] = {
        path: TomlText(situation.read(path) or b"").rewritten(edits) for path, edits in rewrites.items()
    }
    return Hypothesis("craft", reason, PRICE, changes, tuple(dict.fromkeys(map(name, errors))), Cost.ASKED)


def _edition(situation: Situation, path: str) -> str:
    """Return a package's edition, "" where none is named."""
    text = TomlText(situation.read(path) or b"")
    if text.place("package", "edition", "workspace"):
        return TomlText(situation.read("Cargo.toml") or b"").string("workspace", "package", "edition") or ""
    return text.string("package", "edition") or ""


def _set(situation: Situation, path: str, edition: str) -> Iterator[tuple[str, list[Rewrite]]]:
    """Yield the file and the edits that give a package an edition."""
    text, root = TomlText(situation.read(path) or b""), TomlText(situation.read("Cargo.toml") or b"")
    shared = root.string("workspace", "package", "edition") or ""
    if text.place("package", "edition", "workspace") or (shared and shared not in EDITIONS):
        yield "Cargo.toml", root.put(("workspace", "package"), "edition", f'"{edition}"')
        return
    behind = next((key for key in ("version", "name") if text.place("package", key)), "")
    if shared >= edition and not text.place("package", "edition"):
        inherited = text.put(("package",), "edition", "true", behind)
        yield (
            path,
            [Rewrite(one.start, one.end, one.text.replace("edition =", "edition.workspace =")) for one in inherited],
        )
        return
    yield path, text.put(("package",), "edition", f'"{edition}"', behind)


def _listed(paths: dict[str, list[Diagnostic]]) -> str:
    return ", ".join(sorted(paths)[:3]) + (" and others" if len(paths) > 3 else "")
