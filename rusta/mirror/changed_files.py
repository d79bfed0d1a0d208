"""Which files differ between two states of a source tree, what they are for, and how much of them changed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rusta.library.source_files import SourceFiles
from rusta.mirror.file_kinds import CountedFolders, FileKind, file_kind
from rusta.mirror.line_changes import LineCounts, comment_text, line_difference
from rusta.mirror.repository_packages import RepositoryPackage, repository_packages
from rusta.mirror.slips import slips_between

LARGEST_TEXT_READ = 1 << 21  # bytes of one file
MOST_FILES_READ = 5_000  # of those that differ
MOST_READ = 1 << 27  # characters of all of them


@dataclass(frozen=True)
class ChangeCounts:
    """How much changed."""

    core_lines: int  # lines of code of core; comments, tests and lines that only moved are left out
    comment_slips: int  # files of code in which nothing changed but the spelling of comments
    comments: int  # files of code in which nothing but comments changed otherwise
    files: Mapping[FileKind, int]
    characters: int  # of lines that are new or gone, in all files


@dataclass
class ChangedFiles:
    """Two states of a source tree, and which files differ. Each file that differs is read at most once in each."""

    old: SourceFiles
    new: SourceFiles
    counted: CountedFolders = field(default_factory=CountedFolders)
    _texts: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    _left: int = MOST_READ

    @cached_property
    def kinds(self) -> dict[str, FileKind]:
        """The files that differ, or that one state only has, with what they are for. A file that only moved is none."""
        was, now = self.old.paths(), self.new.paths()
        gone = {mark for path, mark in was.items() if path not in now}
        come = {mark for path, mark in now.items() if path not in was}
        moved = gone & come
        differ = [path for path in now if was.get(path) != now[path] and not (path not in was and now[path] in moved)]
        differ += [path for path in was if path not in now and was[path] not in moved]
        kept = [path for path in sorted(differ) if not self.counted.ignores(path)]
        return {path: file_kind(path, self.counted) for path in kept[:MOST_FILES_READ]}

    @cached_property
    def renamed(self) -> dict[str, str]:
        """The old path of a file that lies elsewhere now: one of its name is gone, and one has come."""
        was, now = self.old.paths(), self.new.paths()
        gone, come = dict[str, list[str]](), dict[str, list[str]]()
        for path in self.kinds:
            if path not in now:
                gone.setdefault(path.rpartition("/")[2], []).append(path)
            elif path not in was:
                come.setdefault(path.rpartition("/")[2], []).append(path)
        return {come[name][0]: gone[name][0] for name in come if len(come[name]) == len(gone.get(name, ())) == 1}

    @cached_property
    def earlier(self) -> tuple[RepositoryPackage, ...]:
        """The packages of the old state that count."""
        return self._packages(self.old)

    @cached_property
    def later(self) -> tuple[RepositoryPackage, ...]:
        """The packages of the new state that count."""
        return self._packages(self.new)

    def texts(self, path: str) -> tuple[str | None, str | None]:
        """The old and the new text of a file; None where there is none that can be read."""
        if path not in self._texts:
            of = self.renamed.get(path, path)
            self._texts[path] = self._text(self.old, of), self._text(self.new, path)
        return self._texts[path]

    @cached_property
    def counts(self) -> ChangeCounts:
        """How much of the files changed."""
        folders = {one.folder for one in (*self.earlier, *self.later) if one.published}
        lines, slips, comments, characters = LineCounts(), 0, 0, 0
        kinds, moved_from = Counter(self.kinds.values()), set(self.renamed.values())
        for path, kind in self.kinds.items():
            if path in moved_from or path.endswith("Cargo.lock"):
                continue
            old, new = (said or "" for said in self.texts(path))
            characters += sum(len(line) + 1 for side in line_difference(old, new) for line in side)
            if kind is FileKind.CODE and self.counted.is_core(path, folders):
                before = lines.changed_in(old, new)
                if not before and (said := slips_between(comment_text(old), comment_text(new))) != 0:
                    slips, comments = slips + (said is not None), comments + (said is None)
        return ChangeCounts(lines.changed, slips, comments, dict(kinds), characters)

    def _packages(self, files: SourceFiles) -> tuple[RepositoryPackage, ...]:
        found = repository_packages(files)
        counting = self.counted.counting({one.folder for one in found}, files.paths())
        return tuple(one for one in found if one.folder in counting)

    def _text(self, files: SourceFiles, path: str) -> str | None:
        content = files.read(path, min(LARGEST_TEXT_READ, self._left))
        if content is None or b"\0" in content[:8_000]:
            return None
        self._left = max(0, self._left - len(content))
        return content.decode("utf-8", "replace")
