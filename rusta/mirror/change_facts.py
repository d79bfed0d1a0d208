"""What a change says besides its API: changelogs, migration guides, documentation, examples, features, versions.

Two states of a repository, or of one package, are compared file against file: a shallow clone, a rebased branch and two
releases of a registry are all the same. Files whose marks are equal are not read. Not covered: files longer than
`LARGEST_TEXT_READ`, of which a fact says that they were not read, and doc comments of packages that are not published.
"""

from collections.abc import Callable, Iterable, Sequence

from rusta.library.source_files import SourceFiles
from rusta.library.source_items import crate_contents
from rusta.mirror.changed_files import LARGEST_TEXT_READ, ChangedFiles
from rusta.mirror.changelog_facts import changelog_facts
from rusta.mirror.commit_facts import CommitMessage, commit_facts
from rusta.mirror.example_facts import example_facts
from rusta.mirror.fact import FACT_KINDS, ChangeFact, UsedAt, short
from rusta.mirror.fact_budget import within_budget
from rusta.mirror.file_kinds import CountedFolders, FileKind
from rusta.mirror.item_doc_facts import DocumentedItem, item_doc_facts
from rusta.mirror.manifest_facts import manifest_facts
from rusta.mirror.repository_packages import packages
from rusta.mirror.text_facts import documentation_facts, package_around

__all__ = ["ChangeFact", "ChangedFiles", "change_facts", "packages"]

MOST_FACTS = 2_000
SHARE = 20  # of the characters that changed, one in so many may be told
LEAST = 6_000  # characters that may be told of any change

ItemsOf = Callable[[SourceFiles], Sequence[DocumentedItem]]


def change_facts(
    old: SourceFiles,
    new: SourceFiles,
    items: ItemsOf | None = None,
    counted: CountedFolders = CountedFolders(),  # noqa: B008  frozen
    changed: ChangedFiles | None = None,
    commits: Iterable[CommitMessage] = (),
    used: UsedAt = lambda path: (),
    told: int = 0,
) -> list[ChangeFact]:
    """Return the facts of a change, in the order of `FACT_KINDS`, as many as `SHARE` allows beside `told` characters of the API's changes.

    `items` reads the public items of one package, by default with `crate_contents`. `changed` is given where the two
    states were compared already, `commits` where there is a history between them. `used` says
    where workspaces use an item: what is said of such is told first where not all fits.
    """
    changed = changed or ChangedFiles(old, new, counted)
    found = list(commit_facts(commits))
    found += manifest_facts(old, new, changed.earlier, changed.later)
    folders = {one.folder: one.name for one in (*changed.earlier, *changed.later)}
    moved_from = set(changed.renamed.values())
    for path, kind in changed.kinds.items():
        if kind in (FileKind.CHANGELOG, FileKind.MIGRATION, FileKind.DOCS) and path not in moved_from:
            found += _of_text(changed, path, kind, package_around(path, folders))
    examples = [path for path, kind in changed.kinds.items() if kind is FileKind.EXAMPLE and path not in moved_from]
    found += example_facts(examples, changed.texts, lambda path: package_around(path, folders))
    found += _of_items(changed, items or (lambda files: crate_contents(files).items))
    order = {kind: n for n, kind in enumerate(FACT_KINDS)}
    found = sorted(found, key=lambda one: order[one.kind])[:MOST_FACTS]
    return within_budget(found, max(LEAST, changed.counts.characters // SHARE - told), used)


def _of_text(changed: ChangedFiles, path: str, kind: FileKind, package: str) -> list[ChangeFact]:
    old, new = changed.texts(path)
    there = path in changed.new.paths()
    if (there and new is None) or (not there and old is None):
        name = {FileKind.CHANGELOG: "changelog", FileKind.MIGRATION: "migration"}.get(kind, "docs")
        text = f"it changed, and is longer than {LARGEST_TEXT_READ >> 20} MB or cannot be read, so I did not read it"
        return [ChangeFact(name, text, short(path, 300), 1, gone=not there, package=package)]
    if kind is FileKind.DOCS:
        return documentation_facts(path, old, new, package)
    if new is None:
        return []
    had = next((one.said("version")[0] for one in changed.earlier if one.name == package), "")
    return list(changelog_facts(kind, path, old or "", new, package, had if isinstance(had, str) else ""))


def _of_items(changed: ChangedFiles, items: ItemsOf) -> list[ChangeFact]:
    """The facts of doc comments, of published packages whose sources differ."""
    was, found = {one.name: one for one in changed.earlier}, list[ChangeFact]()
    code = [path for path, kind in changed.kinds.items() if kind is FileKind.CODE]
    for one in changed.later:
        before = was.get(one.name)
        inside = f"{one.folder}/" if one.folder else ""
        if before is not None and one.published and any(path.startswith(inside) for path in code):
            sides = items(changed.old.below(before.folder)), items(changed.new.below(one.folder))
            found += item_doc_facts(*sides, one.name, one.folder)
    return found
