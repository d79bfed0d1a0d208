//! Boards with arrays of a generic length, and of a long one.
#[derive(Debug, Default, Clone)]
pub struct Board<T, const W: usize, const H: usize> {
    cells: [[T; W]; H],
    moves: Vec<usize>,
    heights: [u8; W],
}

#[derive(Default)]
pub struct Page([u8; 64], bool);

impl<T: Default + Clone, const W: usize, const H: usize> Board<T, W, H> {
    pub fn size(&self) -> usize {
        self.cells.len() * self.cells[0].len() + self.moves.len() + self.heights[0] as usize
    }
}

#[test]
fn boards_are_empty() {
    let board = Board::<Option<String>, 3, 2>::default();
    assert_eq!(board.size(), 6);
    assert_eq!(Page::default().0.len(), 64);
    assert!(!Page::default().1);
}
