/// Counts up by a step, on demand.
pub fn counter(start: u32, step: u32) -> Fn() -> u32 {
    let mut now = start;
    || {
        let it = now;
        now += step;
        it
    }
}

pub fn apply_all(fs: &[Box<dyn Fn(i32) -> i32>], x: i32) -> i32 {
    fs.iter().fold(x, |acc, f| f(acc))
}

pub fn chain() -> Vec<Box<dyn Fn(i32) -> i32>> {
    let mut all = Vec::new();
    for n in 1..=3 {
        all.push(Box::new(|x| x * n));
    }
    all.push(Box::new(|x| x + 1));
    all
}

#[test]
fn it_counts() {
    let mut next = counter(5, 10);
    assert_eq!((next(), next(), next()), (5, 15, 25));
    assert_eq!(apply_all(&chain(), 2), 13);
}
