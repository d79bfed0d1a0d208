"""Packages whose edition is missing, too old, or none at all."""

from pathlib import Path

import pytest

from rusta.loop.think.hypotheses import Cost
from rusta.loop.think.strategies.modules.edition import editions
from tests.loop.think.strategies.judged import offered, reasons, repaired

BARE = '[package]\nname = "broken"\nversion = "0.1.0"  # first\nlicense = "MIT"\n\n[dependencies]\n'
POST = """\
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub async fn deliver(letters: u8) -> u8 {
    sorted(letters).await
}

async fn sorted(letters: u8) -> u8 {
    letters * 2
}

#[test]
fn comes() {
    let mut round = pin!(deliver(4));
    assert_eq!(round.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(8));
}
"""
SCALE = """\
struct Scale(i64);

impl Scale {
    fn small(&self) -> Result<u8, std::num::TryFromIntError> {
        self.0.try_into()
    }

    fn text() -> &'static std::ffi::CStr {
        c"grams"
    }
}

#[test]
fn weighs() {
    assert_eq!(Scale(200).small(), Ok(200));
    assert_eq!(Scale::text().to_bytes(), b"grams");
}
"""
CLOCK = """\
mod hands {
    pub fn hour(said: Option<&str>) -> u8 {
        if let Some(text) = said && let Ok(hour) = text.parse() {
            hour
        } else {
            12
        }
    }
}

#[test]
fn strikes() {
    assert_eq!((hands::hour(Some("3")), hands::hour(None)), (3, 12));
}
"""


@pytest.mark.parametrize(
    ("manifest", "source", "row"),
    [
        (BARE, POST, 'version = "0.1.0"  # first\nedition = "2018"\nlicense = "MIT"\n'),
        pytest.param(
            '[package]\nname = "broken"\nedition = "2018"\n', SCALE, 'edition = "2021"\n', marks=pytest.mark.long
        ),
        pytest.param(
            '[package]\nname = "broken"\nedition = "2021"\n', CLOCK, 'edition = "2024"\n', marks=pytest.mark.long
        ),
    ],
)
def test_the_lowest_edition_that_suffices_is_set(manifest: str, source: str, row: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, {"Cargo.toml": manifest, "src/lib.rs": source})
    assert done.why == "done" and "which the code is written for" in reasons(done)
    assert row in (done.chain[-1].state["Cargo.toml"] or b"").decode()
    assert done.chain[-1].hypothesis.cost is Cost.ASKED


def test_a_member_inherits_the_edition_that_its_workspace_has(tmp_path: Path) -> None:
    root = '[workspace]\nmembers = ["post"]\n\n[workspace.package]\nedition = "2021"\n\n[package]\nname = "broken"\n'
    made = offered(tmp_path, editions, {"Cargo.toml": root, "src/lib.rs": POST})
    assert b'name = "broken"\nedition.workspace = true\n' in (made[0].changes["Cargo.toml"] or b"")


def test_errors_that_no_edition_is_named_in_leave_it_as_it_is(tmp_path: Path) -> None:
    assert offered(tmp_path, editions, "pub fn f() -> u8 {\n    nowhere::g()\n}\n") == []
    assert offered(tmp_path / "2", editions, "pub fn f() -> u8 {\n    'a'\n}\n", "2015") == []
