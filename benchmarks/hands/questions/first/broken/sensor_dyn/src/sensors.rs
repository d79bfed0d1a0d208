//! Two kinds of sensors.

use crate::Sensor;

/// Counts how often it was read.
pub struct Counter {
    name: String,
    count: u32,
}

impl Counter {
    pub fn new(name: &str) -> Self {
        Counter { name: name.to_owned(), count: 0 }
    }
}

impl Sensor for Counter {
    type Reading = u32;

    fn name(&self) -> &str {
        &self.name
    }

    fn read(&mut self) -> u32 {
        self.count += 1;
        self.count
    }
}

/// Gives the temperatures it was made with, then the last one for ever.
pub struct Thermometer {
    degrees: Vec<f32>,
}

impl Thermometer {
    pub fn new(mut degrees: Vec<f32>) -> Self {
        degrees.reverse();
        Thermometer { degrees }
    }
}

impl Sensor for Thermometer {
    type Reading = f32;

    fn name(&self) -> &str {
        "thermometer"
    }

    fn read(&mut self) -> f32 {
        if self.degrees.len() > 1 {
            self.degrees.pop().unwrap_or_default()
        } else {
            self.degrees.first().copied().unwrap_or_default()
        }
    }
}
