"""The licence that a crate of a mirror states in its manifest."""

from dataclasses import dataclass

from rusta.core.errors import RustaError
from rusta.core.output import visible
from rusta.library.source_files import SourceFiles
from rusta.mirror.mirrors import Mirrors
from rusta.mirror.release_mirrors import ReleaseMirrors
from rusta.mirror.releases import CRATE, CrateUpstream
from rusta.mirror.repository import opened_mirror
from rusta.mirror.repository_packages import repository_packages
from rusta.mirror.upstream import STD

LONGEST_LICENCE = 100  # characters
OF_STD = "MIT OR Apache-2.0"


@dataclass(frozen=True)
class MirrorLicences:
    """Reads the newest state of a mirror that is here."""

    mirrors: Mirrors
    releases: ReleaseMirrors

    def licence(self, repo: str, crate: str) -> str:
        """Return what the manifest of a crate says; "" where it says nothing, or the mirror is not here any more."""
        if repo == STD:
            return OF_STD
        try:
            if f"{CRATE}{repo}" in self.releases.here():
                newest = self.releases.record(f"{CRATE}{repo}").newest
                return _stated(CrateUpstream(repo, self.releases.network).files(newest), crate)
            with opened_mirror(self.mirrors.must_be_here(repo)) as repository:
                return _stated(repository.files(repository.newest), crate)
        except RustaError:
            return ""


def _stated(files: SourceFiles, crate: str) -> str:
    for one in repository_packages(files):
        if one.name.replace("-", "_") == crate.replace("-", "_"):
            said = one.said("license")[0]
            return visible(said)[:LONGEST_LICENCE] if isinstance(said, str) else ""
    return ""
