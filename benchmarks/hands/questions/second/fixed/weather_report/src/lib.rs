use std::collections::HashMap;

pub struct Station {
    pub name: String,
    pub readings: Vec<i32>,
}

impl Station {
    pub fn mean(&self) -> f64 {
        let sum: i32 = self.readings.iter().sum();
        sum as f64 / self.readings.len() as f64
    }

    pub fn label(&self) -> String {
        if self.readings.is_empty() {
            return "no data".to_string();
        }
        match self.mean() {
            m if m < 5.0 => "cold".to_string(),
            m if m > 25.0 => "hot".to_string(),
            m => format!("{m:.1}"),
        }
    }

    pub fn line(&self) -> String {
        format!("* {}: {}", self.name, self.label())
    }
}

/// Adds each station's number of readings to the counts by name and returns the greatest count.
pub fn tally(stations: &[Station], counts: &mut HashMap<String, u64>) -> u64 {
    let mut top = 0;
    for station in stations {
        let before = counts.get(&station.name).copied().unwrap_or(0);
        let now = before + station.readings.len() as u64;
        counts.insert(station.name.clone(), now);
        top = top.max(now);
    }
    top
}
