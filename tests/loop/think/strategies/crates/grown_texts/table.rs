/// A line of a table.
pub fn row(cells: &[&str], width: usize) -> String {
    let mut line = "|";
    for cell in cells {
        line.push_str(cell);
        for _ in cell.len()..width {
            line.push(' ');
        }
        line += "|";
    }
    line
}

#[test]
fn it_is_padded() {
    assert_eq!(row(&["a", "bc"], 3), "|a  |bc |");
}
