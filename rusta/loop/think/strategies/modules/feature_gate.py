"""The use of an item that is configured out: gate it as the item is, or turn the item's feature on.

Applies where rustc "found an item that was configured out" in the crate itself. The imports of such items are split off and
gated by the item's own `cfg`; then so is what uses them, as far as it is only there for them: a branch of
`if cfg!(feature = "…")` becomes one of two `#[cfg]` blocks, a statement that only calls the item, a match arm, an import, an
`impl` of it, a function with it in its signature. All in one change, and none at all where one use can't be gated so.
Otherwise the feature is asked for: `required-features` of a program or an example, or `default`.

Source: the Reference, "Conditional compilation"; the Cargo Book, "Features" and "The required-features field". Not covered:
uses in macro calls, and features of other packages (`dependency_features`).
"""

import json
import posixpath
import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis, name
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.manifests.package_manifests import PackageManifests
from rusta.loop.think.strategies.modules.gated_uses import GatedUses, predicate
from rusta.loop.think.strategies.modules.module_files import package_of
from rusta.tools.diagnostics import Diagnostic, Span
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import innermost

OUT = "found an item that was configured out"
FEATURE = re.compile(r'feature\s*=\s*"([\w+.-]+)"')
ON = "everybody who builds this gets the feature, unless they turn the defaults off"
ONLY = "it is built only by those who turn the feature on"


def feature_gates(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the gated uses first, then what turns the feature on."""
    gated: list[tuple[Diagnostic, Span, str, str]] = []  # error, place, item, predicate
    for error in situation.errors:
        of = dict(_items(situation, error))
        for span in error.spans if of else ():
            code = situation.code(span.path)
            said = code.source[span.start : span.end].decode("utf-8", "replace").split("::")[-1] if code else ""
            if span.primary and said in of:
                gated.append((error, span, said, of[said]))
    if not gated:
        return
    aims = tuple(dict.fromkeys(name(error) for error, *_ in gated))
    rewrites: dict[str, list[Rewrite]] = {}
    for path in dict.fromkeys(span.path for _, span, _, _ in gated):
        code = situation.code(path)
        sites = [(span, item, cfg) for _, span, item, cfg in gated if span.path == path]
        edits = GatedUses(code, sites).rewrites() if code else None
        if edits is None:
            rewrites = {}
            break
        rewrites[path] = edits
    if rewrites:
        items = ", ".join(dict.fromkeys(item for _, _, item, _ in gated))
        cfg = ", ".join(dict.fromkeys(f"cfg({cfg})" for *_, cfg in gated))
        reason = f"{items} is only there under {cfg}, and so is now what uses it"
        made = situation.hypothesis(gated[0][0], reason, rewrites, Cost.NONE)
        yield Hypothesis(made.source, made.reason, made.trade_off, made.changes, aims, made.cost)
    yield from _turned_on(situation, gated, aims)


def _items(situation: Situation, error: Diagnostic) -> Iterator[tuple[str, str]]:
    """Yield the items of this workspace that an error found configured out, each with its predicate."""
    for child in error.children:
        item = next((span for span in child.spans if span.primary), None)
        gate = next((span for span in child.spans if "gated" in (span.label or "")), None)
        code = situation.code(gate.path) if child.message == OUT and item and gate else None
        if code and item and gate and (cfg := predicate(code.node(gate.start, gate.end), code)):
            yield code.source[item.start : item.end].decode("utf-8", "replace"), cfg
    if error.code == "E0599" and error.primary:  # a variant, which rustc has no such note for
        for span in error.spans:
            code = situation.code(span.path) if "not found for this enum" in (span.label or "") else None
            found = re.search(r"`(\w+)` not found for this enum", span.label or "")
            for variant in _variants(code, span) if code and found else ():
                if found and code and code.text(variant.child_by_field_name("name")) == found[1]:
                    above = variant.prev_named_sibling
                    if above is not None and (cfg := predicate(above, code)):
                        yield found[1], cfg


def _variants(code: Statements, span: Span) -> list[Any]:
    node = innermost(code.node(span.start, span.end), "enum_item")
    body = node.child_by_field_name("body") if node is not None else None
    return [one for one in body.named_children if one.type == "enum_variant"] if body is not None else []


def _turned_on(
    situation: Situation, gated: list[tuple[Diagnostic, Span, str, str]], aims: tuple[str, ...]
) -> Iterator[Hypothesis]:
    """Turn a feature on: for the one program or example that needs it, or by default."""
    manifests = PackageManifests(situation)
    folder = package_of(situation, gated[0][1].path)
    path = posixpath.join(folder, "Cargo.toml")
    features = list(dict.fromkeys(found[1] for *_, cfg in gated if (found := FEATURE.fullmatch(cfg.strip()))))
    text = manifests.text(path) if path in manifests.tables else None
    if text is None or not features or not all(text.place("features", one) for one in features):
        return
    targets = {error.target for error, *_ in gated}
    target = next(iter(targets)) if len(targets) == 1 else None
    if target and target.kind in ("bin", "example"):
        at = next((n for n in text.under(target.kind) if text.string(target.kind, n, "name") == target.name), None)
        listed = json.dumps(features)
        if at is not None:
            edits = text.put((target.kind, at), "required-features", listed)
        else:
            end = len(text.source)
            row = f'\n[[{target.kind}]]\nname = "{target.name}"\nrequired-features = {listed}\n'
            edits = [Rewrite(end, end, row if text.source.endswith(b"\n") else f"\n{row}")]
        reason = f"{target.name} needs {', '.join(features)}, and says so in required-features"
        if made := manifests.hypothesis([one for one, *_ in gated], reason, {path: edits}, ONLY, Cost.ASKED):
            yield made
    new = [one for one in features if one not in [said for said, _ in text.strings("features", "default")]]
    joined = ", ".join(json.dumps(one) for one in new)
    edits = text.appended(("features", "default"), joined) or text.put(("features",), "default", f"[{joined}]")
    reason = f"{', '.join(new)} is on by default: what is used is only there with it"
    if new and (made := manifests.hypothesis([one for one, *_ in gated], reason, {path: edits}, ON, Cost.ASKED)):
        yield made
