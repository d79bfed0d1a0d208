"""A rust-analyzer client for navigation: definition, references, hover, symbols. Diagnostics come from cargo only.

The server runs in the sandbox for the whole session, because it executes the crate's code: build scripts and proc
macros, and a `rustc` or wrapper named in `.cargo/config.toml`. Without a sandbox all of these are disabled, and code
that macros or build scripts generate is not found.

Not covered: renames, completion, and a workspace whose dependencies were never fetched.
"""

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

from rusta.core.errors import RustaError
from rusta.core.programs import find_program
from rusta.tools.jsonrpc import Lost, Peer, RequestRefused, Slow
from rusta.tools.manifest import crate_folder, path_dependencies, root_of
from rusta.tools.positions import Encoding, from_server, split_lines, to_server
from rusta.tools.sandbox.base import Limits, SandboxCommand
from rusta.tools.sandbox.protocol import Sandbox
from rusta.tools.toolchain import Installed
from rusta.tools.workspace_files import read_file

GET = "rustup component add rust-analyzer"
RETRY = (-32801, -32802)  # LSP's ContentModified and ServerCancelled: the request is repeated once
QUIET = {"checkOnSave": False, "diagnostics": {"enable": False}, "cachePriming": {"enable": False}}
NO_CODE = {"cargo": {"buildScripts": {"enable": False}}, "procMacro": {"enable": False}}
LIMITS = Limits(seconds=86_400, memory_mb=8192, output_mb=4096)

# LSP's SymbolKind names, numbered from 1.
WORDS = """file module namespace package class method property field constructor enum trait function variable constant string
number boolean array object key null variant struct event operator type-parameter"""
KINDS = dict(enumerate(WORDS.split(), 1))


class NoAnalyzer(RustaError):
    """rust-analyzer is not installed."""


@dataclass(frozen=True)
class SourceLocation:
    """A position in a file, and the text of its line. The path is absolute if it is outside the workspace."""

    path: str
    line: int
    column: int
    text: str


@dataclass(frozen=True)
class Symbol:
    """An item: `kind` is LSP's word (struct, function, ...), `within` the item that contains it."""

    name: str
    kind: str
    place: SourceLocation
    within: str = ""
    detail: str = ""


@dataclass
class Analyzer:
    """A rust-analyzer session: `with Analyzer(workspace, sandbox, target) as analyzer:`.

    Paths are relative to the workspace; lines and columns count from 1. `patience` is the limit in seconds for loading
    the workspace, `seconds` for one request. Raises `NoAnalyzer`, `Lost`, `Slow`, `RequestRefused`.
    """

    workspace: Path
    sandbox: Sandbox
    target: Path  # the target folder of build scripts, where those are run
    command: Sequence[str] = ("rust-analyzer",)
    seconds: float = 10
    patience: float = 120
    _versions: dict[Path, tuple[int, str]] = field(default_factory=dict, init=False)
    _quiescent: bool = field(default=False, init=False)
    _encoding: Encoding = field(default=Encoding.utf16, init=False)

    def __enter__(self) -> "Analyzer":
        self._greet()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def definition(self, path: str, line: int, column: int) -> list[SourceLocation]:
        """Return where the item at that position is defined."""
        return self._places("textDocument/definition", path, line, column)

    def references(self, path: str, line: int, column: int) -> list[SourceLocation]:
        """Return every use of the item at that position, without its definition."""
        return self._places("textDocument/references", path, line, column, context={"includeDeclaration": False})

    def hover(self, path: str, line: int, column: int) -> str:
        """Return type and documentation of the item at that position as Markdown, "" if there is none."""
        said = self._ask("textDocument/hover", self._at(path, line, column))
        contents = said.get("contents") if isinstance(said, dict) else None
        parts = contents if isinstance(contents, list) else [contents]
        return "\n\n".join(
            str(part.get("value", "")) if isinstance(part, dict) else str(part) for part in parts if part
        )

    def symbols(self, path: str) -> list[Symbol]:
        """Return the items of a file, each before the items it contains."""
        file = self._open(path)
        found: list[Symbol] = []

        def add(raw: dict[str, Any], within: str) -> None:
            uri = (raw.get("location") or {}).get("uri") or file.as_uri()
            span = raw.get("selectionRange") or (raw.get("location") or {}).get("range")
            kind = KINDS.get(raw.get("kind") or 0, "item")
            name = str(raw.get("name"))
            inside = str(raw.get("containerName") or within)
            found.append(Symbol(name, kind, self._place(uri, span), inside, str(raw.get("detail") or "")))
            for child in raw.get("children") or []:
                add(child, f"{within}::{name}" if within else name)

        for raw in self._ask("textDocument/documentSymbol", {"textDocument": {"uri": file.as_uri()}}) or []:
            add(raw, "")
        return found

    def find(self, name: str) -> list[Symbol]:
        """Return items of the workspace whose name matches `name` or a part of it."""
        return [
            Symbol(
                str(raw.get("name")), KINDS.get(raw.get("kind") or 0, "item"),
                self._place(raw["location"]["uri"], raw["location"].get("range")), str(raw.get("containerName") or ""),
            )
            for raw in self._ask("workspace/symbol", {"query": name}) or []
        ]  # fmt: skip

    def close(self) -> None:
        """Shut the server down, and kill it if it does not exit. It cannot be started again."""
        if "_peer" in self.__dict__:
            with contextlib.suppress(RustaError):  # the process is killed in any case
                self._peer.request("shutdown", None, 2)
                self._peer.notify("exit", None)
            self._peer.end(1)

    @cached_property
    def _folder(self) -> Path:
        return crate_folder(self.workspace)

    @cached_property
    def _settings(self) -> dict[str, Any]:
        # A target folder of its own, so that the server and cargo do not wait for each other's lock.
        return QUIET | (NO_CODE if self.sandbox.name == "none" else {"cargo": {"targetDir": os.fspath(self.target)}})

    @cached_property
    def _peer(self) -> Peer:
        program = find_program(self.command[0])
        if not program:
            raise NoAnalyzer(f"{self.command[0]} is not here, so I look things up by reading. Install it: {GET}")
        env = {"PATH": Installed(self._folder).path(), "CARGO_NET_OFFLINE": "true", "RUSTUP_AUTO_INSTALL": "0"}
        if self.sandbox.name == "none":
            own = Installed(Path(self._folder.anchor))
            env |= {"PATH": own.path(), "CARGO": os.fspath(own.bin / "cargo"), "RUSTC": os.fspath(own.bin / "rustc")}
            env |= {"RUSTC_WRAPPER": "", "RUSTC_WORKSPACE_WRAPPER": ""}
        beside_it = path_dependencies(root_of(self._folder))
        command = SandboxCommand((program, *self.command[1:]), self._folder, (self.target,), env, b"", beside_it)
        return Peer(self.sandbox.start(command, LIMITS), "rust-analyzer", self._answer, self._told)

    def _greet(self) -> None:
        capabilities = {
            "general": {"positionEncodings": [Encoding.utf8.value, Encoding.utf16.value]},
            "textDocument": {
                "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
                "hover": {"contentFormat": ["markdown"]},
            },
            "workspace": {"configuration": True},
            "experimental": {"serverStatusNotification": True},
        }
        params = {
            "processId": os.getpid(), "rootUri": self._folder.as_uri(), "capabilities": capabilities,
            "workspaceFolders": [{"uri": self._folder.as_uri(), "name": self._folder.name}],
            "initializationOptions": self._settings,
        }  # fmt: skip
        try:
            said = self._peer.request("initialize", params, self.patience)
            chosen = (said or {}).get("capabilities", {}).get("positionEncoding", Encoding.utf16.value)
            self._encoding = Encoding(chosen)
            self._peer.notify("initialized", {})
            if not self._peer.until(lambda: self._quiescent, self.patience):
                raise Slow(f"rust-analyzer has not read {self._folder} in {self.patience:g} s.")
        except Lost as lost:
            self.close()
            # rustup leaves a proxy on PATH for a component that is not installed; the proxy says so on stderr.
            if "Unknown binary" in str(lost) or "not installed" in str(lost) or "not available" in str(lost):
                raise NoAnalyzer(
                    f"rust-analyzer is not here, only rustup's proxy for it, so I look things up by reading. Install it: {GET}"
                ) from None
            raise
        except (RustaError, ValueError):
            self.close()
            raise

    def _answer(self, method: str, params: Any) -> Any:
        if method == "workspace/configuration":
            return [self._settings for _ in (params or {}).get("items", [])]
        return None

    def _told(self, method: str, params: Any) -> None:
        if method == "experimental/serverStatus" and isinstance(params, dict):
            self._quiescent = bool(params.get("quiescent"))

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        try:
            return self._peer.request(method, params, self.seconds)
        except RequestRefused as refused:
            if refused.code not in RETRY:
                raise
            return self._peer.request(method, params, self.seconds)

    def _places(self, method: str, path: str, line: int, column: int, **more: Any) -> list[SourceLocation]:
        said = self._ask(method, {**self._at(path, line, column), **more})
        each = said if isinstance(said, list) else [said] if said else []
        return [
            self._place(one.get("uri") or one.get("targetUri"), one.get("range") or one.get("targetSelectionRange"))
            for one in each
        ]

    def _at(self, path: str, line: int, column: int) -> dict[str, Any]:
        file = self._open(path)
        text = split_lines(self._versions[file][1])
        if not 1 <= line <= len(text):
            raise RustaError(f"{path} has {len(text)} lines, and I was asked about line {line}.")
        character = to_server(text[line - 1], column, self._encoding)
        return {"textDocument": {"uri": file.as_uri()}, "position": {"line": line - 1, "character": character}}

    def _open(self, path: str) -> Path:
        """Send the server the current text of this file and of all files opened before."""
        file = self._folder / path
        try:
            text = read_file(file).decode("utf-8", "replace")
        except OSError as error:
            raise RustaError(f"{path} cannot be read in {self._folder}: {error.strerror}.") from None
        for one in {*self._versions, file}:
            self._tell(one, text if one == file else _text(one))
        return file

    def _tell(self, file: Path, text: str | None) -> None:
        """Send didOpen, didChange, or didClose if `text` is None (the file is gone); nothing if it has not changed."""
        version, known = self._versions.get(file, (0, ""))
        where: dict[str, Any] = {"uri": file.as_uri()}
        if text is None:
            self._peer.notify("textDocument/didClose", {"textDocument": where})
            del self._versions[file]
            return
        where["version"] = version + 1
        if version == 0:
            self._peer.notify("textDocument/didOpen", {"textDocument": {**where, "languageId": "rust", "text": text}})
        elif text != known:
            self._peer.notify("textDocument/didChange", {"textDocument": where, "contentChanges": [{"text": text}]})
        else:
            return
        self._versions[file] = (version + 1, text)

    def _place(self, uri: str, span: dict[str, Any] | None) -> SourceLocation:
        file = Path(unquote(urlsplit(uri).path))
        start = (span or {}).get("start", {"line": 0, "character": 0})
        told = file.relative_to(self._folder).as_posix() if file.is_relative_to(self._folder) else str(file)
        try:
            text = split_lines(read_file(file).decode("utf-8", "replace"))
        except OSError:
            text = []
        line = text[start["line"]] if start["line"] < len(text) else ""
        return SourceLocation(told, start["line"] + 1, from_server(line, start["character"], self._encoding), line)


def _text(file: Path) -> str | None:
    try:
        return read_file(file).decode("utf-8", "replace")
    except OSError:
        return None
