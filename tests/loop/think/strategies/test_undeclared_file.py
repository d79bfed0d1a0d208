"""Files that no `mod` names."""

import subprocess
from pathlib import Path

import pytest

from rusta.loop.attempt.repair_search import Repaired
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.modules.library_path import library_paths
from rusta.loop.think.strategies.modules.undeclared_file import undeclared_files
from rusta.tools.diagnostics import parse
from tests.loop.think.strategies.judged import offered, opened, reasons, repaired

BAKERY = {
    "src/lib.rs": "//! Bread.\n\npub mod oven;\npub mod stock;\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn warm() {\n"
    "        assert_eq!(crate::oven::bake(2), 400);\n    }\n}\n",
    "src/oven.rs": "use super::flour::{Grain, weigh};\n\npub fn bake(loaves: u32) -> u32 {\n    weigh(Grain::Rye) * loaves\n}\n",
    "src/flour.rs": "pub enum Grain {\n    Rye,\n}\n\npub fn weigh(_: Grain) -> u32 {\n    200\n}\n",
    "src/stock.rs": "",
}
HARBOUR = {  # a module in a folder, named by a path inside of a function of another module
    "src/lib.rs": "mod ships;\nmod quay {\n    pub fn wait() -> u8 {\n        crate::ships::tugs::count()\n    }\n}\n\n"
    "#[test]\nfn two() {\n    assert_eq!(quay::wait(), 2);\n}\n",
    "src/ships/mod.rs": "// Hulls and what pulls them.\npub const HULLS: u8 = 1;\n",
    "src/ships/tugs.rs": "pub fn count() -> u8 {\n    super::HULLS + 1\n}\n",
}
CHOIR = {  # two files at once, one below another, written without `crate::`
    "src/lib.rs": "/// The pitch of a voice.\npub fn pitch() -> u32 {\n    voices::alto::LOW + inner::up()\n}\n\nmod inner {\n"
    "    use scale::STEP;\n\n    pub fn up() -> u32 {\n        STEP\n    }\n}\n\n#[test]\nfn sings() {\n"
    "    assert_eq!(pitch(), 222);\n}\n",
    "src/voices.rs": "pub mod alto;\n",
    "src/voices/alto.rs": "pub const LOW: u32 = 220;\n",
    "src/scale/mod.rs": "pub const STEP: u32 = 2;\n",
}


@pytest.mark.parametrize(
    ("files", "row"),
    [
        (BAKERY, "//! Bread.\n\nmod flour;\npub mod oven;"),
        pytest.param(HARBOUR, "pub(crate) mod tugs;", marks=pytest.mark.long),
        pytest.param(CHOIR, "mod voices;", marks=pytest.mark.long),
    ],
)
def test_a_file_that_nothing_declares_is_declared(files: dict[str, str], row: str, tmp_path: Path) -> None:
    done: Repaired = repaired(tmp_path, files)
    assert done.why == "done" and "as nothing names it yet" in reasons(done)
    assert any(row in (text or b"").decode() for text in done.chain[-1].state.values())


def test_what_a_test_of_the_crate_names_is_public(tmp_path: Path) -> None:
    (made,) = offered(tmp_path, undeclared_files, {**BAKERY, "tests/it.rs": "use broken::{flour::Grain, oven};\n"})
    assert b"pub mod flour;\npub mod oven;" in (made.changes["src/lib.rs"] or b"")
    assert "because others name it" in made.reason


def test_a_name_without_a_file_is_not_declared(tmp_path: Path) -> None:
    files = {"src/lib.rs": "use crate::nowhere::Thing;\nmod a;\n", "src/a.rs": "use crate::a::b::C;\n", "src/b.rs": ""}
    assert offered(tmp_path, undeclared_files, files) == []


MAILS = {
    "src/lib.rs": "pub mod inbox;\n\npub const LIMIT: u8 = 9;\n\npub fn name() -> u8 {\n    1\n}\n",
    "src/inbox.rs": "pub fn count() -> u8 {\n    3\n}\n",
    "src/main.rs": "use crate::inbox::count;\nuse crate::{LIMIT, name, Own};\n\nstruct Own;\n\n"
    "fn main() {\n    assert_eq!(count(), inbox::count());\n"
    '    println!("{}", name());\n}\n',
}


def test_a_program_names_the_library_by_its_name_and_declares_none_of_its_files(tmp_path: Path) -> None:
    scratch, rustc = opened(tmp_path, MAILS)
    said = subprocess.run(
        ["rustc", "--edition=2021", "--error-format=json", "--emit=metadata", "--out-dir", rustc.out, "src/main.rs"],
        cwd=scratch.root, capture_output=True,
    )  # fmt: skip
    situation = Situation(parse(said.stderr, scratch.root).diagnostics, scratch.read, scratch.sources(), scratch.root)
    assert not list(undeclared_files(situation))
    (made,) = library_paths(situation)
    text = (made.changes["src/main.rs"] or b"").decode()
    assert (
        text.startswith("use broken::inbox::count;\nuse crate::Own;\nuse broken::LIMIT;\nuse broken::name;\n")
        and "broken::inbox::count()" in text
    )
