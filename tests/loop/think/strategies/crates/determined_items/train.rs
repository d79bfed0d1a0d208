use std::convert::TryFrom;

pub struct Train {
    wagons: Vec<u16>,
}

impl TryFrom<Vec<u16>> for Train {
    fn try_from(wagons: Vec<u16>) -> std::result::Result<Train, String> {
        if wagons.is_empty() {
            return Err("a train without wagons".to_string());
        }
        Ok(Train { wagons })
    }
}

impl<'t> IntoIterator for &'t Train {
    fn into_iter(self) -> std::slice::Iter<'t, u16> {
        self.wagons.iter()
    }
}

#[test]
fn wagons_are_counted() {
    let train = Train::try_from(vec![40, 60]).ok().unwrap();
    let mut seats = 0;
    for wagon in &train {
        seats += wagon;
    }
    assert_eq!(seats, 100);
    assert!(Train::try_from(vec![]).is_err());
}
