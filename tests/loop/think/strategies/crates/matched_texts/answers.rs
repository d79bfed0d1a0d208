use std::collections::HashMap;

/// Whether somebody said yes.
pub fn agreed(answers: &HashMap<String, String>, name: &str) -> bool {
    if let Some("yes" | "y") = answers.get(name).map(|one| one.to_lowercase()) {
        return true;
    }
    false
}

pub fn first_word(line: &str) -> u8 {
    match line.split(' ').next().unwrap_or("").to_uppercase() {
        "ADD" => 1,
        "SUB" => 2,
        _ => 0,
    }
}

#[test]
fn it_reads() {
    let answers = HashMap::from([("ann".to_string(), "Yes".to_string()), ("bob".to_string(), "no".to_string())]);
    assert!(agreed(&answers, "ann") && !agreed(&answers, "bob") && !agreed(&answers, "cid"));
    assert_eq!((first_word("sub 1"), first_word("")), (2, 0));
}
