"""Check plain values, as read from a file, against the type annotations of dataclass fields."""

from collections.abc import Mapping
from dataclasses import Field
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin


def fits(value: object, kind: Any) -> bool:
    """Return whether a value matches an annotation: numbers, text, enums by member or value, lists, mappings, unions.

    Any other annotation, such as a class built from a config of its own, is not checked and gives True.
    """
    if isinstance(kind, UnionType):
        return any(fits(value, one) for one in get_args(kind))
    origin, inner = get_origin(kind), get_args(kind)
    if origin is list:
        return isinstance(value, list) and all(fits(one, inner[0]) for one in value)
    if origin in (dict, Mapping):
        return isinstance(value, dict) and all(fits(k, inner[0]) and fits(v, inner[1]) for k, v in value.items())
    if kind in (None, NoneType):
        return value is None
    if kind in (int, float):
        return isinstance(value, (int, float) if kind is float else int) and not isinstance(value, bool)
    if kind in (str, bool):
        return isinstance(value, kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return isinstance(value, kind) or value in {one.value for one in kind}
    return True


def is_part(kind: Any) -> bool:
    """Return whether an annotation is a component with a config of its own: a class or a callable, also in a union."""
    if isinstance(kind, UnionType):
        return any(map(is_part, get_args(kind)))
    if get_origin(kind) in (list, dict, Mapping) or kind in (int, float, str, bool, NoneType):
        return False
    return not (isinstance(kind, type) and issubclass(kind, Enum))


def may_be_null(of: "Field[Any]") -> bool:
    """Return whether a field may hold None, by its annotation or its default."""
    kind = of.type
    return of.default is None or NoneType in get_args(kind) or (isinstance(kind, str) and "None" in kind)


def format_annotation(kind: Any) -> str:
    """Format an annotation for messages: `int`, `list[int]`, `str | None`."""
    return kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind)
