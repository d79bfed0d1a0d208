//! Parcels, which got a weight and a zone.

#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    pub to: String,
    pub weight: u32,
    pub zone: u8,
}

pub enum Step {
    Packed { by: String, at: u32 },
    Sent(u32, u32),
}

impl Parcel {
    pub fn new(to: &str, weight: u32, zone: u8) -> Self {
        Parcel { to: to.to_string(), weight }
    }

    pub fn forwarded(&self, to: &str) -> Parcel {
        Parcel { to: to.to_string(), weight: self.weight }
    }
}

pub fn when(step: &Step) -> u32 {
    match step {
        Step::Packed { at } => *at,
        Step::Sent(day) => *day,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_is_forwarded() {
        let parcel = Parcel::new("a", 3, 2).forwarded("b");
        assert_eq!(parcel, Parcel { to: "b".into(), weight: 3, zone: 2 });
        assert_eq!(when(&Step::Sent(4, 5)) + when(&Step::Packed { by: "x".into(), at: 1 }), 5);
    }
}
