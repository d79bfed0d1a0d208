//! The newest reading of a sensor.

#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    at: u32,
    value: i32,
}

mod sensors {
    use super::Reading;

    fn read(at: u32) -> Reading {
        Reading { at, value: at as i32 * 2 }
    }

    pub fn newest(times: &[u32]) -> Option<i32> {
        let mut newest: Option<&Reading> = None;
        for time in times {
            let reading = read(*time);
            match newest {
                Some(known) if known.at > reading.at => {}
                _ => newest = Some(&reading),
            }
        }
        newest.map(|one| one.value)
    }
}

#[test]
fn the_newest_counts() {
    assert_eq!(sensors::newest(&[3, 7, 5]), Some(14));
    assert_eq!(sensors::newest(&[]), None);
}
