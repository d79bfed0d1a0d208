//! Parcels are looked through in the order that was asked for.
pub enum Order {
    Newest,
    Heaviest(u32),
    All,
}

pub struct Shelf {
    parcels: Vec<(String, u32)>,
}

impl Shelf {
    pub fn parcels(&self, order: Order) -> impl Iterator<Item = &(String, u32)> {
        if self.parcels.is_empty() {
            return self.parcels.iter();
        }
        match order {
            Order::Newest => self.parcels.iter().rev(),
            // lighter ones are left out
            Order::Heaviest(least) => {
                let parcels = self.parcels.iter();
                parcels.filter(move |parcel| parcel.1 >= least)
            }
            Order::All => self.parcels.iter(),
        }
    }
}

#[test]
fn parcels_come_in_order() {
    let shelf = Shelf { parcels: vec![("a".into(), 3), ("b".into(), 9)] };
    let names = |order| shelf.parcels(order).map(|one| one.0.as_str()).collect::<Vec<_>>();
    assert_eq!(names(Order::Newest), ["b", "a"]);
    assert_eq!(names(Order::Heaviest(4)), ["b"]);
    assert_eq!(names(Order::All), ["a", "b"]);
}
