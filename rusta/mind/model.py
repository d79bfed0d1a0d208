"""Descriptions of model weights, identified by publisher, revision and sha256, wherever the bytes come from.

This module holds dataclasses only: `sources.py` downloads, `gguf.py` converts a GGUF. It needs no torch, because models
are described in light modes, too.
"""

import hashlib
import json
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from rusta.core.derived_files import recalled
from rusta.core.errors import RustaError
from rusta.core.home import Home, in_bytes, keep_derived
from rusta.core.output import aside
from rusta.mind.made_folder import made_folder
from rusta.mind.shape import NoShape, Shape, agree, read

LETTERS = 256 + 3  # the byte values, and the ChatML markers


class NoWeights(RustaError):
    """The weights are not on this machine."""


class WrongBytes(RustaError):
    """A file does not have the sha256 that its publisher states."""


class Model(Protocol):
    """The interface of every kind of model."""

    name: str
    context: int
    lr_scale: float

    def present(self, home: Home) -> bool:
        """Whether the weights are on this machine and were verified."""
        ...

    def gguf(self, home: Home) -> Path:
        """Return the GGUF file, for llama.cpp. Raises `NoWeights`."""
        ...

    def folder(self, home: Home) -> Path:
        """Return the safetensors folder with its tokenizer, for transformers. Raises `NoWeights`."""
        ...

    def fingerprint(self, home: Home) -> str:
        """Return a hash of the weights, by which an adapter names the base it was trained on."""
        ...

    def measure(self, home: Home) -> Shape:
        """Return the size of the model, also if its weights are not here. Raises `NoShape`, `WrongShape`."""
        ...


@dataclass(frozen=True)
class Gguf:
    """A single GGUF file of a publisher, or one that the user already has (`path`), used where it is."""

    name: str  # what it is called
    repo: str  # the publisher and the repository at the model hub
    revision: str  # commit of that repository
    file: str  # name of the file there
    size: int  # bytes
    sha256: str  # of the file; nothing else is loaded
    context: int = 32_768  # tokens that it was trained for
    lr_scale: float = 1.0  # what the learning rate of a phase is multiplied by
    path: str | None = None  # a GGUF file of your own, instead
    wheels: list[str] = field(default_factory=list)  # pinned requirements whose wheels contain the file in pieces
    shape: Shape | None = None  # the size of the model, known before the file is here

    def __post_init__(self) -> None:
        if self.path:  # a shell does not expand the tilde in the middle of `model.path=~/FILE`
            object.__setattr__(self, "path", str(Path(self.path).expanduser()))

    def present(self, home: Home) -> bool:
        """Whether the file is here; a downloaded one must have been verified since it last changed."""
        return Path(self.path).exists() if self.path else verified(self._stored(home), self.sha256)

    def gguf(self, home: Home) -> Path:
        """Return the GGUF file, for llama.cpp."""
        if self.path:
            return _owned(self.path, ".gguf")
        stored = self._stored(home)
        if not self.present(home):
            if not stored.is_file():
                raise _absent(self.name, stored)
            _verify(stored, self.sha256)
        return stored

    def folder(self, home: Home) -> Path:
        """Return the GGUF converted to safetensors, once (about 20 s for 0.5B), and kept under `models/`.

        A folder given as `path` is returned unchanged.
        """
        from rusta.mind.gguf import open_up

        if self.path and Path(self.path).is_dir():
            return _owned(self.path, "config.json")
        source = self.gguf(home)
        return open_up(source, self._opened(home))

    def fingerprint(self, home: Home) -> str:
        """Return the file's sha256: stated for a publisher's file, computed once for the user's own."""
        return path_hash(Path(self.path), home) if self.path else self.sha256

    def measure(self, home: Home) -> Shape:
        """Return the described shape, or that of the weights if they are the user's own or converted already."""
        try:
            return _measured(self.path, self._opened(home) if not self.path else None, self.shape, self.name)
        except NoShape:
            if self.path or self.shape is None:
                raise
            return self.shape  # the converted folder is damaged, and is converted again when it is needed

    def _stored(self, home: Home) -> Path:
        return home.models / self.name / self.file

    def _opened(self, home: Home) -> Path:
        return home.models / f"{self.name}-{self.fingerprint(home)[:12]}-bf16"


@dataclass(frozen=True)
class Folder:
    """A repository of safetensors at one revision, or a folder that the user already has (`path`)."""

    name: str  # what it is called
    repo: str  # the publisher and the repository at the model hub
    revision: str  # commit or branch of that repository
    size: int  # approximate bytes, for the disk check before downloading
    context: int = 32_768  # tokens that it was trained for
    lr_scale: float = 1.0  # what the learning rate of a phase is multiplied by
    path: str | None = None  # a safetensors folder of your own, instead
    shape: Shape | None = None  # the size of the model, known before the weights are here

    def __post_init__(self) -> None:
        if self.path:  # a shell does not expand the tilde in the middle of `model.path=~/FILE`
            object.__setattr__(self, "path", str(Path(self.path).expanduser()))

    def present(self, home: Home) -> bool:
        """Whether the folder is here and was downloaded completely."""
        if self.path:
            return Path(self.path).exists()
        return (home.models / self.name / "fetched.json").is_file()

    def gguf(self, home: Home) -> Path:
        """Return the user's own GGUF given as `model.path`; the repository has none."""
        if self.path:
            return _owned(self.path, ".gguf")
        raise NoWeights(
            f"{self.name} is kept as safetensors, and llama.cpp reads GGUF. Name a GGUF of it (model.path=FILE.gguf), "
            "or think with engine=transformers."
        )

    def folder(self, home: Home) -> Path:
        """Return the folder; a GGUF given as `path` is converted first."""
        from rusta.mind.gguf import open_up

        if self.path and Path(self.path).is_file():
            return open_up(_owned(self.path, ".gguf"), home.models / f"{self.name}-{self.fingerprint(home)[:12]}-bf16")
        if self.path:
            return _owned(self.path, "config.json")
        if not self.present(home):
            raise _absent(self.name, home.models / self.name)
        return home.models / self.name

    def fingerprint(self, home: Home) -> str:
        """Return a hash of the hashes recorded at download, or of the files of the user's own folder."""
        if self.path:
            return path_hash(Path(self.path), home)
        record = home.models / self.name / "fetched.json"
        if not record.is_file():
            raise _absent(self.name, home.models / self.name)
        return hashlib.sha256(record.read_bytes()).hexdigest()

    def measure(self, home: Home) -> Shape:
        """Return the shape that the weights state if they are here, else the described one."""
        return _measured(self.path, home.models / self.name, self.shape, self.name)


SHAPE = ("seed", "context", "hidden", "blocks", "heads", "kv_heads", "intermediate")  # what determines the weights


@dataclass(frozen=True)
class Random:
    """Random weights of the real architecture with a byte-level vocabulary: for tests, trained in seconds."""

    name: str = "tiny"  # what it is called
    context: int = 8192  # tokens
    lr_scale: float = 1.0  # what the learning rate of a phase is multiplied by
    seed: int = 0  # that the weights are drawn from
    hidden: int = 64  # width of the residual stream
    blocks: int = 4  # transformer blocks
    heads: int = 4  # attention heads
    kv_heads: int = 2  # heads of keys and values
    intermediate: int = 128  # width of the feed-forward layer

    def present(self, home: Home) -> bool:
        """Return True: the weights are generated when needed."""
        return True

    def gguf(self, home: Home) -> Path:
        """Raise `NoWeights`: there is no GGUF."""
        raise NoWeights("The tiny model has no GGUF. Think with engine=transformers, or take body=laptop.")

    def folder(self, home: Home) -> Path:
        """Create the folder, unless an equal one exists."""
        from rusta.mind.random_weights import write_random_weights

        return made_folder(
            home.models / f"{self.name}-{self.fingerprint(home)[:12]}",
            lambda making: write_random_weights(making, **{name: getattr(self, name) for name in SHAPE}),
        )

    def fingerprint(self, home: Home) -> str:
        """Return a hash of the description, which determines every weight."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def measure(self, home: Home) -> Shape:
        """Return the described shape, with one token per byte."""
        return Shape(self.hidden, self.blocks, self.heads, self.kv_heads, self.intermediate, LETTERS)


@dataclass(frozen=True)
class Nobody:
    """No weights: for the fake engine, and for an endpoint whose server holds the weights."""

    name: str = "fake"  # what it is called
    context: int = 8192  # tokens
    lr_scale: float = 1.0  # unused

    def present(self, home: Home) -> bool:
        """Return True: nothing can be missing."""
        return True

    def gguf(self, home: Home) -> Path:
        """Raise `NoWeights`: there is no GGUF, and no folder."""
        raise NoWeights(f"model={self.name} has no weights. Choose a model that has: model=qwen2_5_coder_0_5b")

    folder = gguf

    def fingerprint(self, home: Home) -> str:
        """Return the name: nothing can be trained on this model."""
        return self.name

    def measure(self, home: Home) -> Shape:
        """Raise `NoShape`: there are no weights."""
        raise NoShape(f"model={self.name} has no weights to train. Choose a model that has: model=qwen2_5_coder_0_5b")


def sha256(path: Path, progress: Callable[[int], None] | None = None) -> str:
    """Return the file's sha256. `progress` is called with the number of bytes of each piece read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 22):
            digest.update(piece)
            if progress:
                progress(len(piece))
    return digest.hexdigest()


def verified(path: Path, expected: str) -> bool:
    """Whether `path` was verified to have this hash, and has not changed since (by size and modification time)."""
    try:
        return recalled(_seal(path), json.loads) == {"sha256": expected, **_identity(path)}
    except OSError:
        return False


def seal(path: Path, digest: str) -> None:
    """Record that `path`, as it is now, has this hash."""
    keep_derived(_seal(path), json.dumps({"sha256": digest, **_identity(path)}))


def _seal(path: Path) -> Path:
    return path.with_name(f"{path.name}.verified.json")


def _identity(path: Path) -> dict[str, int]:
    stat = path.stat()
    return {"size": stat.st_size, "changed_ns": stat.st_mtime_ns}


def path_hash(path: Path, home: Home) -> str:
    """Return the sha256 of a file, or of a folder's weights and JSON files.

    It is cached under `models/` as long as none of the files changes.
    """
    path = path.resolve()
    parts = sorted(path.glob("*.safetensors")) + sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not parts or not all(part.is_file() for part in parts):
        raise NoWeights(f"There is no model at {path}. Give a GGUF file or a safetensors folder: model.path=PATH")
    key = json.dumps([[str(part), *_identity(part).values()] for part in parts])
    record = home.models / "owned" / f"{hashlib.sha256(key.encode()).hexdigest()}.sha256"
    found = recalled(record, _hexadecimal)
    if found is None:
        found = hashlib.sha256("".join(map(sha256, parts)).encode()).hexdigest() if len(parts) > 1 else sha256(path)
        keep_derived(record, found)
    return found


def _hexadecimal(raw: bytes) -> str:
    if len(bytes.fromhex(raw.decode())) != hashlib.sha256().digest_size:
        raise ValueError("no sha256")
    return raw.decode()


def _measured(path: str | None, folder: Path | None, described: Shape | None, name: str) -> Shape:
    """Return the shape that the weights state if they are here, else the description.

    Raises `WrongShape` where the two differ, and `NoShape` where there is neither.
    """
    from rusta.mind.gguf import gguf_shape

    if path:
        return gguf_shape(_owned(path, ".gguf")) if Path(path).is_file() else read(_owned(path, "config.json"))
    if folder and (folder / "config.json").is_file():
        found = read(folder)
        if described:
            agree(described, found, folder)
        return found
    if described is None:
        raise NoShape(f"{name} is not here, and nothing says how large it is. Describe it (model.shape), or fetch it: "
                      f"{fetch_command()}")  # fmt: skip
    return described


def _owned(path: str, wanted: str) -> Path:
    found = Path(path).expanduser()
    whole = (found / wanted).is_file() if wanted == "config.json" else found.is_file() and found.suffix == wanted
    if not found.exists():
        raise NoWeights(
            f"model.path={path}: there is nothing at {Path.cwd() / found}. Give a GGUF file or a safetensors folder."
        )
    if not whole:
        kind = "a folder with config.json, safetensors and tokenizer" if wanted == "config.json" else "a .gguf file"
        raise NoWeights(f"model.path={path} is not {kind}. It can be a GGUF (any engine) or a safetensors folder "
                        "(engine=transformers).")  # fmt: skip
    return found


def _absent(name: str, where: Path) -> NoWeights:
    return NoWeights(
        f"The weights of {name} are not at {where}. Fetch them once: {fetch_command()}. "
        "Or use a GGUF or safetensors folder of your own: model.path=PATH"
    )


def _verify(path: Path, expected: str) -> None:
    """Check the hash of a file that `fetch` did not bring here, and record it. Raises `WrongBytes`."""
    aside(f"Verifying {path.name} ({in_bytes(path.stat().st_size)}), once.")
    found = sha256(path)
    if found != expected:
        raise WrongBytes(
            f"{path} has sha256 {found}, and its publisher says {expected}. I will not think with it. "
            f"Fetch it anew, which keeps these bytes aside: {fetch_command()}"
        )
    seal(path, found)


def fetch_command() -> str:
    """Return the command that downloads the weights of the body and model that this process was started with."""
    which = (word for word in sys.argv[1:] if re.match(r"(body|model|model\.(?!path)\w+)=[^,]+$", word))
    return " ".join(["rusta fetch", *map(shlex.quote, which)])
