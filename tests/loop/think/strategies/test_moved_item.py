"""Paths to items that lie in another module by now."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.modules.moved_item import moved_items
from tests.loop.think.strategies.judged import offered, reasons, repaired

OPERA = {  # two names of a list went to different modules
    "src/lib.rs": "mod cast;\nmod stage;\nmod props;\n\nuse crate::stage::{curtain, Chair as Seat, Lamp};\n\n"
    "pub fn count() -> u32 {\n    curtain() + Seat(2).0 + Lamp::LIT\n}\n\n"
    "#[test]\nfn all() {\n    assert_eq!(count(), 6);\n}\n",
    "src/stage.rs": "pub fn curtain() -> u32 {\n    1\n}\n",
    "src/props.rs": "pub struct Chair(pub u32);\n",
    "src/cast.rs": "pub struct Lamp;\n\nimpl Lamp {\n    pub const LIT: u32 = 3;\n}\n",
}
RIVER = """\
pub mod bank {
    pub fn wide() -> u32 {
        super::water::depth() + crate::water::Eddy::turns()
    }
}

pub mod water {
    pub mod deep {
        pub fn depth() -> u32 {
            4
        }

        pub struct Eddy;

        impl Eddy {
            pub fn turns() -> u32 {
                2
            }
        }
    }
}

#[test]
fn flows() {
    assert_eq!(bank::wide(), 6);
}
"""
TOWN = {
    "src/lib.rs": "mod gate {\n    use crate::wall::Tower;\n\n    pub fn high() -> u32 {\n        Tower { stones: 8 }.stones\n"
    "    }\n}\n\nmod wall {}\n\nmod keep {\n    pub struct Tower {\n        pub stones: u32,\n    }\n}\n\n"
    "#[test]\nfn stands() {\n    assert_eq!(gate::high(), 8);\n}\n"
}


@pytest.mark.parametrize(
    ("files", "row"),
    [
        (OPERA, "use crate::props::Chair as Seat;"),
        pytest.param({"src/lib.rs": RIVER}, "crate::water::deep::Eddy::turns()", marks=pytest.mark.long),
        pytest.param(TOWN, "use crate::keep::Tower;", marks=pytest.mark.long),
    ],
)
def test_a_path_leads_to_where_the_item_is(files: dict[str, str], row: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, files)
    assert done.why == "done"
    assert row in (done.chain[-1].state["src/lib.rs"] or b"").decode() or files is TOWN
    assert files is TOWN or "is named where it is now" in reasons(done)


def test_an_item_of_two_modules_is_not_guessed(tmp_path: Path) -> None:
    files = {"src/lib.rs": "use crate::a::T;\nmod a {}\nmod b { pub struct T; }\nmod c { pub struct T; }\n"}
    assert offered(tmp_path, moved_items, files) == []
