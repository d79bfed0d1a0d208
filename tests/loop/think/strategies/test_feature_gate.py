"""Uses of items that are configured out."""

from pathlib import Path

import pytest

from rusta.loop.think.hypotheses import Cost
from rusta.loop.think.strategies.modules.feature_gate import feature_gates
from tests.loop.think.strategies.judged import offered, reasons, repaired

METER = """\
mod wire {
    /// The reading of the radio.
    #[cfg(feature = "radio")]
    pub fn by_radio() -> u32 {
        90
    }

    pub fn by_hand() -> u32 {
        40
    }
}

use wire::{by_hand, by_radio};

pub struct Meter;

impl Meter {
    pub fn read(&self, twice: bool) -> u32 {
        let found = if cfg!(feature = "radio") {
            // nobody has to walk
            if twice { by_radio() * 2 } else { by_radio() }
        } else {
            by_hand()
        };
        found + 1
    }
}

#[test]
fn by_hand_without_a_radio() {
    assert_eq!(Meter.read(true), 41);
}
"""
KIOSK = """\
pub enum Paper {
    Daily,
    #[cfg(feature = "archive")]
    Old(u32),
}

pub fn price(paper: &Paper) -> u32 {
    match paper {
        Paper::Daily => 2,
        Paper::Old(years) => 2 + years,
    }
}

#[test]
fn costs() {
    assert_eq!(price(&Paper::Daily), 2);
}
"""
FERRY = """\
mod log {
    #[cfg(feature = "trace")]
    pub fn left(_: u32) {}

    #[cfg(feature = "trace")]
    pub struct Book(pub u32);
}

pub fn cross(cars: u32) -> u32 {
    log::left(cars);
    cars / 2
}

impl Clone for log::Book {
    fn clone(&self) -> Self {
        log::Book(self.0)
    }
}

#[test]
fn half() {
    assert_eq!(cross(8), 4);
}
"""

DEPOT = """\
mod metrics {
    #[cfg(feature = "metrics")]
    #[derive(Default)]
    pub struct Counter(pub u64);
}

use metrics::Counter;

pub struct Queue {
    items: Vec<u32>,
    // how many there were
    seen: Counter,
}

impl Queue {
    pub fn new() -> Self {
        Queue { items: Vec::new(), seen: Counter::default() }
    }

    pub fn push(&mut self, item: u32) -> usize {
        self.seen.0 += 1;
        self.items.push(item);
        self.items.len()
    }
}

#[test]
fn one() {
    assert_eq!(Queue::new().push(3), 1);
}
"""


@pytest.mark.parametrize(
    ("source", "row"),
    [
        (METER, '#[cfg(feature = "radio")]\nuse wire::by_radio;'),
        pytest.param(KIOSK, '#[cfg(feature = "archive")]\n        Paper::Old', marks=pytest.mark.long),
        pytest.param(DEPOT, '#[cfg(feature = "metrics")]\n    seen: Counter,', marks=pytest.mark.long),
        pytest.param(FERRY, '#[cfg(feature = "trace")]\n    log::left(cars);', marks=pytest.mark.long),
    ],
)
def test_what_uses_a_gated_item_is_gated_like_it(source: str, row: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, source)
    assert done.why == "done" and "so is now what uses it" in reasons(done)
    assert row in (done.chain[-1].state["src/lib.rs"] or b"").decode()


def test_a_value_that_is_needed_is_not_gated_away_and_the_feature_is_asked_for(tmp_path: Path) -> None:
    source = '#[cfg(feature = "deep")]\nfn depth() -> u8 {\n    9\n}\n\npub fn dive() -> u8 {\n    depth()\n}\n'
    manifest = (
        '[package]\nname = "broken"\nedition = "2021"\n\n[features]\ndefault = ["std"] # small\nstd = []\ndeep = []\n'
    )
    (made,) = offered(tmp_path, feature_gates, {"Cargo.toml": manifest, "src/lib.rs": source})
    assert made.cost is Cost.ASKED and b'default = ["std", "deep"] # small' in (made.changes["Cargo.toml"] or b"")
