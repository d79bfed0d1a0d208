"""What a module of a crate holds: its items, imports and `impl` blocks, as its files declare them."""

from dataclasses import dataclass, field

from rusta.library.item_docs import Above

LONGEST_TEXT = 20_000  # bytes of an item's head


@dataclass(eq=False)
class Definition:
    """One item of a file, and what belongs to it: methods, variants, fields."""

    name: str
    kind: str
    signature: str
    above: Above
    public: bool
    file: str  # relative to the crate's root
    line: int
    members: "list[Definition]" = field(default_factory=list)
    source: bytes = b""  # what it was read from, which is no file where a macro gave it
    span: tuple[int, int] = (0, 0)  # its bytes in the source: without the body of a function, a trait or an enum
    home: "SourceModule | None" = None  # the module whose names its text uses
    block: str = ""  # the head of the inherent `impl` that it stands in
    provided: bool = False  # whether an item of a trait has a body or a value
    origin: int = 0  # another number for each macro call, whose sources may be alike

    @property
    def text(self) -> str:
        """As it is written, cut at `LONGEST_TEXT` bytes."""
        return self.source[self.span[0] : min(self.span[1], self.span[0] + LONGEST_TEXT)].decode("utf-8", "replace")


@dataclass(eq=False)
class TraitBlock:
    """One `impl` of a trait, or a `derive` of one."""

    text: str  # its head: `unsafe impl<T: Clone> Trait<T> for Vec<T> where ...`
    types: tuple[str, ...]  # its associated types: `type Item = T;`
    above: Above
    file: str
    line: int
    home: "SourceModule"


@dataclass(frozen=True)
class Import:
    """One name of a `use`: `path` is what it names, `name` how it is called here, "*" for everything below the path."""

    path: tuple[str, ...]
    name: str
    above: Above
    public: bool
    private: bool  # without any `pub`: only this module and those below it see the name
    foreign: bool = False  # its first name is a crate's: `::a::b`, `extern crate a`


@dataclass(eq=False)
class SourceModule:
    """A module. `folder` is where the files of its own modules lie."""

    path: tuple[str, ...]
    parent: "SourceModule | None"
    folder: str
    definition: Definition
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    modules: "dict[str, SourceModule]" = field(default_factory=dict)
    imports: list[Import] = field(default_factory=list)
    blocks: list[tuple[tuple[str, ...], list[Definition]]] = field(
        default_factory=list
    )  # inherent impls, by their type
    traits: list[TraitBlock] = field(default_factory=list)
