//! Steps that are put together.

mod step {
    /// One after the other.
    pub fn both<T: Copy>(first: &[T], second: &[T]) -> impl Iterator<Item = T> {
        first.iter().chain(second).copied()
    }

    pub fn adder(by: &i32, scale: i32) -> impl Fn(i32) -> i32 {
        |x| (x + by) * scale
    }

    pub fn longest<'a, 'b>(one: &'a str, other: &'b str) -> &'a str {
        if one.len() >= other.len() {
            one
        } else {
            other
        }
    }

    pub async fn wait(text: &str) -> usize {
        text.len()
    }

    pub fn later(text: &str) -> impl std::future::Future<Output = usize> {
        async { wait(text).await }
    }
}

#[cfg(test)]
mod tests {
    use super::step::*;

    #[test]
    fn steps_are_taken() {
        assert_eq!(both(&[1], &[2, 3]).sum::<i32>(), 6);
        let by = 2;
        assert_eq!(adder(&by, 3)(1), 9);
        assert_eq!(longest("ab", "abc"), "abc");
        drop(later("a"));
    }
}
