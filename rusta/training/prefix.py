"""What enters the first adapted block, kept on disk: blocks that never change need not be run again.

Page by page, because a page's prefix depends on its own tokens alone (`forward.py`): whatever pack, pass or phase it
turns up in, it is the same. A page's file is named by its token ids, and its folder by the base, its quantisation and
the number of blocks below. Stored in the dtype in which they were computed, so nothing is lost. The idea is latent
replay (Pellegrini et al. 2020), which is also what growth replays from.

Not covered: bases that are trained themselves, and adapters that begin at different blocks within one run.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from rusta.errors import RustaError
from rusta.home import need_room
from rusta.terminal import aside
from rusta.training.packing import Pack, only, pages

STATES, DIGEST = "states", "sha256"


class TooMuchToKeep(RustaError):
    """The cache would not fit in what it is allowed."""


class PrefixCache:
    """Hidden states (T, d) of pages, one file each, under `shelf/<key>/`.

    A file that is damaged is found by its hash and computed anew; a disk that fills up ends the writing, not the training.
    """

    def __init__(self, shelf: Path, key: str) -> None:
        self.shelf, self.folder = shelf, shelf / hashlib.sha256(key.encode()).hexdigest()[:16]
        self.read = self.computed = 0  # pages
        self.writes = True

    def make_room(self, lengths: Iterable[int], width: int, gb: float) -> None:
        """Have room for pages of these lengths at `width` numbers a token, at the cost of the oldest other caches.

        Raises `TooMuchToKeep` where it would not fit in `gb` (GB for all caches together), `NoRoom` where not on the disk.
        """
        tokens = sum(lengths)
        needed = 2 * width * tokens
        if needed > gb * 1e9:
            raise TooMuchToKeep(
                f"The prefix cache of {tokens:,} tokens takes {needed / 1e9:.2f} GB, and trainer.prefix_cache_gb={gb:g}. "
                f"Allow more (trainer.prefix_cache_gb={needed / 1e9 + 1:.0f}), or compute: trainer.prefix_cache=none"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        os.utime(self.folder)
        others = sorted(
            (p for p in self.shelf.iterdir() if p.is_dir() and p != self.folder), key=lambda p: p.stat().st_mtime
        )
        while others and needed + sum(map(_size, others)) > gb * 1e9:
            aside(f"I drop an old prefix cache: {others[0]}")
            shutil.rmtree(others.pop(0))
        need_room(self.folder, needed - _size(self.folder), "The prefix cache")

    def entering(self, batch: Pack, compute: Callable[[Pack], Tensor]) -> Tensor:
        """What enters the first adapted block, (1, T, d): read where it is known, computed and kept where not."""
        spans = pages(batch)
        files = [self._file(batch.ids[0, span]) for span in spans]
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

    def _file(self, ids: Tensor) -> Path:
        name = hashlib.sha256(ids.cpu().numpy().tobytes()).hexdigest()[:32]
        return self.folder / name[:2] / f"{name}.safetensors"

    def _load(self, file: Path) -> Tensor | None:
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
        file.unlink(missing_ok=True)

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


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
