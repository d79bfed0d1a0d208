"""The releases through which an upgrade over several major versions can go."""

from rusta.library.cached_crates import cached_versions
from rusta.mirror.registry_index import version_order
from rusta.tools.dependency_entries import compatible_with


def releases_between(crate: str, old: str, new: str) -> list[str]:
    """Return the newest release on this machine of each major version between two, the lowest first."""
    newest = dict[tuple[int, ...], str]()
    for one in sorted((each.version for each in cached_versions(crate)), key=version_order):
        if version_order(old) < version_order(one) < version_order(new):
            newest[compatible_with(one)] = one
    return [one for major, one in newest.items() if major not in (compatible_with(old), compatible_with(new))]
