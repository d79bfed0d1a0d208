//! Plans for an oven; `bake` was told how hot it has to be only later.

pub struct Oven {
    degrees: u32,
    log: Vec<(String, u32, u64)>,
}

impl Oven {
    pub fn new(degrees: u32) -> Self {
        Oven { degrees, log: vec![] }
    }

    fn bake(&mut self, name: &str, degrees: u32, minutes: u64) {
        self.log.push((name.to_string(), degrees, minutes));
    }

    pub fn plan(&mut self, names: &[&str], minutes: u64) -> u64 {
        for name in names {
            self.bake(name, minutes);
        }
        total(&self.log)
    }
}

fn total(log: &[(String, u32, u64)]) -> u64 {
    log.iter().map(|(_, degrees, minutes)| u64::from(*degrees) * minutes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_hot() {
        let mut oven = Oven::new(200);
        assert_eq!(oven.plan(&["rye", "oat"], 30), 12000);
    }
}
