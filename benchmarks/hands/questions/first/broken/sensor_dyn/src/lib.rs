//! A hub that reads all sorts of sensors.

mod sensors;

pub use sensors::{Counter, Thermometer};

/// Something that can be read. What a reading is depends on the sensor.
pub trait Sensor {
    type Reading: Into<f64>;

    fn name(&self) -> &str;

    fn read(&mut self) -> Self::Reading;
}

/// Holds sensors of all kinds and the last value of each.
#[derive(Default)]
pub struct Hub {
    sensors: Vec<Box<dyn Sensor>>,
    values: Vec<(String, f64)>,
}

impl Hub {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add<S: Sensor>(&mut self, sensor: S) -> &mut Self {
        self.sensors.push(Box::new(sensor));
        self
    }

    /// Read every sensor. Gives back the largest value.
    pub fn poll(&mut self) -> Option<f64> {
        self.values.clear();
        for sensor in &mut self.sensors {
            let value: f64 = sensor.read().into();
            self.values.push((sensor.name().to_owned(), value));
        }
        self.values.iter().map(|(_, value)| *value).reduce(f64::max)
    }

    /// The value of a sensor at the last poll.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}
