"""Whether a path matches a pattern with `*`, `?`, `[...]` and `**`, as in `workspace.members`. Both are untrusted.

Each part of a path is compared with each part of a pattern at most once, so the work is bounded by the product of their
numbers of parts; `matching_crates` of rusta.tools does the same for folders on a disk.
"""

from fnmatch import fnmatchcase

from rusta.tools.member_globs import LONGEST, MAGIC

MOST_PARTS = 64  # of a pattern, and of a path


def path_matches(pattern: str, path: str) -> bool:
    """Return whether the whole path matches. A pattern that is absolute, leads upwards or is too long matches nothing."""
    if len(pattern) > LONGEST or len(path) > LONGEST:
        return False
    wanted = [one for one in pattern.split("/") if one not in ("", ".")]
    parts = [one for one in path.split("/") if one]
    if not wanted or pattern.startswith("/") or ".." in wanted or max(len(wanted), len(parts)) > MOST_PARTS:
        return False
    reached = {0}  # numbers of parts of the path that are matched so far
    for one in wanted:
        if one == "**":
            reached = set(range(min(reached), len(parts) + 1))
        else:
            plain = not MAGIC.search(one)
            reached = {
                n + 1 for n in reached if n < len(parts) and (parts[n] == one if plain else fnmatchcase(parts[n], one))
            }
        if not reached:
            return False
    return len(parts) in reached
