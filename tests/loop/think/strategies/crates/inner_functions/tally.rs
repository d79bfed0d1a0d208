//! Votes, with a log.

pub struct Box1 {
    pub votes: Vec<String>,
}

impl Box1 {
    pub fn count(&self, names: &[&str]) -> (Vec<usize>, usize) {
        let mut log: Vec<String> = Vec::new();
        let mut sum = 0;
        fn note(text: &str, weight: usize) {
            log.push(text.to_string());
            sum += weight;
        }
        for vote in &self.votes {
            note(vote, 1);
        }
        (names.iter().map(|name| log.iter().filter(|one| one == name).count()).collect(), sum)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn votes_count() {
        let votes = ["a", "b", "a"].map(String::from).to_vec();
        assert_eq!(super::Box1 { votes }.count(&["a", "b", "c"]), (vec![2, 1, 0], 3));
    }
}
