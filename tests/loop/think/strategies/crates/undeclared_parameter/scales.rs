//! Weights that go through whatever converts them.

pub trait Convert {
    fn convert<W, C>(&self, by: C) -> Vec<W>
    where
        C: Fn(u32) -> W;
}

pub struct Sack(pub Vec<u32>);

impl Convert for Sack {
    fn convert<C>(&self, by: C) -> Vec<W>
    where
        C: Fn(u32) -> W,
    {
        self.0.iter().map(|&grams| by(grams)).collect()
    }
}

#[test]
fn a_sack_is_converted_piece_by_piece() {
    let sack = Sack(vec![250, 1000]);
    assert_eq!(sack.convert(|grams| format!("{grams} g")), ["250 g", "1000 g"]);
    assert_eq!(sack.convert::<u64, _>(u64::from), [250, 1000]);
}
