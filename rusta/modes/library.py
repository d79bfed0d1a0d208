"""mode=library: what this machine knows about Rust: by key, by words, and the index it is found with. Light: no torch."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rusta.core.errors import ConfigError, RustaError
from rusta.core.home import Home
from rusta.core.output import Output, counted, print_plain, tell_facts
from rusta.library import quotes, single_page
from rusta.library.answers import keyed
from rusta.library.documentation import Documentation
from rusta.library.index import Library, NotBuilt
from rusta.library.quotes import Quote
from rusta.library.routing import Route, RouteKind
from rusta.memory.index.terms import wanted
from rusta.modes.sessions import list_limit
from rusta.tools.toolchain import Installed

COMMANDS = {"status": "", "build": "", "search": "TEXT", "explain": "CODE", "doc": "NAME"}
PASSAGES = 5  # of a search, where nothing else is said
MISSING = (
    "The documentation of this toolchain is not installed, so I can quote no page. Install it: rustup component add rust-docs. "
    "Error codes are in the compiler itself: rustc --explain E0382"
)


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
        if do not in COMMANDS:
            raise ConfigError(f"library.do={do}: there are {', '.join(COMMANDS)}.")
        documentation = Documentation.of(Installed(Path.cwd()).bin)
        if documentation is None:
            raise NoPage(MISSING)
        commands: dict[str, Callable[[Documentation, str], tuple[dict[str, Any], str]]] = {
            "status": self._status, "build": self._build, "search": self._search, "explain": self._explain, "doc": self._doc,
        }  # fmt: skip
        facts, told = commands[do](documentation, query)
        tell_facts(self.output, f"library {do}", facts, lambda: print_plain(told))

    def _status(self, documentation: Documentation, query: str) -> tuple[dict[str, Any], str]:
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

    def _build(self, documentation: Documentation, query: str) -> tuple[dict[str, Any], str]:
        Library.build(self.home, documentation, counted("pages of Rust's documentation")).close()
        return self._status(documentation, query)

    def _search(self, documentation: Documentation, query: str) -> tuple[dict[str, Any], str]:
        most, words = list_limit(self.said.get("limit"), PASSAGES), wanted(query)
        if not words:
            raise ConfigError(f"rusta library search {query}: no word to look for. Say what it is about.")
        with Library.open(self.home, documentation) as library:
            passages = library.search(words, most)
        found = [quotes.of_passage(one, documentation) for one in passages]
        told = "\n\n".join(one.text for one in found)
        facts = {"query": query, "found": [_facts(one) for one in found]}
        return facts, told or f"Nothing about {query!r} in Rust {documentation.version}."

    def _explain(self, documentation: Documentation, query: str) -> tuple[dict[str, Any], str]:
        if passage := single_page.error_code(documentation, query):
            found = quotes.of_passage(passage, documentation)
            return _facts(found), found.whole
        return self._answered(documentation, query, [Route(RouteKind.LINT, query)])

    def _doc(self, documentation: Documentation, query: str) -> tuple[dict[str, Any], str]:
        return self._answered(
            documentation, query, [Route(RouteKind.ITEM, query), Route(RouteKind.KEYWORD, query.lower())]
        )

    def _answered(self, documentation: Documentation, query: str, routes: list[Route]) -> tuple[dict[str, Any], str]:
        with Library.open(self.home, documentation) as library:
            found, unknown = keyed(library, query, routes)
        if not found:
            raise NoPage(
                " ".join(unknown)
                or f"Rust {documentation.version} has no page about {query!r}. Look for it: rusta library search"
            )
        return _facts(found[0]), found[0].whole


def _facts(found: Quote) -> dict[str, Any]:
    return {**asdict(found), "link": found.link}
