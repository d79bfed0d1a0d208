//! Ways through a grid with walls.

pub fn ways(wide: usize, high: usize, walls: &[(usize, usize)]) -> u64 {
    fn from(x: usize, y: usize) -> u64 {
        if x >= wide || y >= high || walls.contains(&(x, y)) {
            return 0;
        }
        if (x, y) == (wide - 1, high - 1) {
            return 1;
        }
        from(x + 1, y) + from(x, y + 1)
    }
    from(0, 0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_wall_is_in_the_way() {
        assert_eq!(super::ways(2, 2, &[]), 2);
        assert_eq!(super::ways(3, 2, &[(1, 0)]), 1);
    }
}
