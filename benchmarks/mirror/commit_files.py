"""The files of a commit, read through one `git cat-file --batch`: what benchmarks compare two states of a repository by."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath


@dataclass
class BatchFiles:
    """Files of one commit below a folder of its tree. One process per object; `below` shares it."""

    repository: Path
    commit: str
    folder: str = ""
    _blobs: dict[str, str] = field(default_factory=dict)
    _batch: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    _below: dict[str, "BatchFiles"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """List the tree, at the root."""
        if not self.folder:
            told = subprocess.run(
                ["git", "-C", str(self.repository), "ls-tree", "-r", "-z", self.commit], capture_output=True, check=True
            )  # fmt: skip
            for line in told.stdout.decode("utf-8", "replace").split("\0"):
                meta, _, path = line.partition("\t")
                if meta.startswith("100"):
                    self._blobs[path] = meta.split()[2]

    def paths(self) -> Mapping[str, str]:
        """Return the files below the folder, with their blobs."""
        return self._blobs

    def read(self, path: str, most: int) -> bytes | None:
        """Return a file's content."""
        if ".." in path.split("/"):
            return None
        blob = self._blobs.get(str(PurePosixPath(path)))
        if blob is None:
            return None
        if not self._batch:
            self._batch.append(
                subprocess.Popen(
                    ["git", "-C", str(self.repository), "cat-file", "--batch"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
        batch = self._batch[0]
        assert batch.stdin is not None and batch.stdout is not None
        batch.stdin.write(f"{blob}\n".encode())
        batch.stdin.flush()
        length = int(batch.stdout.readline().split()[2])
        content = batch.stdout.read(length + 1)[:-1]
        return content if length <= most else None

    def below(self, folder: str) -> "BatchFiles":
        """Return the files of a folder."""
        if not folder:
            return self
        if folder not in self._below:
            start = f"{folder}/"
            blobs = {path.removeprefix(start): blob for path, blob in self._blobs.items() if path.startswith(start)}
            self._below[folder] = BatchFiles(self.repository, self.commit, folder, blobs, self._batch)
        return self._below[folder]

    def close(self) -> None:
        """End the process."""
        for batch in self._batch:
            batch.stdin and batch.stdin.close()
            batch.wait()
        self._batch.clear()
