pub struct Car {
    pub plate: String,
    pub owner: Option<String>,
}

pub struct Garage {
    pub cars: Vec<Car>,
}

impl Garage {
    pub fn owner(&self, plate: &str) -> Option<&str> {
        let car = self.cars.iter().find(|car| car.plate == plate)?;
        car.owner.map(|name| name.as_str())
    }

    pub fn plates(&self) -> Vec<&String> {
        self.cars.into_iter().map(|car| &car.plate).collect()
    }
}

#[test]
fn cars_have_owners() {
    let cars = vec![
        Car { plate: "B 1".into(), owner: Some("Uwe".into()) },
        Car { plate: "M 2".into(), owner: None },
    ];
    let garage = Garage { cars };
    assert_eq!(garage.owner("B 1"), Some("Uwe"));
    assert_eq!(garage.owner("M 2"), None);
    assert_eq!(garage.plates(), ["B 1", "M 2"]);
}
