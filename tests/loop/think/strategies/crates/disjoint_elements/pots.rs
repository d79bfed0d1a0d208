pub struct Pot {
    pub litres: u32,
}

impl Pot {
    fn fill(&mut self, other: &mut Pot) {
        other.litres += self.litres;
        self.litres = 0;
    }
}

pub struct Kitchen {
    pub pots: Vec<Pot>,
}

impl Kitchen {
    /// Pours one pot into another; `None` if there are no two such pots.
    pub fn pour(&mut self, from: usize, to: usize) -> Option<u32> {
        let source = self.pots.get_mut(from)?;
        let target = self.pots.get_mut(to)?;
        source.fill(target);
        Some(target.litres)
    }

    pub fn gather(&mut self) {
        for i in 1..self.pots.len() {
            self.pots[i - 1].fill(&mut self.pots[i]);
        }
    }
}

#[test]
fn it_pours() {
    let mut kitchen = Kitchen { pots: [1, 2, 3].map(|litres| Pot { litres }).into() };
    assert_eq!(kitchen.pour(0, 2), Some(4));
    assert_eq!(kitchen.pour(0, 3), None);
    assert_eq!(kitchen.pour(1, 1), None);
    kitchen.gather();
    assert_eq!(kitchen.pots[2].litres, 6);
}
