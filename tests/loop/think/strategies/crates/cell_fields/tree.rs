use std::rc::Rc;

#[derive(Debug, Default)]
pub struct Branch {
    pub label: String,
    twigs: Vec<Rc<Branch>>,
    leaves: [u32; 4],
    visits: usize,
}

impl Branch {
    pub fn new(label: &str) -> Rc<Branch> {
        Rc::new(Branch { label: label.to_string(), ..Default::default() })
    }

    pub fn grow(&mut self, twig: &Rc<Branch>) {
        self.twigs.push(twig.clone());
        self.count(0, 1);
    }

    fn count(&mut self, season: usize, leaves: u32) {
        self.leaves[season] += leaves;
        self.visits += 1;
    }

    pub fn twigs(&self) -> &[Rc<Branch>] {
        &self.twigs
    }

    pub fn visits(&self) -> usize {
        self.visits
    }

    pub fn all_leaves(&self) -> u32 {
        let mut sum: u32 = self.leaves.iter().sum();
        for twig in &self.twigs {
            sum += twig.all_leaves();
        }
        sum
    }
}

pub fn joined(parts: &[&str]) -> Rc<Branch> {
    let root = Branch::new("root");
    for part in parts {
        root.grow(&Branch::new(part));
    }
    root
}

#[test]
fn twigs_grow() {
    let root = joined(&["oak", "elm"]);
    root.grow(&joined(&["ash"]));
    assert_eq!((root.twigs().len(), root.visits(), root.all_leaves()), (3, 3, 4));
    assert_eq!(root.twigs()[1].label, "elm");
}
