"""Imports of what a newer release of a dependency has no longer, where nothing of the file mentions it any more (E0432):
they go.

Source: the older release, which has the item. Not covered: public imports.
"""

from collections.abc import Iterator

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.releases.release_changes import changed_releases
from rusta.loop.think.strategies.releases.replaced_items import missing_names, other_mentions
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite
from rusta.tools.syntax_walk import use_endings
from rusta.tools.use_trees import exchanged, scope_of


def gone_imports(situation: Situation) -> Iterator[Hypothesis]:
    """Yield one hypothesis for all such imports."""
    errors = [one for one in situation.errors if one.code == "E0432" and one.primary]
    if not errors:
        return
    rewrites, of, said = dict[str, list[Rewrite]](), list[Diagnostic](), dict[str, None]()
    releases = list(changed_releases(situation, errors, {said for one in errors for said in missing_names(one)}))
    paths = {item.path: changes for changes, _ in releases for several in changes.was.values() for item in several}
    scopes = dict[tuple[str, int], tuple[object, list[str]]]()
    for error in errors:
        missing = missing_names(error)
        for path in dict.fromkeys(span.path for span in error.spans if span.primary):
            code = situation.code(path)
            for leaf, whole in use_endings(code) if code else ():
                last = whole.rpartition("::")[2]
                changes = paths.get(whole)
                if changes is None or last not in missing or whole in changes.by_path or leaf.type == "use_as_clause":
                    continue
                if code is not None and not any(other_mentions(code, leaf, last)):
                    scope = scope_of(leaf)
                    scopes.setdefault((path, scope.start_byte), (scope, []))[1].append(whole)
                    said.setdefault(f"{changes.crate} {changes.new} has no `{whole}`, and nothing here uses it")
                    of.append(error)
    for (path, _), (scope, gone) in scopes.items():
        if (code := situation.code(path)) is not None:
            rewrites.setdefault(path, []).extend(exchanged(code, scope, gone, []))
    if any(rewrites.values()):
        yield situation.joint_hypothesis(of, "; ".join(said), rewrites, Cost.NONE)
