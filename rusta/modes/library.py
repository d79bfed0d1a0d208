"""mode=library: what this machine knows about Rust: by key, by words, and the index it is found with. Light: no torch."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from rusta.core.errors import ConfigError, RustaError
from rusta.core.home import Home
from rusta.core.output import Output, counted, print_plain, tell_facts
from rusta.library import quotes
from rusta.library.answers import keyed
from rusta.library.compiler_pages import CompilerPages
from rusta.library.crate_index import CrateIndex
from rusta.library.crate_sources import locked_crates
from rusta.library.documentation import Documentation
from rusta.library.index import Library, NotBuilt
from rusta.library.quotes import Quote
from rusta.library.routing import Route, RouteKind
from rusta.library.single_page import CODE
from rusta.loop.workplace import crate_root
from rusta.memory.index.terms import wanted
from rusta.modes.sessions import list_limit
from rusta.tools.sandbox import choose
from rusta.tools.toolchain import Installed

COMMANDS = {"status": "", "build": "", "search": "TEXT", "show": "PAGE", "explain": "CODE", "doc": "NAME"}
PASSAGES = 5  # of a search, where nothing else is said


class NoPage(RustaError):
    """The documentation, or the page that was asked for, is not there."""


@dataclass
class LibraryQuery:
    """The arguments of `rusta library`, as text: a command, its words, and how many passages to list (null: 5)."""

    do: str = "status"
    query: str | None = None
    limit: str | None = None


@dataclass
class LibraryMode:
    """`rusta library build|status|search TEXT`, `rusta explain E0382`, `rusta doc Vec::retain_mut`."""

    home: Home
    output: Output = Output.text
    said: Mapping[str, str | None] = field(default_factory=dict)

    def run(self) -> None:
        """Run the command and print its result."""
        do, query = self.said.get("do") or "status", (self.said.get("query") or "").strip()
        commands: dict[str, Callable[[str], tuple[dict[str, Any], str]]] = {
            "status": self._status, "build": self._build, "search": self._search, "show": self._show, "explain": self._explain,
            "doc": self._doc,
        }  # fmt: skip
        if do not in commands:
            raise ConfigError(f"library.do={do}: there are {', '.join(commands)}.")
        facts, told = commands[do](query)
        tell_facts(self.output, f"library {do}", facts, lambda: print_plain(told))

    @cached_property
    def _pages(self) -> CompilerPages:
        try:
            sandbox = choose("auto")
        except RustaError:  # only what is installed is read
            sandbox = None
        return CompilerPages(Installed(Path.cwd()), sandbox)

    @property
    def _documentation(self) -> Documentation:
        """The installed documentation. Raises `NoPage` where there is none."""
        if self._pages.documentation is None:
            raise NoPage(self._pages.missing)
        return self._pages.documentation

    @contextmanager
    def _crates(self, every: bool = False) -> Iterator[CrateIndex | None]:
        """The index of the crate here and of what it depends on directly, or on at all; None outside a crate."""
        root = crate_root(Path.cwd())
        if root is None:
            yield None
            return
        locked = [one for one in locked_crates(root) if every or one.own or one.direct]
        with CrateIndex.open(self.home) as crates:
            crates.refresh(locked, counted("crates of this workspace"))
            yield crates

    def _status(self, query: str) -> tuple[dict[str, Any], str]:
        documentation = self._documentation
        file = Library.file(self.home, documentation)
        facts: dict[str, Any] = {
            "version": documentation.version,
            "documentation": str(documentation.root),
            "file": str(file),
        }
        try:
            with Library.open(self.home, documentation) as library:
                facts |= {"built": True, "bytes": file.stat().st_size, **library.counts()}
        except NotBuilt as refusal:
            return {**facts, "built": False}, f"Rust {documentation.version}, in {documentation.root}.\n{refusal}"
        told = (
            f"Rust {documentation.version}: {facts['pages']:,} pages, {facts['passages']:,} passages, {facts['items']:,} items, "
            f"{facts['bytes'] / 1e6:.0f} MB in {file}"
        )
        return facts, told

    def _build(self, query: str) -> tuple[dict[str, Any], str]:
        from rusta.mirror.std_mirror import keep_std_digest

        with Library.build(self.home, self._documentation, counted("pages of Rust's documentation")) as library:
            keep_std_digest(self.home, library)  # rustup replaces the pages: `rusta mirror changes std`
        with self._crates(every=True):
            return self._status(query)

    def _search(self, query: str) -> tuple[dict[str, Any], str]:
        most, words = list_limit(self.said.get("limit"), PASSAGES), wanted(query)
        if not words:
            raise ConfigError(f"rusta library search {query}: no word to look for. Say what it is about.")
        with Library.open(self.home, self._documentation) as library:
            found = [quotes.of_passage(one, self._documentation) for one in library.search(words, most)]
        with self._crates() as crates:
            found = [*([quotes.of_crate_item(one) for one in crates.search(words, most)] if crates else []), *found][
                :most
            ]
        told = "\n\n".join(one.text for one in found)
        facts = {"query": query, "found": [_facts(one) for one in found]}
        return facts, told or f"Nothing about {query!r} in Rust {self._documentation.version}."

    def _show(self, query: str) -> tuple[dict[str, Any], str]:
        """A whole passage, by the page that an answer names, with or without its anchor."""
        page, _, anchor = query.partition("#")
        documentation = self._documentation
        with Library.open(self.home, documentation) as library:
            found = library.at(page.removeprefix(f"{documentation.root.as_uri()}/"), anchor)
        if found is None:
            raise NoPage(
                f"Rust {documentation.version} has no page {query}. They read like book/ch04-01-what-is-ownership.html"
            )
        quote = quotes.of_passage(found, documentation)
        return _facts(quote), quote.whole

    def _explain(self, query: str) -> tuple[dict[str, Any], str]:
        if code := CODE.fullmatch(query):
            key, routes = f"E{int(code[1]):04}", [Route(RouteKind.CODE, f"E{int(code[1]):04}")]
        else:
            key, routes = f"clippy::{query.removeprefix('clippy::')}", [Route(RouteKind.LINT, query)]
        found = self._pages.page(key)
        return (_facts(found), found.whole) if found else self._answered(query, routes)

    def _doc(self, query: str) -> tuple[dict[str, Any], str]:
        with self._crates() as crates:
            if crates and (items := crates.items(query)):
                found = quotes.of_crate_item(items[0])
                return _facts(found), found.whole
        return self._answered(query, [Route(RouteKind.ITEM, query), Route(RouteKind.KEYWORD, query.lower())])

    def _answered(self, query: str, routes: list[Route]) -> tuple[dict[str, Any], str]:
        with Library.open(self.home, self._documentation) as library:
            found, unknown = keyed(library, query, routes)
        if not found:
            raise NoPage(
                " ".join(unknown)
                or f"Rust {self._documentation.version} has no page about {query!r}. Look for it: rusta library search"
            )
        return _facts(found[0]), found[0].whole


def _facts(found: Quote) -> dict[str, Any]:
    return {**asdict(found), "link": found.link}
