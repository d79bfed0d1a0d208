/// Lower case, letters and digits only.
fn normalize(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(|c| c.to_lowercase())
        .collect()
}

pub fn is_palindrome(text: &str) -> bool {
    let s: Vec<char> = normalize(text).chars().collect();
    if s.is_empty() {
        return true;
    }
    let mut left = 0;
    let mut right = s.len() - 1;
    while left < right {
        if s[left] != s[right] {
            return false;
        }
        left += 1;
        right -= 1;
    }
    true
}

/// All the words of a sentence (as written) that are palindromes
/// and at least three letters long.
pub fn palindromes_in(sentence: &str) -> Vec<&str> {
    sentence
        .split_whitespace()
        .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|w| w.chars().count() >= 3 && is_palindrome(w))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_words() {
        assert!(is_palindrome("level"));
        assert!(is_palindrome("noon"));
        assert!(!is_palindrome("rust"));
        assert!(is_palindrome(""));
    }

    #[test]
    fn punctuation_and_case_do_not_count() {
        assert!(is_palindrome("A man, a plan, a canal: Panama!"));
    }

    #[test]
    fn accents_work() {
        assert!(is_palindrome("Été"));
        assert!(!is_palindrome("éta"));
    }

    #[test]
    fn finds_words() {
        assert_eq!(
            palindromes_in("Anna saw the radar at noon, oo."),
            vec!["Anna", "radar", "noon"]
        );
    }
}
