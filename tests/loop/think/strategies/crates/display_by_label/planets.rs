#[derive(Debug, Clone, Copy)]
pub enum Planet {
    Venus,
    Mars,
}

impl Planet {
    pub fn name(self) -> &'static str {
        match self {
            Planet::Venus => "Venus",
            Planet::Mars => "Mars",
        }
    }

    pub fn moons(self) -> u8 {
        if matches!(self, Planet::Mars) { 2 } else { 0 }
    }
}

pub struct Kelvin(pub f64);

pub fn described(planet: Planet, heat: &Kelvin) -> String {
    format!("{planet} ({} moons, {})", planet.moons(), heat)
}

#[test]
fn planets_are_described() {
    assert_eq!(described(Planet::Mars, &Kelvin(210.5)), "Mars (2 moons, 210.5)");
    assert_eq!(described(Planet::Venus, &Kelvin(737.0)), "Venus (0 moons, 737)");
}
