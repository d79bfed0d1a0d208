pub struct Sheep {
    pub wool: u32,
}

pub struct Herd {
    name: String,
    sheep: Vec<Sheep>,
}

impl Herd {
    pub fn new(name: &str, wools: &[u32]) -> Self {
        Herd { name: name.to_string(), sheep: wools.iter().map(|&wool| Sheep { wool }).collect() }
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

pub fn wool(herd: &Herd) -> u32 {
    let mut sum = 0;
    for one in herd {
        sum += one.wool;
    }
    sum
}

pub fn shear(herd: &mut Herd) {
    for one in &mut *herd {
        one.wool = 0;
    }
}

#[test]
fn wool_is_summed() {
    let mut herd = Herd::new("hill", &[2, 5]);
    assert_eq!((wool(&herd), herd.name()), (7, "hill"));
    shear(&mut herd);
    assert_eq!(wool(&herd), 0);
}
