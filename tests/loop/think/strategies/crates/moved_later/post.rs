pub struct Parcel {
    pub to: String,
    pub grams: u32,
}

#[derive(Default)]
pub struct Office {
    sent: Vec<Parcel>,
    weight: u32,
    last: String,
}

impl Office {
    pub fn send(&mut self, parcel: Parcel) -> bool {
        self.sent.push(parcel);
        // the last one is told on the board
        self.last = parcel.to;
        self.weight += parcel.grams;
        parcel.grams > 1000
    }
}

#[test]
fn parcels_are_sent() {
    let mut office = Office::default();
    assert!(!office.send(Parcel { to: "Bonn".to_string(), grams: 20 }));
    assert!(office.send(Parcel { to: "Kiel".to_string(), grams: 2000 }));
    assert_eq!((office.sent.len(), office.weight, office.last.as_str()), (2, 2020, "Kiel"));
    assert_eq!(office.sent[0].to, "Bonn");
}
