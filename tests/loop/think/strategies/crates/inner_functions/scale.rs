//! Numbers that are scaled.

pub fn scaled(all: &[u32], by: u32) -> Vec<u32> {
    let plus = 2;

    /// One number.
    fn one(x: &u32) -> u32 {
        *x * by + plus
    }

    all.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_are_scaled() {
        assert_eq!(super::scaled(&[1, 2], 3), [5, 8]);
    }
}
