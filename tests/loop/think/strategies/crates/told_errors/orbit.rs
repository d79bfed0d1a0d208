use std::num::ParseFloatError;

#[derive(Debug, PartialEq)]
pub enum TableError {
    Empty,
    BadRow { row: usize, text: String },
    BadNumber { row: usize, source: ParseFloatError },
}

/// Reads `name distance` rows; rows are counted from 0.
pub fn read(table: &str) -> Result<Vec<(String, f64)>, TableError> {
    table.lines().next()?;
    let mut planets = Vec::new();
    for (row, line) in table.lines().enumerate() {
        let (name, distance) = line.split_once(' ')?;
        let distance = distance.trim().parse::<f64>()?;
        planets.push((name.to_string(), distance));
    }
    Ok(planets)
}

#[test]
fn a_table_is_read() {
    assert_eq!(read("Venus 0.7\nMars 1.5"), Ok(vec![("Venus".to_string(), 0.7), ("Mars".to_string(), 1.5)]));
    assert_eq!(read(""), Err(TableError::Empty));
    assert_eq!(read("Venus 0.7\nMars"), Err(TableError::BadRow { row: 1, text: "Mars".to_string() }));
    let source = "far".parse::<f64>().unwrap_err();
    assert_eq!(read("Mars far"), Err(TableError::BadNumber { row: 0, source }));
}
