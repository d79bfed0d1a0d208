"""The model hub as a transport: resumed, verified, and by plain HTTP."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.mind.model import Folder


def files(home: Home) -> set[str]:
    folder = home.models / "m"
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")} if folder.is_dir() else set()


def test_the_hubs_bytes_arrive_whole_and_are_not_fetched_again(hub, home: Home, rusta, command) -> None:
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


def test_a_killed_download_goes_on_where_it_was(hub, home: Home, tmp_path: Path, rusta, command) -> None:
    hub.files["m.gguf"] = body = os.urandom(1 << 20)
    hub.stop_after = 1 << 19
    words, env = command(body, hub=hub)
    begun = subprocess.Popen([sys.executable, "-m", "rusta", *words], cwd=tmp_path, env={**os.environ, **env})
    try:
        assert hub.silent.wait(120)
        while not (arrived := sum(path.stat().st_size for path in home.models.rglob(".*") if path.is_file())):
            assert begun.poll() is None
    finally:
        begun.kill()
        assert begun.wait() == -signal.SIGKILL
    assert not files(home)
    hub.stop_after = None
    done = rusta(*words, **env)
    assert done.returncode == 0, done.stderr
    first, second = hub.ranges("m.gguf")
    assert first is None and second is not None
    assert arrived <= int(second.removeprefix("bytes=").removesuffix("-")) <= 1 << 19
    assert (home.models / "m" / "m.gguf").read_bytes() == body


def test_a_wrong_byte_is_refused_and_kept_aside(hub, home: Home, rusta, command) -> None:
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


def test_a_file_that_is_there_already_is_verified_and_not_fetched(hub, home: Home, rusta, command) -> None:
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
def test_what_no_transport_can_bring_is_refused_with_another_way(missing: str, hub, home: Home, rusta, command) -> None:
    words, env = command(b"1234", hub=hub if missing == "file" else None)
    done = rusta(*words, **env)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "model.path=FILE.gguf" in done.stderr
    assert not files(home)


def test_a_repository_of_safetensors_is_fetched_whole_and_known_by_its_hashes(hub, home: Home, rusta, command) -> None:
    hub.files = {
        "config.json": b"{}",
        "model.safetensors": os.urandom(5000),
        "tokenizer.json": b"{ }",
        "big.bin": b"no",
    }
    words = ["mode=fetch", "body=rtx3090", "network=online", "model.name=m", "model.repo=who/m", "model.size=5000"]
    _, env = command(b"", hub=hub)
    for _ in range(2):
        done = rusta(*words, **env)
        assert done.returncode == 0, done.stderr
    assert {name for name in files(home) if not name.endswith(".verified.json")} == {
        "config.json", "model.safetensors", "tokenizer.json", "fetched.json"}  # fmt: skip
    said = json.loads((home.models / "m" / "fetched.json").read_text())
    assert said == {name: hashlib.sha256(hub.files[name]).hexdigest() for name in said} and len(said) == 3
    assert len(hub.ranges("model.safetensors")) == 1
    assert Folder("m", "who/m", "main", 5000).folder(home) == home.models / "m"
