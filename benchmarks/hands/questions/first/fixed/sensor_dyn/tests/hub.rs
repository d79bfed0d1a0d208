use sensor_dyn::{Counter, Hub, Sensor, Thermometer};

#[test]
fn sensors_of_all_kinds_share_a_hub() {
    let mut hub = Hub::new();
    hub.add(Counter::new("door")).add(Thermometer::new(vec![-4.0, 21.5]));
    assert_eq!(hub.value("door"), None);
    assert_eq!(hub.poll(), Some(1.0));
    assert_eq!(hub.value("thermometer"), Some(-4.0));
    assert_eq!(hub.poll(), Some(21.5));
    assert_eq!(hub.value("door"), Some(2.0));
    assert_eq!(Hub::new().poll(), None);
}

#[test]
fn a_sensor_alone_has_its_own_reading() {
    let mut counter = Counter::new("gate");
    let first: u32 = counter.read();
    assert_eq!(first + 1, counter.read());
}
