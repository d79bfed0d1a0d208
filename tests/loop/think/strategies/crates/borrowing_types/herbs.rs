use std::collections::HashMap;

pub struct Bed<T> {
    plants: &[T],
    width: usize,
}

impl<T: PartialEq> Bed<T> {
    pub fn new(plants: &[T], width: usize) -> Self {
        Bed { plants, width }
    }

    pub fn row(&self, n: usize) -> &[T] {
        let start = n * self.width;
        &self.plants[start..start + self.width]
    }
}

pub struct Garden {
    beds: Vec<Bed<String>>,
    names: HashMap<&str, usize>,
}

impl Garden {
    pub fn new() -> Garden {
        Garden { beds: Vec::new(), names: HashMap::new() }
    }

    pub fn add(&mut self, name: &str, bed: Bed<String>) {
        self.names.insert(name, self.beds.len());
        self.beds.push(bed);
    }

    pub fn bed(&self, name: &str) -> Option<&Bed<String>> {
        self.names.get(name).map(|n| &self.beds[*n])
    }
}

#[test]
fn beds_are_found() {
    let plants: Vec<String> = ["dill", "mint", "sage", "rue"].map(String::from).to_vec();
    let mut garden = Garden::new();
    garden.add("south", Bed::new(&plants, 2));
    let name = String::from("south");
    assert_eq!(garden.bed(&name).unwrap().row(1), ["sage", "rue"]);
    assert!(garden.bed("north").is_none());
}
