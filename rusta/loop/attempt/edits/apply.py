"""Apply edits to the files as they are now: one edit, or all of an answer, each upon the result before it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rusta.loop.attempt.actions import Edit, ReplaceItem, SearchReplace, WholeFile
from rusta.loop.attempt.edits import item as items_
from rusta.loop.attempt.edits import search
from rusta.loop.attempt.edits.text import BOM, DoesNotApply, Text, Unchanged, code_lines, decode_text, omission
from rusta.tools import items

ENOUGH = 3  # fewest non-blank lines for which a match in a file that was not named is not taken for chance

Look = Callable[[str], bytes | None]


@dataclass(frozen=True)
class AppliedEdits:
    """The result of an answer's edits: the new bytes of each file, the edits that applied, and those that did not."""

    changes: Mapping[str, bytes]
    done: tuple[Edit, ...]
    failed: tuple[tuple[Edit, DoesNotApply], ...]

    @property
    def misfits(self) -> str:
        """The message for the model where none of the edits is made because some do not fit; "" where all do."""
        said = [str(reason) for _, reason in self.failed if not isinstance(reason, Unchanged)]
        if said and self.done:
            said.append(
                "None of the edits of that answer was made, for a part of a change is another change. Send all of them again."
            )
        return "\n\n".join(said)

    @property
    def repair(self) -> str:
        """The message for the model about edits that did not apply, "" if all did."""
        if not self.failed:
            return ""
        said = [str(reason) for _, reason in self.failed]
        if self.done:
            n = len(self.done)
            said.append(
                f"The other {n} edit{'s' if n > 1 else ''} of that answer applied. Do not send {'them' if n > 1 else 'it'} again."
            )
        return "\n\n".join(said)


def apply_edit(edit: Edit, look: Look, opened: Sequence[str] = ()) -> dict[str, bytes]:
    """Return the new bytes of the file that an edit changes, by path. Raises `DoesNotApply`.

    `look` returns a file's bytes by its relative path, None if there is none. `opened` are the files that were read: an
    edit that names no file, or one in which it does not fit, is tried there.
    """
    if isinstance(edit, WholeFile):
        return {edit.path: _whole(edit, look(edit.path))}
    if isinstance(edit, ReplaceItem):
        return _item(edit, look, opened)
    return _block(edit, look, opened)


def apply_all(edits: Sequence[Edit], look: Look, opened: Sequence[str] = ()) -> AppliedEdits:
    """Apply every edit that fits, in order; the others are returned as failed."""
    changes: dict[str, bytes] = {}
    done: list[Edit] = []
    failed: list[tuple[Edit, DoesNotApply]] = []

    def now(path: str) -> bytes | None:
        return changes[path] if path in changes else look(path)

    for edit in edits:
        try:
            changes.update(apply_edit(edit, now, opened))
            done.append(edit)
        except DoesNotApply as reason:
            failed.append((edit, reason))
    return AppliedEdits(changes, tuple(done), tuple(failed))


def _whole(edit: WholeFile, old: bytes | None) -> bytes:
    new = edit.code
    before = old.decode(errors="replace") if old is not None else ""
    if left_out := omission(new, before):
        raise DoesNotApply(
            f"FILE {edit.path}: `{left_out}` stands for code that I would lose. Send the whole file, or only what changes with "
            "REPLACE ITEM or SEARCH and REPLACE."
        )
    if old is None:
        return new.encode()
    try:
        old.decode()
    except UnicodeDecodeError as strange:
        line = old.count(b"\n", 0, strange.start) + 1
        raise DoesNotApply(
            f"FILE {edit.path}: line {line} there is not UTF-8, and a whole file would lose those bytes. Use REPLACE ITEM or SEARCH "
            "and REPLACE."
        ) from None
    if not edit.sure and edit.path.endswith(".rs"):
        have = {(one.kind, one.path) for one in items.items(new.encode())}
        lost = [one for one in items.items(old) if (one.kind, one.path) not in have]
        if lost:
            names = ", ".join(one.path for one in lost[:6])
            raise DoesNotApply(
                f"That code under {edit.path} has no {names}, so I took it for a part of the file and changed nothing. For one item: "
                f"REPLACE ITEM path in {edit.path}. If it is the whole file: FILE {edit.path}"
            )
    text = decode_text(old)
    made = Text(code_lines(new), (text.end,) * len(code_lines(new))).encoded()
    if before.startswith(BOM) and not new.startswith(BOM):
        made = BOM.encode() + made
    if made == old:
        raise Unchanged(f"FILE {edit.path}: that is what the file already says. Nothing was changed.")
    return made


def _item(edit: ReplaceItem, look: Look, opened: Sequence[str]) -> dict[str, bytes]:
    named = look(edit.path) if edit.path else None
    if edit.path and named is None and not opened:
        raise DoesNotApply(f"There is no file {edit.path}, so REPLACE ITEM {edit.item} changed nothing.")
    sources = {edit.path: named} if named is not None else {}
    found = [(edit.path, one) for one in items_.matching_items(named, edit, edit.path)] if named is not None else []
    if not found:
        others = {path: data for path in opened if path.endswith(".rs") and (data := look(path)) is not None}
        found = [(path, one) for path, data in others.items() for one in items_.matching_items(data, edit, path)]
        sources |= others
    if not found:
        raise DoesNotApply(items_.unknown({edit.path: named} if named is not None else sources, edit))
    if len(found) > 1:
        raise DoesNotApply(items_.ambiguous(found, edit))
    path, target = found[0]
    made = items_.replace_item(sources[path], target, edit)
    if made == sources[path]:
        raise Unchanged(f"REPLACE ITEM {edit.item}: that is what {path} already says. Nothing was changed.")
    return {path: made}


def _block(edit: SearchReplace, look: Look, opened: Sequence[str]) -> dict[str, bytes]:
    wanted, new = code_lines(edit.search), code_lines(edit.replace)
    data = look(edit.path) if edit.path else None
    if wanted == new:
        raise Unchanged(f"SEARCH and REPLACE are the same lines in {edit.path or 'that block'}. Nothing was changed.")
    if not any(row.strip() for row in wanted):
        return {edit.path: _only_new(edit, data)}
    text = decode_text(data) if data is not None else None
    if text is not None and (after := search.replace_block(text, wanted, new, edit.path)) is not None:
        return {edit.path: after.encoded()}
    elsewhere: dict[str, bytes] = {}
    for path in opened:
        if path == edit.path or (other := look(path)) is None:
            continue
        try:
            after = search.replace_block(decode_text(other), wanted, new, path)
        except DoesNotApply:
            continue
        if after is not None:
            elsewhere[path] = after.encoded()
    enough = text is None or sum(bool(row.strip()) for row in wanted) >= ENOUGH
    if len(elsewhere) == 1 and enough:
        return elsewhere
    said = search.message(text, wanted, new, edit.path or "the open files", opened)
    if elsewhere:
        said += f"\nThey do stand in {', '.join(elsewhere)}. If that is meant: EDIT {next(iter(elsewhere))}"
    raise DoesNotApply(said)


def _only_new(edit: SearchReplace, data: bytes | None) -> bytes:
    """Return the content for a block with an empty SEARCH: a new or blank file. Raises `DoesNotApply` for any other."""
    if not edit.path:
        raise DoesNotApply(
            "That block has no SEARCH lines and names no file. For a new file: FILE path, and its code in a fence."
        )
    if data is None:
        return edit.replace.encode()
    if not decode_text(data).blank:
        raise DoesNotApply(
            f"{edit.path} has lines, and an empty SEARCH does not say where the new ones go. Put the line above or below them in "
            "SEARCH, and again in REPLACE."
        )
    return edit.replace.encode()
