//! Sources of values that can be asked again and again.
pub mod source {
    pub struct Source<T>(pub Box<dyn Fn() -> Vec<T>>);

    pub fn repeated<T>(value: T, times: usize) -> Source<T> {
        Source(Box::new(move || {
            let mut all: Vec<T> = Vec::new();
            for _ in 0..times {
                all.push(value);
            }
            all
        }))
    }

    pub fn mapped<T, U, F: Fn(T) -> U>(source: Source<T>, change: F) -> Source<U> {
        Source(Box::new(move || source.0().into_iter().map(change).collect()))
    }
}

#[test]
fn sources_are_asked_twice() {
    let source = source::mapped(source::repeated(2, 3), |n: i32| n + 1);
    assert_eq!(source.0(), [3, 3, 3]);
    assert_eq!(source.0(), [3, 3, 3]);
}
