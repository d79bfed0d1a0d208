"""What the library holds: passages of text with the page and anchor they stand at, and items of std with their facts."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Passage:
    """A part of a page under one heading. `text` is prose and code as Markdown; `key` finds it without searching."""

    source: str  # "error codes", "std", "book", "reference", ...
    page: str  # path below the documentation's folder, or "rustc --explain E0382"
    anchor: str  # of the heading on that page; "" for its beginning
    title: str
    text: str
    key: str = ""  # an error code, a lint, a keyword or an attribute, in lower case

    @property
    def unstable(self) -> bool:
        """Whether it is about an item that needs a nightly compiler."""
        return self.title.endswith(", unstable)")


@dataclass(frozen=True)
class StdItem:
    """A public item of std. Methods are `Type::method` below the type's path: `std::vec::Vec::retain_mut`."""

    path: str
    kind: str  # struct, enum, trait, fn, method, macro, keyword, primitive, constant, module, ...
    signature: str
    since: str  # the version it is stable since; "" where the page does not say
    unstable: str  # the feature it needs; "" for a stable one
    deprecated: str  # the note; "" for one that is not
    page: str
    anchor: str
    text: str  # all of its documentation, as Markdown
    target: str = ""  # of a method that its type has by `Deref`: the type that it is a method of, `[T]`

    @property
    def name(self) -> str:
        """How it is written in code: `[T]::sort_unstable` of a method that `Vec` has by `Deref`, else its path."""
        return f"{self.target}::{self.path.rpartition('::')[2]}" if self.target else self.path

    @property
    def called(self) -> str:
        """Its kind in words: a method without `self` is an associated function."""
        if self.kind == "method" and self.signature and not re.search(r"\bself\b", self.signature.partition("->")[0]):
            return "associated function"
        return self.kind


@dataclass(frozen=True)
class TraitImpl:
    """An implementation of a trait for a type of std. `header` is the line that declares it."""

    path: str  # of the type
    trait: str  # its name without path and arguments
    negative: bool  # `impl !Send`
    header: str
    anchor: str
