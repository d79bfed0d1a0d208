#[derive(Debug, PartialEq)]
pub struct Gate {
    pub name: String,
}

pub struct Airport {
    gates: Vec<Gate>,
}

impl Airport {
    pub fn gate(&self, name: &str) -> Option<Gate> {
        self.gates.iter().find(|gate| gate.name == name)
    }
}

pub fn busiest(counts: &[(u32, Gate)]) -> Option<Gate> {
    let (_, gate) = counts.iter().max_by_key(|(count, _)| count)?;
    Some(gate).filter(|gate| !gate.name.is_empty())
}

pub fn names() -> (bool, usize) {
    let airport = Airport { gates: vec![Gate { name: "b".into() }] };
    let gate = Gate { name: "cc".into() };
    (airport.gate("b").is_some(), busiest(&[(3, gate)]).map(|gate| gate.name.len()).unwrap_or(0))
}

#[test]
fn it_is_found() {
    assert_eq!(names(), (true, 2));
}
