pub fn shouted(words: &[&str]) -> String {
    words.iter().map(|word| word.to_uppercase()).join(" ")
}

pub fn steps(numbers: &[i32]) -> usize {
    numbers.iter().filter(|n| **n > 0).len()
}

pub fn doubled(numbers: Vec<i32>) -> Vec<i32> {
    numbers.map(|n| n * 2).collect()
}

#[test]
fn lists_are_made() {
    assert_eq!(shouted(&["look", "out"]), "LOOK OUT");
    assert_eq!(steps(&[1, -2, 3]), 2);
    assert_eq!(doubled(vec![1, 4]), [2, 8]);
}
