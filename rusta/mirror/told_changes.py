"""What is told of a change: plain facts for JSON and for the terminal, each with the place it is read from."""

from typing import Any

from rusta.mirror.api_changes import ApiChange
from rusta.mirror.change_words import SAME_WORDS, change_anchor, named_item
from rusta.mirror.revision_changes import RevisionChanges
from rusta.mirror.slices import telling_order


def _note(one: ApiChange) -> str:
    """What is said beside the signatures: why it is deprecated, or why they read the same."""
    same = one.old and one.new and one.old.signature == one.new.signature
    if one.change == "signature" and same:
        return SAME_WORDS
    return one.new.deprecated if one.new and one.change == "deprecated" else ""


def told_changes(of: RevisionChanges) -> dict[str, Any]:
    """Return the changes of the API, the other facts, whether it is substantial, and what could not be read."""
    api = [
        {
            "change": one.change, "kind": one.kind, "path": named_item(one), "crate": one.crate, "place": change_anchor(of, one),
            "old": one.old.signature if one.old else "", "new": one.new.signature if one.new else "",
            "note": _note(one),
        }
        for one in sorted(of.api, key=telling_order)
    ]  # fmt: skip
    facts = [
        {
            "kind": one.kind,
            "package": one.package,
            "text": one.text,
            "before": one.before,
            "place": one.anchor,
            "minor": one.minor,
        }
        for one in of.facts
    ]
    substance = of.substance
    return {
        "version": of.version, "substantial": substance.substantial, "why": substance.said, "api": api, "facts": facts,
        "touched": [{"path": one.path, "change": one.change, "sites": list(one.sites)} for one in substance.touched],
        "unread": dict(of.unread),
    }  # fmt: skip
