/// The greatest item, the first of equal ones.
pub fn largest<T: PartialOrd>(items: &[T]) -> Option<&T> {
    if items.is_empty() {
        return None;
    }
    let mut best = items[0];
    for item in items {
        if item > best {
            best = item;
        }
    }
    Some(best)
}

/// The mean of numbers of any kind, 0 for none.
pub fn mean<T>(values: &[T]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let mut total = 0.0;
    for v in values {
        total += *v as f64;
    }
    total / values.len() as f64
}

/// How many neighbours differ by more than `limit`.
pub fn jumps<T: PartialOrd>(values: &[T], limit: T) -> usize {
    let mut count = 0;
    for pair in values.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let gap = if a > b { a - b } else { b - a };
        if gap > limit {
            count += 1;
        }
    }
    count
}
