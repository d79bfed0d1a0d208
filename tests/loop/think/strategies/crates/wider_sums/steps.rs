pub struct Day {
    pub steps: Vec<u16>,
}

pub struct Week(pub Vec<Day>);

impl Week {
    pub fn steps(&self) -> u64 {
        let mut total = 0;
        for day in &self.0 {
            for part in &day.steps {
                total += part;
            }
        }
        total
    }
}

#[test]
fn it_sums() {
    assert_eq!(Week(vec![Day { steps: vec![60_000, 9_000] }, Day { steps: vec![1] }]).steps(), 69_001);
}
