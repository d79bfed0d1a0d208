use std::collections::HashMap;

#[derive(Debug)]
pub struct Question {
    pub text: String,
    pub answers: Vec<String>,
    pub right: usize,
}

pub struct Quiz {
    questions: Vec<Question>,
    scores: HashMap<String, i32>,
}

impl Quiz {
    pub fn new(questions: Vec<Question>) -> Quiz {
        Quiz { questions, scores: HashMap::new() }
    }

    pub fn answer(&mut self, player: &str, number: usize, answer: &str) -> bool {
        let question = self.questions.get(number);
        let right = question.answers[question.right] == answer;
        if right {
            *self.scores.get_mut(player).or_insert(0) += 1;
        }
        right
    }

    pub fn winner(&self) -> Option<&str> {
        let best = self.scores.iter().max_by_key(|(name, score)| score);
        best.map(|(name, _)| name)
    }
}

#[test]
fn a_quiz_is_played() {
    let question = Question { text: "2+2".into(), answers: vec!["3".into(), "4".into()], right: 1 };
    assert_eq!(question.text, "2+2");
    let mut quiz = Quiz::new(vec![question]);
    assert!(!quiz.answer("ann", 0, "3"));
    assert!(quiz.answer("bob", 0, "4"));
    assert!(quiz.answer("bob", 0, "4"));
    assert_eq!(quiz.winner(), Some("bob"));
}
