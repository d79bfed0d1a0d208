pub struct Lamp {
    pub name: String,
    pub watts: u32,
}

pub fn hang(lamp: Lamp, hall: &mut Vec<Lamp>, log: &mut Vec<String>) -> String {
    hall.push(lamp);
    log.push(format!("hung {}", lamp.name));
    format!("{} burns {} W", lamp.name, lamp.watts)
}

#[test]
fn lamps_hang() {
    let (mut hall, mut log) = (Vec::new(), Vec::new());
    let lamp = Lamp { name: "moon".to_string(), watts: 4 };
    assert_eq!(hang(lamp, &mut hall, &mut log), "moon burns 4 W");
    assert_eq!((hall.len(), log), (1, vec!["hung moon".to_string()]));
}
