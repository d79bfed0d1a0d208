//! Roads between places.
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Roads {
    from: BTreeMap<String, Vec<(String, u32)>>,
}

pub struct View<'r, F> {
    roads: &'r Roads,
    open: F,
}

impl<'r, F> View<'r, F>
where
    F: Fn(u32) -> bool,
{
    pub fn next(&self, place: &str) -> impl Iterator<Item = &'r str> {
        let roads = self.roads.from.get(place).map(|roads| roads.as_slice()).unwrap_or_default();
        roads.iter().filter(|road| (self.open)(road.1)).map(|road| road.0.as_str())
    }

    pub fn twice(&self, place: &str) -> impl Iterator<Item = (&'r str, &'r str)> {
        self.next(place).flat_map(|one| self.next(one).map(|two| (one, two)))
    }
}

#[test]
fn roads_lead_on() {
    let mut roads = Roads::default();
    roads.from.insert("a".into(), vec![("b".into(), 3), ("c".into(), 9)]);
    roads.from.insert("b".into(), vec![("d".into(), 1)]);
    let view = View { roads: &roads, open: |length| length < 5 };
    let place = String::from("a");
    assert_eq!(view.next(&place).collect::<Vec<_>>(), ["b"]);
    let next = view.next(&String::from("b"));
    assert_eq!(next.count(), 1);
    assert_eq!(view.twice(&place).collect::<Vec<_>>(), [("b", "d")]);
}
