//! Lap times.
use std::cmp;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lap {
    pub seconds: f32,
    pub car: u32,
}

fn weight(lap: &Lap) -> f32 {
    lap.seconds / 2.0
}

pub fn fastest_first(laps: &mut [Lap]) {
    laps.sort_by(|one, other| one.seconds.cmp(&other.seconds));
}

pub fn by_weight(laps: &mut Vec<Lap>) {
    laps.sort_by_key(weight);
}

pub fn slower(one: &Lap, other: &Lap) -> f32 {
    cmp::max(one.seconds, other.seconds)
}

pub fn pairs(laps: &[Lap]) -> Vec<(f32, u32)> {
    let mut all: Vec<(f32, u32)> = laps.iter().map(|lap| (lap.seconds, lap.car)).collect();
    all.sort();
    all
}

pub fn place(sorted: &[f32], seconds: f32) -> usize {
    match sorted.binary_search(&seconds) {
        Ok(at) | Err(at) => at,
    }
}

#[test]
fn laps_are_ordered() {
    let mut laps = vec![Lap { seconds: 9.0, car: 2 }, Lap { seconds: 8.5, car: 1 }, Lap { seconds: 9.0, car: 1 }];
    assert_eq!(pairs(&laps), [(8.5, 1), (9.0, 1), (9.0, 2)]);
    fastest_first(&mut laps);
    assert_eq!(laps[0].car, 1);
    by_weight(&mut laps);
    assert_eq!(slower(&laps[0], &laps[1]), 9.0);
    assert_eq!(place(&[1.0, 2.0, 3.0], 2.5), 2);
}
