"""Whether a plain value, as it is read from a file, is what the annotation of a dataclass's field says."""

from collections.abc import Mapping
from dataclasses import Field
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin


def fits(value: object, kind: Any) -> bool:
    """Whether a value is of a kind: numbers, text, enumerations by member or value, lists and mappings of them, unions.

    A kind that is none of these is built from parts of its own, and not judged here.
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
    """Whether a kind is built from parts of its own: a class of ours, or a callable, alone or in a union."""
    if isinstance(kind, UnionType):
        return any(map(is_part, get_args(kind)))
    if get_origin(kind) in (list, dict, Mapping) or kind in (int, float, str, bool, NoneType):
        return False
    return not (isinstance(kind, type) and issubclass(kind, Enum))


def may_be_null(of: "Field[Any]") -> bool:
    """Whether a field may hold None: its annotation or its default says so."""
    kind = of.type
    return of.default is None or NoneType in get_args(kind) or (isinstance(kind, str) and "None" in kind)


def said(kind: Any) -> str:
    """A kind as a person reads it: `int`, `list[int]`, `str | None`."""
    return kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind)
