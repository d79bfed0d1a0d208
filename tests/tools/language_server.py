"""A language server that knows Rust by regular expressions and the protocol by the book: framing, lifecycle, UTF-16.

    language_server.py [--encoding utf-8] [--fault NAME]

It insists on what a real one insists on: `initialize` first, `initialized` before anything else, documents opened before
they are asked about, versions that grow, frames of exact length. What it is told it keeps; disk it reads for others.
Faults: dies, mute, garbage, short, huge, no-json, never-ready, busy, chatty, stubborn, proxy, refuses.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

ITEM = re.compile(r"\b(fn|struct|enum|trait|const|mod)\s+(\w+)")
KINDS = {"fn": 12, "struct": 23, "enum": 10, "trait": 11, "const": 14, "mod": 2}


class Server:
    def __init__(self, encoding: str, fault: str) -> None:
        self.encoding, self.fault = encoding, fault
        self.documents: dict[str, tuple[int, str]] = {}
        self.root = Path()
        self.asked = 0
        self.state = "new"

    def send(self, message: dict) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode()
        sys.stdout.buffer.write(
            b"Content-Length: %d\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n" % len(body)
        )
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()

    def receive(self) -> dict | None:
        length = None
        while line := sys.stdin.buffer.readline():
            if line == b"\r\n":
                return json.loads(sys.stdin.buffer.read(length))
            name, value = line.decode().split(": ")
            assert line.endswith(b"\r\n")
            if name == "Content-Length":
                length = int(value)
        return None

    def serve(self) -> int:
        if self.fault == "proxy":
            print("error: Unknown binary 'rust-analyzer' in official toolchain 'stable'.", file=sys.stderr)
            return 1
        while (message := self.receive()) is not None:
            method, number = message.get("method"), message.get("id")
            if method is None:
                self.answered(message)
            elif number is None:
                if method == "exit":
                    return 0 if self.state == "shut down" else 1
                self.told(method, message.get("params"))
            else:
                self.request(method, number, message.get("params"))
        return 1

    def told(self, method: str, params: dict) -> None:
        if method == "initialized":
            self.state = "ready"
            self.send(
                {
                    "id": "config",
                    "method": "workspace/configuration",
                    "params": {"items": [{"section": "rust-analyzer"}]},
                }
            )
            self.send({"method": "experimental/serverStatus", "params": {"health": "ok", "quiescent": False}})
            return
        assert self.state == "ready" or method == "$/cancelRequest", f"{method} while {self.state}"
        if method == "textDocument/didOpen":
            document = params["textDocument"]
            assert document["uri"] not in self.documents, "opened twice"
            self.documents[document["uri"]] = (document["version"], document["text"])
        elif method == "textDocument/didChange":
            uri, version = params["textDocument"]["uri"], params["textDocument"]["version"]
            assert version > self.documents[uri][0], "versions grow"
            self.documents[uri] = (version, params["contentChanges"][0]["text"])

    def answered(self, message: dict) -> None:
        if message["id"] == "config":
            (self.settings,) = message["result"]
            if self.fault != "never-ready":
                self.send({"method": "experimental/serverStatus", "params": {"health": "ok", "quiescent": True}})

    def request(self, method: str, number: int, params: dict) -> None:
        if method == "initialize":
            assert self.state == "new"
            self.state = "initializing"
            self.root = self.path(params["rootUri"])
            offered = params["capabilities"]["general"]["positionEncodings"]
            chosen = (
                {"positionEncoding": self.encoding} if self.encoding in offered and self.encoding != "utf-16" else {}
            )
            return self.send({"id": number, "result": {"capabilities": {**chosen, "definitionProvider": True}}})
        if method == "shutdown":
            if self.fault == "stubborn":
                time.sleep(60)
            self.state = "shut down"
            return self.send({"id": number, "result": None})
        if self.state != "ready":
            return self.send({"id": number, "error": {"code": -32002, "message": "not initialized"}})
        if self.misbehave(number):
            return None
        return self.send({"id": number, "result": self.result(method, params)})

    def misbehave(self, number: int) -> bool:
        self.asked += 1
        out = sys.stdout.buffer
        match self.fault:
            case "dies":
                print("thread 'main' panicked at crates/ide/src/lib.rs:1:1: no such file", file=sys.stderr, flush=True)
                sys.exit(101)
            case "mute":
                return True
            case "garbage":
                out.write(b"Segmentation fault, probably\n")
            case "short":
                out.write(b"Content-Length: 5000\r\n\r\n{}")
                out.flush()
                sys.exit(0)
            case "huge":
                out.write(b"Content-Length: 99999999999\r\n\r\n")
            case "no-json":
                out.write(b"Content-Length: 7\r\n\r\nnonsens")
            case "busy" if self.asked == 1:
                self.send({"id": number, "error": {"code": -32801, "message": "content modified"}})
            case "refuses":
                self.send({"id": number, "error": {"code": -32603, "message": "internal error"}})
            case "chatty":
                self.send({"method": "window/logMessage", "params": {"type": 3, "message": "hello"}})
                self.send({"id": 99999, "result": "of nobody's question"})
                self.send({"id": "progress", "method": "window/workDoneProgress/create", "params": {"token": 1}})
                return False
            case _:
                return False
        out.flush()
        return True

    def result(self, method: str, params: dict) -> object:
        if method == "workspace/symbol":
            files = sorted(self.root.rglob("*.rs"))
            return [
                self.symbol(path, found, flat=True)
                for path in files
                for found in self.items(path)
                if params["query"] in found[2]
            ]
        uri = params["textDocument"]["uri"]
        assert uri in self.documents, "asked about a document that is not open"
        path = self.path(uri)
        if method == "textDocument/documentSymbol":
            found = [self.symbol(path, item) for item in self.items(path)]
            return [{**found[0], "children": found[1:]}] if found else None
        word = self.word(path, params["position"])
        places = (
            [(at, match) for at in sorted(self.root.rglob("*.rs")) for match in self.uses(at, word)] if word else []
        )
        defined = [place for place in places if place[1][3]]
        if method == "textDocument/definition":
            return [self.location(*place) for place in defined]
        if method == "textDocument/references":
            return [
                self.location(*place) for place in places if not place[1][3] or params["context"]["includeDeclaration"]
            ]
        if method == "textDocument/hover":
            return {"contents": {"kind": "markdown", "value": f"```rust\n{word}\n```"}} if word else None
        raise AssertionError(method)

    def text(self, path: Path) -> str:
        return self.documents.get(self.uri(path), (0, ""))[1] or path.read_bytes().decode()

    def items(self, path: Path) -> list[tuple]:
        lines = self.text(path).split("\n")
        return [
            (n, found.start(2), found[2], found[1], line)
            for n, line in enumerate(lines)
            for found in ITEM.finditer(line)
        ]

    def uses(self, path: Path, word: str) -> list[tuple]:
        lines = self.text(path).split("\n")
        places = [
            (n, found.start(), line) for n, line in enumerate(lines) for found in re.finditer(rf"\b{word}\b", line)
        ]
        named = {(n, at) for n, at, name, *_ in self.items(path) if name == word}
        return [(n, at, line, (n, at) in named) for n, at, line in places]

    def word(self, path: Path, position: dict) -> str | None:
        line = self.text(path).split("\n")[position["line"]]
        at = len(line.encode(f"{self.codec}")[: position["character"] * self.width].decode(self.codec))
        return next((found[0] for found in re.finditer(r"\w+", line) if found.start() <= at < found.end()), None)

    def symbol(self, path: Path, item: tuple, flat: bool = False) -> dict:
        n, at, name, kind, line = item
        span = self.span(n, at, at + len(name), line)
        where = (
            {"location": {"uri": self.uri(path), "range": span}} if flat else {"range": span, "selectionRange": span}
        )
        return {"name": name, "kind": KINDS[kind], **where}

    def location(self, path: Path, place: tuple) -> dict:
        n, at, line, _ = place
        return {"uri": self.uri(path), "range": self.span(n, at, at + 1, line)}

    def span(self, n: int, start: int, end: int, line: str) -> dict:
        def units(at: int) -> int:
            return len(line[:at].encode(self.codec)) // self.width

        return {"start": {"line": n, "character": units(start)}, "end": {"line": n, "character": units(end)}}

    @property
    def codec(self) -> str:
        return "utf-8" if self.encoding == "utf-8" else "utf-16-le"

    @property
    def width(self) -> int:
        return 1 if self.encoding == "utf-8" else 2

    def path(self, uri: str) -> Path:
        return Path(unquote(urlsplit(uri).path))

    def uri(self, path: Path) -> str:
        return f"file://{quote(str(path))}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--encoding", default="utf-16")
    parser.add_argument("--fault", default="")
    said = parser.parse_args()
    sys.exit(Server(said.encoding, said.fault).serve())
