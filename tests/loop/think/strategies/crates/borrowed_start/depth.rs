#[derive(Debug, PartialEq)]
pub struct Reading {
    pub metres: u32,
    pub place: String,
}

pub struct Survey {
    first: Reading,
    rest: Vec<Reading>,
}

impl Survey {
    pub fn deepest(&self) -> &Reading {
        let mut best = self.first;
        for one in &self.rest {
            if one.metres > best.metres {
                best = one;
            }
        }
        best
    }
}

#[test]
fn it_is_the_deepest() {
    let at = |metres, place: &str| Reading { metres, place: place.to_string() };
    let survey = Survey { first: at(3, "quay"), rest: vec![at(9, "buoy"), at(7, "pier")] };
    assert_eq!(survey.deepest().place, "buoy");
}
