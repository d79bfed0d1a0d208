"""A `mod` and its file that do not find each other."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.modules.misplaced_file import misplaced_files
from tests.loop.think.strategies.judged import offered, reasons, repaired

TEST = "\n#[test]\nfn holds() {\n    assert_eq!(answer(), 7);\n}\n"
SEVEN = "pub fn seven() -> u8 {\n    7\n}\n"
KITCHEN = {  # declared in the crate's root and again where it is used
    "src/lib.rs": f"mod pans;\nmod stove;\n\npub fn answer() -> u8 {{\n    stove::heat()\n}}\n{TEST}",
    "src/stove.rs": "mod pans;\n\npub fn heat() -> u8 {\n    pans::seven()\n}\n",
    "src/pans.rs": SEVEN,
}
TRAIN = {  # declared only where it is used, and its file lies beside
    "src/lib.rs": f"mod engine;\n\npub fn answer() -> u8 {{\n    engine::pull()\n}}\n{TEST}",
    "src/engine.rs": "// Coal.\npub mod coal;\n\npub fn pull() -> u8 {\n    coal::seven()\n}\n",
    "src/coal.rs": SEVEN,
}
LETTER = {  # the file has another name than the paths
    "src/lib.rs": f"pub mod stamps;\n\npub fn answer() -> u8 {{\n    stamps::seven()\n}}\n{TEST}",
    "src/stamp.rs": SEVEN,
}
GARDEN = {  # twice, once for others
    "src/lib.rs": f"mod bed;\nmod hedge {{\n    mod gate;\n    pub mod gate;\n    pub use gate::seven;\n}}\npub mod bed;\n"
    f"\npub fn answer() -> u8 {{\n    hedge::seven() + bed::NONE\n}}\n{TEST}",
    "src/bed.rs": "pub const NONE: u8 = 0;\n",
    "src/hedge/gate.rs": SEVEN,
}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (KITCHEN, "pans is declared once, as crate::pans, and imported here"),
        pytest.param(TRAIN, "src/coal.rs is declared in src/lib.rs", marks=pytest.mark.long),
        pytest.param(LETTER, "src/stamp.rs is called src/stamps.rs", marks=pytest.mark.long),
        pytest.param(GARDEN, "the second `mod` of it goes", marks=pytest.mark.long),
    ],
)
def test_a_module_and_its_file_are_brought_together(files: dict[str, str], reason: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, files)
    assert done.why == "done" and reason in reasons(done)


def test_of_two_files_that_may_be_it_none_is_chosen(tmp_path: Path) -> None:
    files = {"src/lib.rs": "mod a;\n", "src/a.rs": "mod b;\n", "src/b.rs": "", "src/c/b.rs": ""}
    assert offered(tmp_path, misplaced_files, files) == []
