"""One thing that an item of an old release may have become in a new one, and how items are told apart by their paths."""

from dataclasses import dataclass

from rusta.mirror.api import PublicItem

CALLED = ("fn", "method")


@dataclass(frozen=True)
class Replacement:
    """One thing that a name may have become. `value` is the path of a value whose method it is now, "" for none."""

    old: PublicItem
    new: PublicItem
    why: str
    place: str  # of what says so
    value: str = ""
    by_argument: bool = False  # it is a method of one of its old arguments now

    @property
    def written(self) -> str:
        """What code names it by: its path, or the call of a value's method."""
        return f"{self.value}.{item_name(self.new)}()" if self.value else self.new.path


def item_owner(one: PublicItem) -> str:
    """Return the path of what an item belongs to."""
    return one.path.rpartition("::")[0]


def item_name(one: PublicItem) -> str:
    """Return the last part of an item's path."""
    return one.path.rpartition("::")[2]


def item_owner_name(old: PublicItem) -> str:
    """Return the last part of the path of what an item belongs to, "" for the crate itself."""
    above = item_owner(old)
    return above.rpartition("::")[2] if "::" in above else ""


def can_stand_for(new: PublicItem, old: PublicItem) -> bool:
    """Return whether one kind of item can stand where another stood."""
    alike = (
        CALLED,
        ("struct", "enum", "union", "type", "trait"),
        ("module",),
        ("constant", "static", "variant"),
        ("macro", "derive", "attribute"),
    )
    if old.kind == "field":
        return new.kind in ("field", "method")
    if "type" in (old.kind, new.kind) and old.kind != new.kind and _is_member(new) != _is_member(old):
        return False
    return any(old.kind in group and new.kind in group for group in alike) or (old.kind, new.kind) in (
        ("constant", "fn"),
        ("fn", "constant"),
    )


def _is_member(one: PublicItem) -> bool:
    """Whether an item belongs to a type or a trait, by the way that their names are written."""
    return item_owner_name(one)[:1].isupper()
