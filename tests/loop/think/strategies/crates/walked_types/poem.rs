/// Counts the lines that are not empty, and the vowels in them.
pub fn measured(poem: &str) -> (usize, usize) {
    let (mut lines, mut vowels) = (0, 0);
    for line in poem {
        if line.trim().is_empty() {
            continue;
        }
        lines += 1;
        for letter in line.to_lowercase() {
            if "aeiou".contains(letter) {
                vowels += 1;
            }
        }
    }
    (lines, vowels)
}

#[test]
fn a_poem_is_measured() {
    assert_eq!(measured("Old pond\n\na frog\n"), (2, 4));
}
