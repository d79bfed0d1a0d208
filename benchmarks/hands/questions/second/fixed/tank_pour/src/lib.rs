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
        let [source, target] = self.tanks.get_disjoint_mut([from, to]).ok()?;
        Some(source.pour_into(target))
    }

    /// Each tank in turn pours into the one after it.
    pub fn cascade(&mut self) -> u32 {
        let mut moved = 0;
        for i in 1..self.tanks.len() {
            moved += self.pour(i - 1, i).unwrap_or(0);
        }
        moved
    }
}
