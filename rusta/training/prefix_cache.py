"""Disk cache of the hidden states that enter the first adapted block: the frozen blocks below need not run again.

States are stored page by page, because a page's states depend on its own tokens alone (`mind/forward.py`), whatever
pack, pass or phase it occurs in. A page's file is named by its token ids, so another text or tokenizer has other files;
the folder is named by the base, its quantisation, the compute dtype and the number of blocks below. States are stored
in that dtype, so nothing is lost. The idea is latent replay (Pellegrini et al. 2020), and the cache also serves
replayed pages.

Not covered: bases that are trained themselves, and adapters that begin at different blocks within one run.
"""

import hashlib
import os
import shutil
from array import array
from collections.abc import Callable, Container, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from rusta.core.derived_files import make_way
from rusta.core.errors import RustaError
from rusta.core.home import alone, in_bytes, need_room
from rusta.core.output import aside
from rusta.mind.packing import Pack, only, page_slices

STATES, DIGEST = "states", "sha256"


class TooMuchToKeep(RustaError):
    """The cache would need more disk space than its limit."""


class PrefixCache:
    """Hidden states (T, d) of pages, one file each, under `shelf/<key>/`.

    A damaged file is detected by its hash and computed again. A full disk ends the writing, not the training.
    """

    def __init__(self, shelf: Path, key: str, number: int = 2) -> None:
        """Open the cache for `key`; `number` is the number of bytes per value in the compute dtype."""
        self.number = number
        self.shelf, self.folder = shelf, shelf / hashlib.sha256(key.encode()).hexdigest()[:16]
        self.read = self.computed = 0  # pages
        self.writes = True

    def make_room(self, texts: Iterable[Sequence[int]], width: int, gb: float) -> None:
        """Make room for pages of these token ids at `width` values per token.

        Other files are deleted as needed. Raises `TooMuchToKeep` if the pages need more than `gb` (GB for all caches
        together), and `NoRoom` if the disk lacks space.
        """
        wanted = {self._file(ids): self.number * width * len(ids) for ids in texts}
        needed = sum(wanted.values())
        if needed > gb * 1e9:
            raise TooMuchToKeep(
                f"The prefix cache of {needed // (self.number * width):,} tokens takes {in_bytes(needed)}, and "
                f"trainer.prefix_cache_gb={gb:g}. Allow more (trainer.prefix_cache_gb={needed / 1e9 + 1:.0f}), or compute: "
                "trainer.prefix_cache=none"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        os.utime(self.folder)
        with alone(self.shelf):
            self._drop(gb * 1e9 - needed, wanted)
        missing = sum(size for file, size in wanted.items() if not file.is_file())
        need_room(self.folder, missing, "The prefix cache")

    def _drop(self, allowed: float, wanted: Container[Path]) -> None:
        """Delete unwanted files down to `allowed` bytes: other caches first, then pages of this one; oldest first."""
        others = (folder for folder in self.shelf.iterdir() if folder.is_dir() and folder != self.folder)
        pages = (file for file in self.folder.rglob("*.safetensors") if file not in wanted)
        sizes = {path: _size(path) for some in (others, pages) for path in sorted(some, key=_changed)}
        left = sum(sizes.values())
        for path, size in sizes.items():
            if left <= allowed:
                return
            if path.is_file():
                path.unlink(missing_ok=True)
            else:
                aside(f"I drop an old prefix cache: {path}")
                shutil.rmtree(path, ignore_errors=True)  # a run that is writing into it computes again
            left -= size

    def entering(self, batch: Pack, compute: Callable[[Pack], Tensor]) -> Tensor:
        """Return the input of the first adapted block, (1, T, d): cached pages are read, others computed and stored."""
        spans = page_slices(batch)
        files = [self._file(batch.ids[0, span].tolist()) for span in spans]
        found = [self._load(file) for file in files]
        if missing := [n for n, states in enumerate(found) if states is None]:
            computed = compute(only(batch, missing))[0]
            for n, states in zip(
                missing, computed.split([spans[n].stop - spans[n].start for n in missing]), strict=True
            ):
                found[n] = states
                self._keep(files[n], states)
        self.computed += len(missing)
        self.read += len(found) - len(missing)
        return torch.cat([states.to(batch.ids.device) for states in found if states is not None])[None]

    def _file(self, ids: Sequence[int]) -> Path:
        name = hashlib.sha256(array("q", ids).tobytes()).hexdigest()[:32]
        return self.folder / name[:2] / f"{name}.safetensors"

    def _load(self, file: Path) -> Tensor | None:
        make_way(file)  # not a pipe: safetensors would wait for a writer
        try:
            with safe_open(file, "pt") as opened:
                states, digest = opened.get_tensor(STATES), opened.metadata()[DIGEST]
        except FileNotFoundError:
            return None
        except (SafetensorError, OSError, KeyError, TypeError):
            return self._damaged(file)
        return states if _digest(states) == digest else self._damaged(file)

    def _damaged(self, file: Path) -> None:
        aside(f"{file} is damaged: I compute that page anew.")
        file.unlink(missing_ok=True)  # not kept for inspection: there can be thousands

    def _keep(self, file: Path, states: Tensor) -> None:
        if not self.writes:
            return
        kept = states.cpu().contiguous()
        making = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            making.write_bytes(save({STATES: kept}, {DIGEST: _digest(kept)}))
            making.replace(file)
        except OSError as error:
            making.unlink(missing_ok=True)
            self.writes = False
            aside(f"The prefix cache stops growing ({error.strerror}: {self.folder}). Training goes on without.")


def _digest(states: Tensor) -> str:
    return hashlib.sha256(states.view(torch.uint8).numpy().data).hexdigest()


def _size(path: Path) -> int:
    total = 0
    for file in (path, *path.rglob("*")):
        with suppress(FileNotFoundError):  # a temporary file of another run may have been renamed meanwhile
            total += file.stat().st_size if file.is_file() else 0
    return total


def _changed(path: Path) -> float:
    return path.stat().st_mtime
