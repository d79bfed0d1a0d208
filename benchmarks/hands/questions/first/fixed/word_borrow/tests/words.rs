use word_borrow::{index, words};

#[test]
fn words_have_their_form() {
    let words = words("The \"Dog\"'s,\nbone. Anna's \"äpfel\"");
    let forms: Vec<String> = words.iter().map(|word| word.text.to_string()).collect();
    assert_eq!(forms, ["the", "dog\"", "bone", "anna", "äpfel"]);
    let lines: Vec<usize> = words.iter().map(|word| word.line).collect();
    assert_eq!(lines, [1, 1, 2, 2, 2]);
}

#[test]
fn the_index_goes_by_initials() {
    let index = index("bee Ant\napple, ox\nbee");
    let expected = [
        ('A', vec!["ant 1".to_owned(), "apple 2".to_owned()]),
        ('B', vec!["bee 1".to_owned(), "bee 3".to_owned()]),
        ('O', vec!["ox 2".to_owned()]),
    ];
    assert_eq!(index, expected);
}
