//! A hub that reads all sorts of sensors.

mod sensors;

pub use sensors::{Counter, Thermometer};

/// Something that can be read. What a reading is depends on the sensor.
pub trait Sensor {
    type Reading: Into<f64>;

    fn name(&self) -> &str;

    fn read(&mut self) -> Self::Reading;
}

/// Any sensor, with its reading as a number.
trait AnySensor {
    fn poll(&mut self) -> (String, f64);
}

impl<S: Sensor> AnySensor for S {
    fn poll(&mut self) -> (String, f64) {
        (self.name().to_owned(), self.read().into())
    }
}

/// Holds sensors of all kinds and the last value of each.
#[derive(Default)]
pub struct Hub {
    sensors: Vec<Box<dyn AnySensor>>,
    values: Vec<(String, f64)>,
}

impl Hub {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add<S: Sensor + 'static>(&mut self, sensor: S) -> &mut Self {
        self.sensors.push(Box::new(sensor));
        self
    }

    /// Read every sensor. Gives back the largest value.
    pub fn poll(&mut self) -> Option<f64> {
        self.values.clear();
        for sensor in &mut self.sensors {
            self.values.push(sensor.poll());
        }
        self.values.iter().map(|(_, value)| *value).reduce(f64::max)
    }

    /// The value of a sensor at the last poll.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}
