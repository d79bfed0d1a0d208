//! A garden whose beds are watered one after another.

#[derive(Debug, PartialEq)]
enum Need {
    Water,
    Nothing,
}

struct Place {
    row: usize,
    name: String,
}

struct Bed {
    place: Place,
    dry: u32,
}

struct Garden {
    beds: Vec<Bed>,
    tank: u32,
    journal: Vec<String>,
}

impl Bed {
    fn need(&self) -> Need {
        if self.dry > 2 { Need::Water } else { Need::Nothing }
    }
}

impl Garden {
    fn water(&mut self, row: usize, name: &str, amount: u32) -> bool {
        if amount > self.tank {
            return false;
        }
        self.tank -= amount;
        self.journal.push(format!("{row}: {name} got {amount}"));
        true
    }

    /// How many beds are still dry.
    fn round(&mut self) -> usize {
        let mut left = 0;
        for (number, bed) in self.beds.iter().enumerate() {
            // a bed that needs nothing is passed by
            if bed.need() == Need::Nothing {
                continue;
            }
            let name = bed.place.name.to_uppercase();
            if !self.water(bed.place.row + number, &name, bed.dry) {
                left += 1;
            }
        }
        left
    }
}

#[test]
fn what_is_dry_is_watered_while_there_is_water() {
    let bed = |row, name: &str, dry| Bed { place: Place { row, name: name.into() }, dry };
    let mut garden = Garden { beds: vec![bed(1, "kale", 5), bed(1, "peas", 1), bed(2, "chard", 9)], tank: 8, journal: vec![] };
    assert_eq!(garden.round(), 1);
    assert_eq!(garden.journal, ["1: KALE got 5"]);
}
