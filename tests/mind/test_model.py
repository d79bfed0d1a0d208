"""Which weights these are, and whether they are what their publisher says."""

import dataclasses
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.core.home import Home
from rusta.core.network import Network
from rusta.mind.model import Folder, Gguf, Nobody, NoWeights, Random, WrongBytes, seal, sha256, verified
from rusta.mind.sources import fetch

BYTES = b"GGUF and then some"
DIGEST = hashlib.sha256(BYTES).hexdigest()
PUBLISHED = Gguf("m", "who/m", "main", "m.gguf", len(BYTES), DIGEST)


def arrive(home: Home, content: bytes = BYTES) -> Path:
    stored = home.models / "m" / "m.gguf"
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes(content)
    return stored


def own_folder(at: Path, weights: bytes = b"weights") -> Path:
    at.mkdir(parents=True)
    (at / "config.json").write_text("{}")
    (at / "model.safetensors").write_bytes(weights)
    return at


@given(content=st.binary(max_size=1000))
def test_the_hash_is_that_of_hashlib_and_every_byte_is_told(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("hash") / "file"
    path.write_bytes(content)
    told: list[int] = []
    assert sha256(path, told.append) == hashlib.sha256(content).hexdigest()
    assert sum(told) == len(content)


def test_weights_are_present_only_after_they_were_verified(home: Home) -> None:
    assert not PUBLISHED.present(home)
    stored = arrive(home)
    assert not PUBLISHED.present(home)
    seal(stored, DIGEST)
    assert PUBLISHED.present(home) and PUBLISHED.gguf(home) == stored


def test_a_seal_holds_for_one_hash_and_until_the_file_changes(home: Home) -> None:
    stored = arrive(home)
    seal(stored, DIGEST)
    assert verified(stored, DIGEST)
    assert not verified(stored, DIGEST[::-1])
    stat = stored.stat()
    os.utime(stored, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert not verified(stored, DIGEST)
    seal(stored, DIGEST)
    with stored.open("ab") as file:
        file.write(b"!")
    assert not verified(stored, DIGEST)


@pytest.mark.parametrize("broken", ["", "{", "null", "[]"])
def test_a_broken_seal_is_no_seal(broken: str, home: Home) -> None:
    stored = arrive(home)
    seal(stored, DIGEST)
    stored.with_name("m.gguf.verified.json").write_text(broken)
    assert not verified(stored, DIGEST)


@pytest.mark.parametrize("model", [PUBLISHED, Folder("m", "who/m", "main", 10)], ids=["gguf", "folder"])
def test_absent_weights_are_refused_with_the_command_that_brings_them(model: Gguf | Folder, home: Home) -> None:
    with pytest.raises(NoWeights, match=r"rusta fetch.*model\.path=PATH"):
        model.folder(home)


@pytest.mark.parametrize("kind", [Gguf, Folder])
def test_an_owners_gguf_is_used_where_it_lies_and_known_by_its_bytes(kind: type, home: Home, tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(BYTES)
    common = {"name": "m", "repo": "who/m", "revision": "main", "size": 1, "path": str(own)}
    model = Gguf(**common, file="m.gguf", sha256="0" * 64) if kind is Gguf else Folder(**common)
    assert model.present(home) and model.gguf(home) == own
    assert model.fingerprint(home) == DIGEST
    moved = own.rename(tmp_path / "moved.gguf")
    assert dataclasses.replace(model, path=str(moved)).fingerprint(home) == DIGEST
    moved.write_bytes(b"others")
    assert dataclasses.replace(model, path=str(moved)).fingerprint(home) != DIGEST
    assert not list(home.models.rglob("*.gguf"))


@pytest.mark.parametrize("kind", [Gguf, Folder])
def test_an_owners_folder_is_used_where_it_lies_and_known_by_its_bytes(kind: type, home: Home, tmp_path: Path) -> None:
    own, other = own_folder(tmp_path / "own"), own_folder(tmp_path / "other", b"wEights")
    common = {"name": "m", "repo": "who/m", "revision": "main", "size": 1, "path": str(own)}
    model = Gguf(**common, file="m.gguf", sha256="0" * 64) if kind is Gguf else Folder(**common)
    assert model.present(home) and model.folder(home) == own
    assert model.fingerprint(home) == dataclasses.replace(model, path=str(own_folder(tmp_path / "twin"))).fingerprint(
        home
    )
    assert model.fingerprint(home) != dataclasses.replace(model, path=str(other)).fingerprint(home)
    with pytest.raises(NoWeights, match=r"not a \.gguf file"):
        model.gguf(home)
    assert not list(home.models.rglob("*.safetensors"))


@pytest.mark.parametrize("kind", [Gguf, Folder])
def test_a_tilde_in_the_path_is_the_owners_home(
    kind: type, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No shell expands it in the middle of `model.path=~/own.gguf`.
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "own.gguf").write_bytes(BYTES)
    own_folder(tmp_path / "own")
    for path, ask in (("~/own.gguf", "gguf"), ("~/own", "folder")):
        common = {"name": "m", "repo": "who/m", "revision": "main", "size": 1, "path": path}
        model = Gguf(**common, file="m.gguf", sha256="0" * 64) if kind is Gguf else Folder(**common)
        assert model.present(home)
        assert getattr(model, ask)(home) == Path(path).expanduser()
        assert len(model.fingerprint(home)) == 64


def test_a_path_that_holds_no_model_is_refused_by_name(home: Home, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "nothing.gguf", tmp_path / "empty"):
        model = dataclasses.replace(PUBLISHED, path=str(path))
        for ask in (model.gguf, model.fingerprint, model.folder):
            with pytest.raises(NoWeights, match=str(path)):
                ask(home)


def test_random_weights_are_determined_by_their_description(home: Home, tmp_path: Path) -> None:
    elsewhere = Home(str(tmp_path / "elsewhere"), home.run)
    one, same, other = Random().folder(home), Random().folder(elsewhere), Random(seed=1).folder(home)
    assert one != other and Random().fingerprint(home) != Random(seed=1).fingerprint(home)
    files = {path.name for path in one.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= files
    for name in files:
        assert (one / name).read_bytes() == (same / name).read_bytes(), name
    assert (one / "model.safetensors").read_bytes() != (other / "model.safetensors").read_bytes()


@pytest.mark.parametrize("model", [Nobody(), Random()])
def test_what_has_no_gguf_says_what_to_do_instead(model: Nobody | Random, home: Home) -> None:
    with pytest.raises(NoWeights, match=r"(model|body|engine)="):
        model.gguf(home)


def test_a_file_that_came_by_other_hands_is_verified_once_and_used(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = arrive(home)
    assert not verified(stored, DIGEST)
    assert PUBLISHED.gguf(home) == stored
    assert verified(stored, DIGEST) and "Verifying m.gguf" in capsys.readouterr().err
    assert PUBLISHED.gguf(home) == stored
    assert not capsys.readouterr().err
    stored.write_bytes(b"other bytes")
    with pytest.raises(WrongBytes, match=rf"its publisher says {DIGEST}.*rusta fetch"):
        PUBLISHED.gguf(home)
    assert stored.read_bytes() == b"other bytes"


def test_a_file_that_is_there_is_verified_by_fetch_also_offline(home: Home) -> None:
    stored = arrive(home)
    assert fetch(PUBLISHED, home, Network(False)) == stored
    assert verified(stored, DIGEST)


@pytest.mark.parametrize("kind", [Gguf, Folder])
def test_a_path_that_leads_nowhere_is_said_to_be_nowhere(kind: type, home: Home, tmp_path: Path) -> None:
    common = {"name": "m", "repo": "who/m", "revision": "main", "size": 1, "path": str(tmp_path / "no.gguf")}
    model = Gguf(**common, file="m.gguf", sha256="0" * 64) if kind is Gguf else Folder(**common)
    for look in (model.gguf, model.folder, model.measure):
        with pytest.raises(NoWeights, match=r"there is nothing at .*no\.gguf"):
            look(home)
