//! Statistics of measured scores.

use std::collections::HashMap;

/// What somebody reached in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub name: String,
    pub score: f64,
}

pub struct Scores {
    runs: Vec<Run>,
}

impl Scores {
    pub fn new(runs: impl IntoIterator<Item = (&'static str, f64)>) -> Self {
        let runs = runs.into_iter().map(|(name, score)| Run { name: name.to_owned(), score });
        Scores { runs: runs.collect() }
    }

    pub fn mean(&self) -> Option<f64> {
        if self.runs.is_empty() {
            return None;
        }
        let sum: f64 = self.runs.iter().map(|run| run.score).sum();
        Some(sum / self.runs.len() as f64)
    }

    /// The middle score; between two of them their mean.
    pub fn median(&self) -> Option<f64> {
        let mut scores: Vec<f64> = self.runs.iter().map(|run| run.score).collect();
        scores.sort_by(f64::total_cmp);
        let upper = *scores.get(scores.len() / 2)?;
        if scores.len() % 2 == 1 {
            return Some(upper);
        }
        Some((scores[scores.len() / 2 - 1] + upper) / 2.0)
    }

    /// The run with the highest score.
    pub fn best(&self) -> Option<&Run> {
        self.runs.iter().max_by(|a, b| a.score.total_cmp(&b.score))
    }

    /// How many runs there are for each score rounded down to whole numbers.
    pub fn histogram(&self) -> Vec<(i64, usize)> {
        let mut counts: HashMap<i64, usize> = HashMap::new();
        for run in &self.runs {
            *counts.entry(run.score.floor() as i64).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort();
        counts
    }
}
