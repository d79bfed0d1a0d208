"""Whatever she and a person do to a crate in turn, undoing all of hers leaves the person's work and nothing else."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rusta.tools.patch import EditHistory, EditRefused

from .conftest import books, crate, git, seen

SHM = Path("/dev/shm")
WALL = b"".join(b"// -- %d --\n" % n for n in range(8))  # between her lines and theirs, and nobody's
SHARED = ("shared.rs", "src/shared.rs", "crlf.rs")
HERS = ("src/lib.rs", "Cargo.toml", "latin.txt", "run.sh", "here", "a.rs", "new/deep/x.bin", "new/y.rs", "new",
        "src/\u00fcber \u65e5.rs", "e\u0301.rs", "\u00e9.rs", "line\nbreak/z", "\udcff", "-rf", 'q"uo\\te', "Case.rs", "case.rs",
        "empty/f", "src", "src/lib.rs/inner", "run.sh/b")  # fmt: skip
STATUS = "AM run.sh\0"  # of the template, and of every copy in which nobody has changed anything
THEIRS = ("theirs.rs", "their folder/a.txt", "src/theirs.bin", "\u00f1")

data = st.one_of(
    st.sampled_from([b"", b"\0\1binary\xff", b"fn a() {}\r\n", b"na\xefve\n", b"no newline", b"x" * 5000 + b"\n"]),
    st.binary(max_size=40),
)
lines = st.lists(st.sampled_from([b"let a = 1;\n", b"}\n", b"\n", b"\r\n", b"caf\xe9\n", b"use x;\n"]), max_size=6).map(
    b"".join
)
mode = st.sampled_from([0o644, 0o755, 0o600, 0o664, 0o444])
her_file = st.tuples(st.sampled_from(HERS), st.one_of(st.none(), data), st.one_of(st.none(), mode))
her_part = st.tuples(st.sampled_from(SHARED), lines, st.none())
edit = st.tuples(st.just("edit"), st.lists(st.one_of(her_part, her_file), min_size=1, max_size=4))
person_beside = st.tuples(st.just("beside"), st.tuples(st.sampled_from(SHARED), lines))
move = st.one_of(
    edit, edit, edit, edit, person_beside, person_beside,
    st.tuples(st.just("theirs"), st.tuples(st.sampled_from(THEIRS), st.one_of(st.none(), data), mode)),
    st.tuples(st.just("undo"), st.integers(1, 3)),
    st.tuples(st.just("redo"), st.integers(1, 3)),
    st.tuples(st.just("reopen"), st.none()),
)  # fmt: skip
sequences = st.tuples(edit, st.lists(move, min_size=3, max_size=12)).map(lambda both: [both[0], *both[1]])


def ours(root: Path, shared: str) -> bytes:
    return (root / shared).read_bytes().partition(WALL)[0]


def beside(root: Path, shared: str) -> bytes:
    return (root / shared).read_bytes().partition(WALL)[2]


def act(history: EditHistory, root: Path, what: str, how: object) -> EditHistory:
    """One move, hers or theirs. Hers may be refused, and then nothing has changed."""
    if what == "reopen":
        history.close()
        return EditHistory.open(root, root.parent / "home")
    if what == "beside":
        shared, text = how
        (root / shared).write_bytes(ours(root, shared) + WALL + text)
    elif what == "theirs":
        path, text, mode = how
        if text is None:
            (root / path).unlink(missing_ok=True)
        else:
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_bytes(text)
            (root / path).chmod(mode)
    else:
        before = seen(root)
        try:
            if what == "edit":
                asked = [one for one in how if one[1] is not None or (root / one[0]).exists()]
                changes = {p: text + WALL + beside(root, p) if p in SHARED else text for p, text, _ in asked}
                modes = {path: mode for path, text, mode in asked if mode is not None and text is not None}
                history.apply(changes, "because", modes={p: m for p, m in modes.items() if changes[p] is not None})
            else:
                history.undo(how) if what == "undo" else history.redo(how)
        except EditRefused:
            assert seen(root) == before
    return history


@pytest.fixture(scope="module", params=["git", "plain"])
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = crate(tmp_path_factory.mktemp("template") / "crate")
    for shared in SHARED:
        newline = b"\r\n" if shared == "crlf.rs" else b"\n"
        (root / shared).write_bytes(b"// hers" + newline + WALL + b"// theirs" + newline)
    if request.param == "git":
        git(root, "init", "-q", "-b", "main", "--template=")
        (root / ".gitattributes").write_text("*.rs text eol=crlf\n")
        git(root, "add", "-A")
        git(root, "rm", "-q", "--cached", "run.sh")
        git(root, "commit", "-qm", "A crate")
        (root / "run.sh").write_bytes(b"staged\n")
        git(root, "add", "run.sh")
        (root / "run.sh").write_bytes(b"and not staged\n")
        assert git(root, "status", "--porcelain", "-z") == STATUS
    return root


def sequence(template: Path, moves: list[tuple[str, object]]) -> None:
    with tempfile.TemporaryDirectory(dir=SHM if SHM.is_dir() else None) as scratch:
        root = Path(scratch, "crate")
        shutil.copytree(template, root, symlinks=True)
        in_git = (root / ".git").is_dir()
        start = seen(root)
        kept = books(root) if in_git else {}
        history = EditHistory.open(root, root.parent / "home")
        for what, how in moves:
            history = act(history, root, what, how)
        before = seen(root)
        standing = [step for step in history.steps() if step.state == "standing"]
        if standing:
            history.undo("all")
        after = seen(root)
        expected = dict(start)
        for path in THEIRS:  # theirs, whatever it is now
            for own in (path, str(Path(path).parent)):
                if own in before:
                    expected[own] = before[own]
        for shared in SHARED:  # her lines as they were, theirs as they are
            text = start[shared][1].partition(WALL)[0] + WALL + before[shared][1].partition(WALL)[2]
            expected[shared] = (start[shared][0], text)
        assert after == expected
        if in_git:
            assert books(root) == kept
            if after == start:
                assert git(root, "status", "--porcelain", "-z") == STATUS
        if standing:
            history.redo(len(standing))
            assert seen(root) == before
            history.undo("all")
            assert seen(root) == after
        history.close()


@pytest.mark.parametrize("examples", [40, pytest.param(10_000, marks=[pytest.mark.long, pytest.mark.timeout(0)])])
def test_undo_all_leaves_what_a_person_did_and_nothing_else(template: Path, examples: int) -> None:
    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), database=None)
    @given(sequences)
    def hold(moves: list[tuple[str, object]]) -> None:
        sequence(template, moves)

    hold()
