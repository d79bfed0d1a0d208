//! Chords, from times when `gen` was a name like any other.
pub trait Source {
    fn gen(&mut self) -> u8;
}

pub struct Gen {
    gen: u8,
    try_again: bool,
}

impl Source for Gen {
    fn gen(&mut self) -> u8 {
        self.gen = self.gen.wrapping_mul(5).wrapping_add(1);
        self.gen
    }
}

pub fn chord(mut gen: impl Source) -> [u8; 3] {
    [gen.gen() % 12, gen.gen() % 12, gen.gen() % 12]
}

pub fn loud(chord: &[(u8, Option<u8>)]) -> usize {
    chord.iter().filter(|&(tone, ref level)| *tone > 0 && matches!(level, Some(level) if *level > 3)).count()
}

pub fn new(gen: u8) -> Gen {
    let mut new = Gen { gen, try_again: false };
    if new.gen() == 0 || new.try_again {
        new.gen = 1;
    }
    new
}

#[test]
fn three_tones() {
    assert_eq!(chord(new(1)), [7, 0, 1]);
    assert_eq!(loud(&[(1, Some(4)), (0, Some(9)), (2, None)]), 1);
}
