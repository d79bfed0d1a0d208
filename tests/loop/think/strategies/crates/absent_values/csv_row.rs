use std::error::Error;

#[derive(Debug, PartialEq)]
pub struct Row {
    name: String,
    age: u8,
    score: Option<f32>,
}

fn parse_row(line: &str) -> Result<Row, Box<dyn Error>> {
    let mut fields = line.split(',').map(|field| field.trim());
    let name = fields.next().ok_or("no name")?;
    let age = fields.next().ok_or("no age")?.parse()?;
    let score = match fields.next() {
        Some("") | None => None,
        Some(text) => text.parse()?,
    };
    Ok(Row { name, age, score })
}

pub fn parse(text: &str) -> Result<Vec<Row>, Box<dyn Error>> {
    let rows: Vec<Row> = text.lines().skip(1).map(|line| parse_row(line)).collect();
    if rows.is_empty() {
        return Err("no rows");
    }
    Ok(rows)
}

#[test]
fn rows_are_read() {
    let rows = parse("name,age,score\nAda, 36, 9.5\nBob, 7,").unwrap();
    assert_eq!(rows[0], Row { name: "Ada".into(), age: 36, score: Some(9.5) });
    assert_eq!(rows[1].score, None);
    assert_eq!(parse("name").unwrap_err().to_string(), "no rows");
    assert!(parse("h\nx,300").is_err());
}
