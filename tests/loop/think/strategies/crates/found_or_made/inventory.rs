//! Slots of an inventory: a slot is found, or made when it is first asked for.

#[derive(Debug, PartialEq)]
pub struct Slot {
    pub item: String,
    pub count: u32,
}

pub struct Inventory {
    slots: Vec<Slot>,
    made: usize,
}

impl Inventory {
    fn slot(&mut self, item: &str) -> &mut Slot {
        for slot in self.slots.iter_mut() {
            if slot.item == item {
                return slot;
            }
        }
        self.made += 1;
        self.slots.push(Slot { item: item.to_string(), count: 0 });
        self.slots.last_mut().unwrap()
    }

    /// The fullest slot, or the first one, which is made where there is none.
    fn fullest(&mut self) -> &mut Slot {
        let most = self.slots.iter().map(|slot| slot.count).max();
        match self.slots.iter_mut().find(|slot| Some(slot.count) == most) {
            // there is at least one
            Some(slot) => slot,
            None => self.slot("nothing"),
        }
    }
}

#[test]
fn a_slot_is_made_once() {
    let mut bag = Inventory { slots: vec![], made: 0 };
    assert_eq!(bag.fullest().item, "nothing");
    bag.slot("rope").count += 2;
    bag.slot("rope").count += 1;
    assert_eq!(bag.made, 2);
    assert_eq!(bag.fullest().item, "rope");
    assert_eq!(bag.slots[1], Slot { item: "rope".into(), count: 3 });
}
