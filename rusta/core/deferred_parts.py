"""Parts that a light mode builds only when it needs them: until then their settings are plain data.

A class of an engine costs tenths of a second to import, and most commands of such a mode never ask for it. Only classes of the rooms in
`ROOMS` are built, whatever a file says.
"""

import importlib
from collections.abc import Mapping
from typing import Any

CLASS = "made_of"  # instead of Hydra's `_target_`, which would be built at once
ROOMS = (
    "rusta.mind.", "rusta.identity.", "rusta.core.home.", "rusta.core.network.", "rusta.evaluation.trust.", "rusta.registry.lineage.",
    "rusta.tools.sandbox.choice.",
)  # fmt: skip


def deferred(node: Any) -> Any:
    """Return composed settings, as plain data, in the form that `built_part` takes."""
    if isinstance(node, Mapping):
        return {
            CLASS if key == "_target_" else key: deferred(value) for key, value in node.items() if key != "_convert_"
        }
    return [deferred(one) for one in node] if isinstance(node, list) else node


def built_part(node: Any) -> Any:
    """Build what deferred settings describe; data without a class is returned as it is. Raises `TypeError` for another class."""
    if not isinstance(node, Mapping):
        return node
    parts = {key: built_part(value) for key, value in node.items() if key != CLASS}
    if (target := node.get(CLASS)) is None:
        return parts
    if not (isinstance(target, str) and target.startswith(ROOMS)):
        raise TypeError(f"{target} is not built here")
    module, _, name = target.rpartition(".")
    return getattr(importlib.import_module(module), name)(**parts)
