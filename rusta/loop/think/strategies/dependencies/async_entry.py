"""Give an `async fn main` and `async` tests the runtime that the crate depends on.

It applies to E0752 and to "async functions cannot be used for tests". The attribute is that of the async runtime among
the member's dependencies (`#[tokio::main]`, `#[tokio::test]`), and the features that it needs are turned on in the same
change, since neither passes without the other. All tests are one hypothesis. Source: rustc --explain E0752; the documentation of tokio,
"Hello Tokio". Not covered: a runtime that is no dependency yet, which is a person's choice.
"""

import re
from collections.abc import Iterator

from rusta.library.feature_gates import crate_features
from rusta.loop.think.hypotheses import Cost, Hypothesis, name
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.dependencies.workspace_manifests import ManifestDependency, WorkspaceManifests
from rusta.tools.dependency_entries import with_features
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite
from rusta.tools.syntax_walk import innermost

RUNTIMES = {  # by what paths begin with: the features of its macros, and of what drives `main` besides
    "tokio": (("macros", "rt"), ("rt-multi-thread",)), "async_std": (("attributes",), ()), "actix_web": (("macros",), ()),
    "actix_rt": (("macros",), ()), "smol_potat": ((), ()),
}  # fmt: skip
TESTED = re.compile(r"#\[\s*test\s*\]")
PRICE = "more of the dependency is compiled, and whoever builds this needs it too"


def async_entry(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the runtime's attributes for `main` and for tests."""
    mains = [one for one in situation.errors if one.code == "E0752"]
    tests = [
        one
        for one in situation.errors
        if one.code is None and "async functions cannot be used for tests" in one.message
    ]
    if not mains and not tests:
        return
    manifests = WorkspaceManifests(situation)
    by: dict[str, list[Diagnostic]] = {}
    for error in (*mains, *tests):
        by.setdefault(manifests.of_package(error.package), []).append(error)
    for path, errors in by.items():
        runtime = (
            next((one for one in manifests.dependencies(path) if one.entry.rust_name in RUNTIMES), None)
            if path
            else None
        )
        if runtime is not None and (hypothesis := _hypothesis(situation, manifests, runtime, errors)):
            yield hypothesis


def _hypothesis(
    situation: Situation, manifests: WorkspaceManifests, runtime: ManifestDependency, errors: list[Diagnostic]
) -> Hypothesis | None:
    called = runtime.entry.rust_name
    edits: dict[str, list[Rewrite]] = {}
    for error in errors:
        place = error.primary
        code = situation.code(place.path) if place else None
        node = innermost(code.node(place.start, place.end), "function_item") if code and place else None
        if node is None or code is None or place is None:
            continue
        if error.code == "E0752":
            edits.setdefault(place.path, []).append(code.before(node, f"#[{called}::main]"))
            continue
        above = node.prev_named_sibling
        while above is not None and above.type in ("attribute_item", "line_comment", "block_comment"):
            if TESTED.fullmatch(code.text(above)):
                edits.setdefault(place.path, []).append(Rewrite(above.start_byte, above.end_byte, f"#[{called}::test]"))
            above = above.prev_named_sibling
    if not edits:
        return None
    sources: dict[str, bytes | None] = {
        path: code.rewritten(of) for path, of in edits.items() if (code := situation.code(path))
    }
    main = any(error.code == "E0752" for error in errors)
    what = " and ".join([*(["main"] if main else []), *(["the tests"] if any(e.code is None for e in errors) else [])])
    reason = (
        f"{what} that {'are' if 'tests' in what else 'is'} `async` run on {runtime.entry.package}, by its attribute"
    )
    aims = tuple(dict.fromkeys(name(error) for error in errors))
    wanted = _features(manifests, runtime, main)
    if not wanted:
        return Hypothesis("craft", reason, "a runtime is started for each of them", sources, aims, Cost.INTERFACE)
    text = manifests.text(runtime.path)
    changed = {runtime.path: text.rewritten(with_features(text, runtime.entry, wanted))}
    more = f"{reason}, with the features {', '.join(f'`{one}`' for one in wanted)}"
    whole = manifests.hypothesis(errors, more, PRICE, changed)
    return Hypothesis("craft", more, PRICE, {**whole.changes, **sources}, aims, Cost.ASKED) if whole else None


def _features(manifests: WorkspaceManifests, runtime: ManifestDependency, main: bool) -> list[str]:
    """The features of a runtime that its attributes need and the manifest leaves off."""
    root = runtime.crate.root if runtime.crate else None
    if root is None:
        return []
    features, source = crate_features(root), manifests.source_of(runtime).entry
    entry = runtime.entry
    on = features.closure(
        *entry.features, *source.features, *(["default"] if entry.defaults and source.defaults else [])
    )
    macros, driver = RUNTIMES[entry.rust_name]
    wanted = [one for one in (*macros, *(driver if main else ())) if features.known(one) and one not in on]
    return [one for one in wanted if not any(other != one and one in features.closure(other) for other in wanted)]
