//! A basket whose prices follow a rate.

pub struct Basket {
    lines: Vec<(String, f64)>,
    rate: f64,
    rounds: Vec<u32>,
}

impl Basket {
    fn raised(&self, price: f64) -> f64 {
        price * 1.5 + self.rate
    }

    fn rounds(&self) -> &Vec<u32> {
        &self.rounds
    }

    pub fn raise(&mut self) -> usize {
        let mut changed = 0;
        for (_, price) in self.lines.iter_mut() {
            *price = self.raised(*price);
            changed += 1;
        }
        let known = self.rounds();
        if is_short(known) {
            self.lines.retain(|line| line.1 < 100.0);
        }
        changed + usize::from(is_short(known))
    }
}

fn is_short(rounds: &Vec<u32>) -> bool {
    rounds.len() < 3
}

#[test]
fn prices_rise() {
    let mut basket = Basket { lines: vec![("tea".into(), 4.0), ("gold".into(), 90.0)], rate: 0.0, rounds: vec![1] };
    assert_eq!(basket.raise(), 3);
    assert_eq!(basket.lines, [("tea".to_owned(), 6.0)]);
}
