use tank_pour::{Plant, Tank};

fn plant() -> Plant {
    Plant { tanks: vec![Tank::new(8, 10), Tank::new(3, 5), Tank::new(0, 4)] }
}

fn levels(p: &Plant) -> Vec<u32> {
    p.tanks.iter().map(|t| t.level).collect()
}

#[test]
fn pours_both_ways() {
    let mut p = plant();
    assert_eq!(p.pour(0, 1), Some(2));
    assert_eq!(p.pour(1, 2), Some(4));
    assert_eq!(p.pour(2, 0), Some(4));
    assert_eq!(levels(&p), [10, 1, 0]);
    assert_eq!(p.tanks[1].log, ["+2", "-4"]);
}

#[test]
fn no_such_pair() {
    let mut p = plant();
    assert_eq!(p.pour(0, 3), None);
    assert_eq!(p.pour(1, 1), None);
    assert_eq!(levels(&p), [8, 3, 0]);
    assert!(p.tanks[1].log.is_empty());
}

#[test]
fn cascades() {
    let mut p = plant();
    assert_eq!(p.cascade(), 6);
    assert_eq!(levels(&p), [6, 1, 4]);
    assert_eq!(Plant { tanks: vec![] }.cascade(), 0);
}
