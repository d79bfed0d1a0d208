"""The examples of a change are compiled at both states, in the sandbox, and a note says where they compile."""

import shutil
from pathlib import Path

import pytest

from rusta.library.source_files import FolderFiles
from rusta.mirror.changed_files import ChangedFiles
from rusta.mirror.compared_states import ComparedStates, MirrorState
from rusta.mirror.example_checks import ExampleChecks
from rusta.mirror.example_marks import ExampleMark, ExampleMarks
from rusta.mirror.fact import ChangeFact
from rusta.mirror.note_text import note_of
from rusta.mirror.revision_changes import RevisionChanges, revision_changes
from rusta.mirror.slices import slices
from rusta.tools.sandbox import choose

LIB = """
/// Mixes a glaze.
///
/// ```
/// # use kiln::blend;
/// let parts = blend({given});
/// assert!(parts > 0);
/// ```
pub fn blend({taken}) -> u32 {{ parts }}
"""
needs_cargo = pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed")


def state(folder: Path, version: str, lib: str, example: str, more: str = "") -> MirrorState:
    for path, text in (
        ("Cargo.toml", f'[package]\nname = "kiln"\nversion = "{version}"\nedition = "2021"\n{more}'),
        ("src/lib.rs", lib),
        ("examples/fire.rs", example),
        ("rust-toolchain", "a toolchain that is not here"),
        (".cargo/config.toml", '[build]\nrustc-wrapper = "/bin/false"\n'),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return MirrorState("ab"[version != "0.1.0"] * 40, FolderFiles(folder))


def changes(folder: Path, more: str = "") -> RevisionChanges:
    old = state(
        folder / "old",
        "0.1.0",
        LIB.format(given="1", taken="parts: u32"),
        "fn main() {\n    kiln::blend(2);\n}\n",
        more,
    )
    new = state(
        folder / "new",
        "0.2.0",
        LIB.format(given="1, 3", taken="parts: u32, _water: u32"),
        "fn main() {\n    kiln::blend(2, 5);\n}\n",
        more,
    )
    return revision_changes(ComparedStates("kiln", old, new, (), ChangedFiles(old.files, new.files)))


def of_file(of: RevisionChanges, marks: ExampleMarks) -> ExampleMark:
    (fact,) = [one for one in of.facts if one.path == "examples/fire.rs"]
    return marks[fact]


@needs_cargo
def test_examples_are_compiled_at_both_states_and_what_breaks_is_marked_with_its_code(tmp_path: Path) -> None:
    of = changes(tmp_path)
    marks = ExampleChecks(choose("auto")).marks(of)
    before, now = (
        "compiles at 0.1.0; does not compile at 0.2.0: E0061",
        "compiles at 0.2.0; does not compile at 0.1.0: E0061",
    )
    assert of_file(of, marks) == ExampleMark(before, now)
    bodies = [note_of(cut, of, marks=marks).body for cut in slices(of.api, of.facts)]
    (said,) = [one for one in bodies if "examples/fire.rs" in one]
    assert f"```rust\n// before: {before}\n    kiln::blend(2);\n// now: {now}\n    kiln::blend(2, 5);\n```" in said


@needs_cargo
def test_what_cargo_has_not_here_is_said_by_name_and_nothing_else_fails(tmp_path: Path) -> None:
    of = changes(tmp_path, '[dependencies]\nno-such-crate-of-any-kiln = "1"\n')
    assert of_file(of, ExampleChecks(choose("auto")).marks(of)) == ExampleMark(
        *["not compiled: it needs `no-such-crate-of-any-kiln`, which cargo has not here"] * 2
    )


@needs_cargo
def test_an_example_that_does_not_compile_at_its_own_state_says_nothing_of_the_other(tmp_path: Path) -> None:
    of = changes(tmp_path)
    facts = tuple(
        ChangeFact("example", one.text, one.path, one.line, package="kiln", before=one.before,
                   program="fn main() { oven::bake(); }", program_before="fn main() { kiln::blend(1); }")
        for one in of.facts if one.path == "examples/fire.rs"
    )  # fmt: skip
    of = RevisionChanges(**{**vars(of), "facts": facts})
    mark = of_file(of, ExampleChecks(choose("auto")).marks(of))
    assert mark.now == "not compiled: alone it lacks what it leans on at 0.2.0 (E0433)"
    assert mark.before.startswith("compiles at 0.1.0;")


def test_without_a_sandbox_or_without_time_it_is_said_so(tmp_path: Path) -> None:
    of = changes(tmp_path)
    assert of_file(of, ExampleChecks(None).marks(of)).now == "not compiled: there is no sandbox to compile it in"
    assert of_file(of, ExampleChecks(choose("auto"), seconds=0.0).marks(of)).now.startswith("not compiled: the 0 s")


def test_a_path_that_leads_out_of_the_tree_is_no_dependency(tmp_path: Path) -> None:
    from rusta.mirror.example_checks import _manifest
    from rusta.mirror.repository_packages import repository_packages

    of = changes(tmp_path, '[dependencies]\noven = { path = "../../oven" }\nglaze = { path = "/glaze" }\nclay = "1"\n')
    (package,) = repository_packages(of.new.files)
    said = _manifest(package, "use oven::bake; fn main() { glaze::mix(clay::soft()) }")
    assert "oven" not in said and "glaze" not in said and '"clay" = { version = "1" }' in said
