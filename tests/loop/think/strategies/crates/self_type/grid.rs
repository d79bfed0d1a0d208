//! A grid of a constant size that is turned.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid<const W: usize, const H: usize> {
    rows: Vec<Vec<u8>>,
}

impl<const W: usize, const H: usize> Grid<W, H> {
    pub fn empty() -> Self {
        Grid { rows: vec![vec![0; W]; H] }
    }

    pub fn set(&mut self, x: usize, y: usize, value: u8) {
        self.rows[y][x] = value;
    }

    pub fn turned(&self) -> Grid<H, W> {
        let mut turned = Self::empty();
        for y in 0..H {
            for x in 0..W {
                turned.set(y, x, self.rows[y][x]);
            }
        }
        turned
    }
}

#[test]
fn a_grid_is_turned() {
    let mut grid = Grid::<3, 2>::empty();
    grid.set(2, 1, 7);
    assert_eq!(grid.turned().rows[2][1], 7);
}
