//! Letters by district; each delivery is written down.

use std::collections::BTreeMap;

pub struct Letter {
    to: String,
    weight: u32,
    text: Box<dyn Fn() -> String>,
}

#[derive(Default)]
pub struct Office {
    districts: BTreeMap<String, Letter>,
    postage: u32,
    done: Vec<String>,
}

mod rounds {
    use super::Office;

    impl Office {
        fn deliver(&mut self, district: &String, to: &str) {
            self.done.push(format!("{district}/{to}"));
        }

        pub fn all(&mut self) -> u32 {
            for (district, letter) in &self.districts {
                if letter.weight > 10 {
                    println!("{} is heavy", letter.to);
                }
                self.deliver(district, &letter.to);
                self.postage += letter.weight * 2;
            }
            self.postage
        }

        pub fn heavy(&mut self) -> Vec<String> {
            let count = self.done.len();
            self.districts.values().filter(|one| one.weight > 10).for_each(|one| self.deliver(&"heavy".to_string(), &one.to));
            self.done[count..].to_vec()
        }
    }
}

#[test]
fn everything_is_delivered() {
    let mut office = Office::default();
    for (district, to, weight) in [("north", "ada", 3), ("east", "bob", 20)] {
        office.districts.insert(district.into(), Letter { to: to.into(), weight, text: Box::new(String::new) });
    }
    assert_eq!(office.all(), 46);
    assert_eq!(office.done, ["east/bob", "north/ada"]);
    assert_eq!(office.heavy(), ["heavy/bob"]);
    assert_eq!((office.districts["east"].text)(), "");
}
