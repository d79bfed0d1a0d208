"""Cycles over releases tell each change and each line of a changelog once, and the measurement of that finds what is not."""

from pathlib import Path

from benchmarks.mirror.replay import replay_figures, told_once
from rusta.memory.entries.entry import Entry
from rusta.mirror.note_text import note_of
from rusta.mirror.slices import slices
from tests.mirror.test_reflection import changes
from tests.repositories import git

LOG = "# Changelog\n\n## 1.2.0\n\n- winch: add `winch`\n- rope: it is stronger\n\n## 1.1.0\n\n- rope: add `wind`\n"


def upstream_of_releases(folder: Path) -> Path:
    """A repository with tags of three releases."""
    lib, manifest = "pub fn wind(turns: u32) {}\n", '[package]\nname = "tokio"\nversion = "{}"\nedition = "2021"\n'
    (folder / "tokio" / "src").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for version, source, log in (
        ("1.1.0", lib, LOG[LOG.index("## 1.1.0") :]),
        ("1.2.0", f"{lib}pub fn winch() {{}}\n", LOG),
        (
            "1.3.0",
            "pub fn wind(turns: u64) {}\n",
            LOG.replace("log\n", "log\n\n## 1.3.0\n\n- rope: `wind` turns longer\n", 1),
        ),
    ):
        (folder / "tokio" / "Cargo.toml").write_text(manifest.format(version))
        (folder / "tokio" / "src" / "lib.rs").write_text(source)
        (folder / "tokio" / "CHANGELOG.md").write_text(log)
        (folder / "Cargo.toml").write_text('[workspace]\nmembers = ["tokio"]\n')
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", f"release {version}")
        git(folder, "tag", f"tokio-{version}")
    return folder


def test_cycles_over_releases_write_every_change_once_and_nothing_again(tmp_path: Path) -> None:
    source = upstream_of_releases(tmp_path / "up")
    figures = replay_figures(source, tmp_path / "work", ("1.1.0", "1.2.0", "1.3.0"))
    assert (figures["replay_releases"], figures["replay_substantial"]) == (2, 2)
    assert (figures["replay_changes"], figures["replay_lines"]) == (
        3,
        3,
    )  # `winch` is new, `wind` changed, `winch` is gone
    assert [figures[f"replay_{name}"] for name in ("lost", "doubled", "written_again")] == [0, 0, 0]


def test_what_a_note_leaves_out_or_says_twice_is_found(tmp_path: Path) -> None:
    of = changes(tmp_path)
    bodies = [note_of(cut, of).body for cut in slices(of.api, of.facts)]
    whole = [Entry(f"semantic/{n}.md", {"type": "semantic"}, body, ()) for n, body in enumerate(bodies)]
    assert not (told := told_once(of, whole)).lost and not told.doubled and told.changes == 4
    assert told_once(of, whole[1:]).lost and told_once(of, [*whole, whole[0]]).doubled
