"""`?` between two error types, and where the function returns something else."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.conversions.error_conversion import conversions
from rusta.loop.think.strategies.conversions.question_option import asked_elsewhere
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

CASES = {
    "recipe": "`Utf8Error` into `Bytes`, `ParseFloatError` into `Amount`, `ParseIntError` into `Count`",
    "words": "`?` finds no `From` for `String` here",
    "two_files": "it is put into `Width`, `Height` before `?`",
    "boxed": "`TooCold` has its words already, and is one now",
    "given_back": "`ParseIntError` into `Kilo`",
    "nothing_there": "which error nothing is: `.ok_or(Lookup::Unknown)`",
    "into_option": "`.ok()` comes before `?`",
    "returns_nothing": "`add_all` does, and its callers hand the error on",
}
SHORT = ("recipe", "nothing_there")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in SHORT else pytest.mark.long) for name in CASES]
)
def test_an_error_is_handed_on(tmp_path: Path, name: str) -> None:
    done = repaired(tmp_path, (CRATES / f"question_mark/{name}.rs").read_text())
    assert done.why == "done" and CASES[name] in reasons(done)
    assert len(done.chain) == 1


def test_an_enum_of_thiserror_gets_its_attribute(tmp_path: Path) -> None:
    """rustc does not get to the conversion without `thiserror`: what is added is looked at, and not compiled."""
    from rusta.loop.think.strategies.conversions.error_variants import added, converted, held
    from rusta.tools.declared import TYPES, under
    from rusta.tools.statements import Statements

    text = (
        "use thiserror::Error;\n#[derive(Debug, Error)]\npub enum Fault {\n    #[error(\"io\")]\n    Io(io::Error),\n"
        "    #[error(\"number\")]\n    Number {\n        #[source]\n        source: ParseIntError,\n    },\n}\n"
    )  # fmt: skip
    code = Statements(text.encode())
    node = next(under(code.root, *TYPES))
    holders = [held(node, of, code)[0] for of in ("std::io::Error", "ParseIntError")]
    new = added("Utf8Error", node, code, lambda _: None)
    assert new is not None and not held(node, "std::fmt::Error", code)
    done = code.rewritten([*(converted(one, node, code) for one in holders), new]).decode()
    assert "    Io(#[from] io::Error),\n" in done and "        #[from]\n        source: ParseIntError" in done
    assert done.endswith("    },\n    #[error(transparent)]\n    Utf8(#[from] std::str::Utf8Error),\n}\n")


def test_a_caller_that_cannot_hand_it_on_keeps_its_callee(tmp_path: Path) -> None:
    crate = 'fn f(t: &str) {\n    let n: u8 = t.parse()?;\n    print!("{n}");\n}\npub fn g() -> u8 {\n    f("1");\n    1\n}\n'
    assert offered(tmp_path, asked_elsewhere, crate) == []


def test_where_no_variant_holds_the_error_none_is_chosen(tmp_path: Path) -> None:
    crate = "pub enum E { A, B(u8) }\npub fn f(t: &str) -> Result<u8, E> {\n    Ok(t.parse::<u8>()?)\n}\n"
    assert offered(tmp_path, conversions, crate) == []
