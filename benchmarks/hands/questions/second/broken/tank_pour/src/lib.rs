pub struct Tank {
    pub level: u32,
    pub capacity: u32,
    pub log: Vec<String>,
}

impl Tank {
    pub fn new(level: u32, capacity: u32) -> Self {
        Tank { level, capacity, log: Vec::new() }
    }

    fn pour_into(&mut self, other: &mut Tank) -> u32 {
        let amount = self.level.min(other.capacity - other.level);
        self.level -= amount;
        other.level += amount;
        self.log.push(format!("-{amount}"));
        other.log.push(format!("+{amount}"));
        amount
    }
}

pub struct Plant {
    pub tanks: Vec<Tank>,
}

impl Plant {
    /// Pours as much as fits; `None` if there are no two such tanks.
    pub fn pour(&mut self, from: usize, to: usize) -> Option<u32> {
        let source = self.tanks.get_mut(from)?;
        let target = self.tanks.get_mut(to)?;
        Some(source.pour_into(target))
    }

    /// Each tank in turn pours into the one after it.
    pub fn cascade(&mut self) -> u32 {
        let mut moved = 0;
        for (i, tank) in self.tanks.iter_mut().enumerate() {
            if i + 1 < self.tanks.len() {
                moved += tank.pour_into(&mut self.tanks[i + 1]);
            }
        }
        moved
    }
}
