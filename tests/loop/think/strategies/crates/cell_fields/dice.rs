pub trait Source {
    fn roll(&self) -> u32;

    fn rolled(&self) -> usize;
}

pub struct Dice {
    seed: u32,
    log: Vec<u32>,
}

impl Dice {
    pub fn new(seed: u32) -> Self {
        Self { seed, log: vec![] }
    }

    pub fn into_log(self) -> Vec<u32> {
        self.log
    }
}

impl Source for Dice {
    fn roll(&self) -> u32 {
        self.seed = self.seed.wrapping_mul(5) + 1;
        let eyes = self.seed % 6 + 1;
        self.log.push(eyes);
        eyes
    }

    fn rolled(&self) -> usize {
        self.log.len()
    }
}

fn sum(source: &dyn Source, times: usize) -> u32 {
    (0..times).map(|_| source.roll()).sum()
}

#[test]
fn dice_are_rolled() {
    let dice = Dice::new(3);
    assert_eq!(sum(&dice, 2), 5 + 4);
    assert_eq!(dice.rolled(), 2);
    assert_eq!(dice.into_log(), [5, 4]);
}
