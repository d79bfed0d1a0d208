use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Grade {
    Good,
    Fair,
    Poor,
}

impl Grade {
    pub fn label(&self) -> &'static str {
        match self {
            Grade::Good => "good",
            Grade::Fair => "fair",
            Grade::Poor => "poor",
        }
    }
}

pub struct Report {
    pub pupil: String,
    pub grades: Vec<Grade>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}:", self.pupil)?;
        for grade in &self.grades {
            write!(f, " {}", grade)?;
        }
    }
}

pub fn list(reports: &[Report]) -> String {
    reports.iter().map(|report| report.to_string()).join("\n")
}

#[test]
fn reports_are_listed() {
    let one = Report { pupil: "Ida".into(), grades: vec![Grade::Good, Grade::Poor] };
    let two = Report { pupil: "Jan".into(), grades: vec![Grade::Fair] };
    assert_eq!(list(&[one, two]), "Ida: good poor\nJan: fair");
}
