"""Bring the index of a mirror up to the states that are held: read each package once, compare each state with the one before.

A state is written in one transaction, so that a run that is killed goes on with the next one. Texts are those of the newest state, entry
by entry: changelogs, guides, documentation, subjects of commits, and what is written above public items.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence

from rusta.core.home import Home
from rusta.core.output import visible
from rusta.library.passages import Passage
from rusta.library.source_files import HeldFiles
from rusta.mirror.api import CrateApi, path_rank
from rusta.mirror.api_changes import ApiChange
from rusta.mirror.change_words import SAME_WORDS, named_item
from rusta.mirror.changed_files import LARGEST_TEXT_READ
from rusta.mirror.compared_states import MirrorState
from rusta.mirror.fact import short
from rusta.mirror.file_kinds import FileKind, file_kind
from rusta.mirror.held_states import HeldStates, held_stamp, held_states
from rusta.mirror.manifest_facts import manifest_facts
from rusta.mirror.markdown_blocks import MARK, MarkdownBlock, markdown_blocks
from rusta.mirror.repository_packages import RepositoryPackage, repository_packages
from rusta.mirror.state_index import IndexedChange, IndexedFact, StateIndex
from rusta.mirror.text_facts import as_written, package_around
from rusta.mirror.workspace_changes import changed_apis

LONGEST_PASSAGE = 2_000  # characters
MOST_PASSAGES = 40_000
MOST_TEXTS = 600  # files
STEPS = ("changes", "facts", "steps")  # tables of what is between two states
TEXTS = {FileKind.CHANGELOG: "changelog", FileKind.MIGRATION: "migration", FileKind.DOCS: "docs"}
StateStep = Callable[[int, int], None]


def refreshed_index(home: Home, mirror: str, told: StateStep = lambda done, of: None) -> StateIndex:
    """Return the index of a mirror as it is now; `told` hears how many states were read. The caller closes it.

    Raises `NoMirror`, `DamagedRepository`, `NoStateIndex`.
    """
    stamp, index = held_stamp(home, mirror), StateIndex(StateIndex.file_of(home, mirror))
    if index.about("stamp") == stamp:
        return index
    with index:
        with held_states(home, mirror) as held:
            _fill(index.db, held, told)
        with index.db:
            index.db.execute("insert or replace into about values ('stamp', ?)", (stamp,))
    return StateIndex(StateIndex.file_of(home, mirror))


def _fill(db: sqlite3.Connection, held: HeldStates, told: StateStep) -> None:
    """Bring the states and the steps between them up to those that are held; what was read before is kept."""
    wanted = [one.revision for one in held.states]
    with db:
        _keep(db, wanted)
    known = {row[0] for row in db.execute("select revision from states")}
    steps = set(db.execute("select old, new from steps"))
    left = [n for n, one in enumerate(wanted) if one not in known or (n and (n - 1, n) not in steps)]
    for done, place in enumerate(left):
        told(done, len(left))
        with db:
            before = held.states[place - 1] if place else None
            _Writing(db, held.label, place).step(before, held.states[place], wanted[place] not in known)
    if held.states and db.execute("select value from about where key = 'texts'").fetchone() != (wanted[-1],):
        with db:
            _texts(db, held)
            db.execute("insert or replace into about values ('texts', ?)", (wanted[-1],))
    told(len(left), len(left))


def _keep(db: sqlite3.Connection, wanted: Sequence[str]) -> None:
    """Drop the states that are not wanted, and number the others as they are ordered now."""
    places = {revision: place for place, revision in db.execute("select place, revision from states")}
    for revision, place in places.items():
        if revision not in wanted:
            db.execute("delete from states where place = ?", (place,))
            db.execute("delete from packages where place = ?", (place,))
    if len(places) != sum(one in places for one in wanted):
        db.execute("delete from items where reading not in (select reading from packages)")
        db.execute("delete from docs where id not in (select docs from items where docs is not null)")
    moved = {places[one]: n for n, one in enumerate(wanted) if one in places}
    for table in STEPS:
        for old, new in db.execute(f"select distinct old, new from {table}").fetchall():
            if moved.get(new) is None or moved.get(old) != moved[new] - 1:
                db.execute(f"delete from {table} where old = ? and new = ?", (old, new))
    for table, columns in (("states", ["place"]), ("packages", ["place"]), *((one, ["old", "new"]) for one in STEPS)):
        for column in columns:  # by way of negative numbers: a place may be taken
            for was, now in moved.items():
                db.execute(f"update {table} set {column} = ? where {column} = ?", (-1 - now, was))
            db.execute(f"update {table} set {column} = -1 - {column} where {column} < 0")


class _Writing:
    """Writes one state, and the step to it from the one before, into the index."""

    def __init__(self, db: sqlite3.Connection, label: str, place: int) -> None:
        self.db, self.label, self.place = db, label, place

    def step(self, old: MirrorState | None, new: MirrorState, is_new: bool) -> None:
        earlier = repository_packages(old.files) if old else ()
        later = repository_packages(new.files)
        before, after = ({one.name: one.folder for one in of if one.published} for of in (earlier, later))
        apis = changed_apis(old.files if old else HeldFiles({}), new.files, before, after)
        if is_new:
            self.db.execute("insert into states values (?, ?, ?)", (self.place, new.revision, new.short))
            for one in later:
                if one.published:
                    self._package(one, apis.new.get(one.name))
        if old is None:
            return
        self.db.execute("insert into steps values (?, ?)", (self.place - 1, self.place))
        folders = {_library(one): one.folder for one in (*earlier, *later)}
        rows = [self._change(one, old, new, folders) for one in apis.changes()]
        self._put("changes", [(*_values(row), _last(row.path), _last(row.moved)) for row in rows])
        facts = manifest_facts(old.files, new.files, earlier, later)
        told = [
            IndexedFact(self.place - 1, self.place, one.kind, one.package, one.text, one.before,
                        f"{self.label}@{(old if one.gone else new).short}:{one.anchor}")
            for one in facts if not one.minor
        ]  # fmt: skip
        self._put("facts", [_values(one) for one in told])

    def _package(self, of: RepositoryPackage, api: CrateApi | None) -> None:
        """Put a package, with its items where they are others than in the state before."""
        same = None
        if api is None:
            same = self.db.execute(
                "select reading from packages where place = ? and name = ?", (self.place - 1, _library(of))
            ).fetchone()
        reading = (
            same[0] if same else self.db.execute("select coalesce(max(reading), 0) + 1 from packages").fetchone()[0]
        )
        version, rust, edition = (str(of.said(key)[0] or "") for key in ("version", "rust-version", "edition"))
        row = (self.place, _library(of), of.folder, version, rust, edition, reading)
        self.db.execute("insert into packages values (?, ?, ?, ?, ?, ?, ?)", row)
        if api is not None:
            self._put("items", [
                (reading, one.path, one.kind, one.signature, one.deprecated, one.gate, one.file, one.line, one.owner,
                 one.crate, self._docs(one.docs), _last(one.path))
                for one in api.items
            ])  # fmt: skip

    def _docs(self, text: str) -> int | None:
        if not text:
            return None
        mark = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        self.db.execute("insert or ignore into docs (mark, text) values (?, ?)", (mark, visible(text)))
        return int(self.db.execute("select id from docs where mark = ?", (mark,)).fetchone()[0])

    def _change(self, one: ApiChange, old: MirrorState, new: MirrorState, folders: Mapping[str, str]) -> IndexedChange:
        item, state = (one.new, new) if one.new else (one.old, old)
        same = one.old and one.new and one.old.signature == one.new.signature and one.change == "signature"
        note = SAME_WORDS if same else one.new.deprecated if one.new and one.change == "deprecated" else ""
        moved = one.new.path if one.new and one.change in ("moved", "reexported") and one.new.path != one.path else ""
        folder = folders.get(item.crate if item and item.crate else one.crate, "")
        anchor = item_anchor(self.label, state.short, folder, item.file if item else "", one.kind, named_item(one))
        return IndexedChange(
            self.place - 1, self.place, one.crate, one.change, one.kind, named_item(one), moved,
            visible(one.old.signature) if one.old else "", visible(one.new.signature) if one.new else "", visible(note), anchor,
            item.owner if item else "",
        )  # fmt: skip

    def _put(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            self.db.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)


def item_anchor(label: str, shown: str, folder: str, file: str, kind: str, path: str) -> str:
    """Return `repo@revision:path::item` of an item, whose path begins with the crate's name. `file` is relative to the package's folder."""
    inner = (path.partition("::")[2] if kind != "impl" else "") or path
    at = "/".join(filter(None, (folder, file))) if file else folder
    return visible(f"{label}@{shown}:{at}::{inner}" if at else f"{label}@{shown}:{inner}")


def _texts(db: sqlite3.Connection, held: HeldStates) -> None:
    """Put the passages of the newest state in place of those that are there."""
    for table in ("passages", "words"):
        db.execute(f"delete from {table}")
    left = MOST_PASSAGES
    for passage in _passages(db, held):
        if left <= 0:
            return
        left -= 1
        row = (passage.source, passage.page, passage.anchor, passage.title, passage.text, passage.key)
        id = db.execute("insert into passages values (null, ?, ?, ?, ?, ?, ?)", row).lastrowid
        db.execute("insert into words (rowid, title, text) values (?, ?, ?)", (id, passage.title, passage.text))


def _passages(db: sqlite3.Connection, held: HeldStates) -> Iterator[Passage]:
    newest = held.states[-1]
    folders = {one.folder: one.name for one in repository_packages(newest.files)}
    kinds = {path: kind for path in newest.files.paths() if (kind := file_kind(path)) in TEXTS}
    order = list(TEXTS)
    for path, kind in sorted(kinds.items(), key=lambda one: (order.index(one[1]), one[0]))[:MOST_TEXTS]:
        content = newest.files.read(path, LARGEST_TEXT_READ)
        if content is not None:
            text = content.decode("utf-8", "replace")
            package = package_around(path, folders) or held.label
            yield from _of_file(text, TEXTS[kind], f"{held.label}@{newest.short}:{path}", package)
    for one in held.commits:
        page = f"{held.label}@{one.hash[:12]}"
        yield Passage("commit", visible(page), "", f"commit of {one.date[:10]}", short(one.subject, 400), one.hash)
    yield from _of_items(db, held.label, len(held.states) - 1, newest.short)


def _of_file(text: str, source: str, page: str, package: str) -> Iterator[Passage]:
    """The entries of a changelog or guide, or the sections of a page, each with its headings and version."""
    group = list[MarkdownBlock]()
    for block in [*markdown_blocks(text), None]:
        alone = source != "docs" and block is not None and block.kind not in ("code", "heading")
        if group and (
            block is None
            or alone
            or block.headings != group[0].headings
            or sum(len(one.text) for one in group) > LONGEST_PASSAGE
        ):
            first = group[0]
            said = short("\n\n".join(_entry(one) for one in group), LONGEST_PASSAGE)
            title = short(" > ".join((package, *first.headings)), 200)
            yield Passage(source, visible(f"{page}:{first.line}"), "", title, said, first.version)
            group = []
        if block is not None and block.kind != "heading":
            group.append(block)


def _entry(block: MarkdownBlock) -> str:
    return f"- {MARK.sub('', as_written(block))}" if block.kind == "item" else as_written(block)


def _of_items(db: sqlite3.Connection, label: str, place: int, shown: str) -> Iterator[Passage]:
    """What is written above the public items, each under its plainest path."""
    rows = db.execute(
        "select items.path, items.file, packages.folder, docs.text from items join packages on packages.reading = items.reading "
        "join docs on docs.id = items.docs where packages.place = ? and items.kind != 'impl'", (place,),
    )  # fmt: skip
    plainest = dict[str, tuple[str, str, str]]()
    for path, file, folder, text in rows:
        known = plainest.get(text)
        if known is None or path_rank(path) < path_rank(known[0]):
            plainest[text] = path, file, folder
    for text, (path, file, folder) in plainest.items():
        yield Passage("item", item_anchor(label, shown, folder, file, "", path), "", path, short(text, LONGEST_PASSAGE))


def _library(of: RepositoryPackage) -> str:
    """The name of a package's library."""
    said = of.manifest.get("lib")
    name = said.get("name") if isinstance(said, dict) else None
    return (name if isinstance(name, str) else of.name).replace("-", "_")


def _last(path: str) -> str:
    return path.rpartition("::")[2].lower()


def _values(record: IndexedChange | IndexedFact) -> tuple[object, ...]:
    return tuple(vars(record).values())
