//! Conway's Game of Life on a board with hard edges.

#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    width: usize,
    height: usize,
    cells: Vec<bool>,
}

impl Board {
    /// `#` is a living cell, everything else is dead.
    pub fn from_rows(rows: &[&str]) -> Board {
        let height = rows.len();
        let width = rows[0].len();
        let cells = rows
            .iter()
            .flat_map(|row| row.chars().map(|c| c == '#'))
            .collect();
        Board { width, height, cells }
    }

    pub fn alive(&self, x: usize, y: usize) -> bool {
        self.cells[y * self.width + x]
    }

    fn neighbours(&self, x: usize, y: usize) -> usize {
        let offsets: [(i32, i32); 8] = [
            (-1, -1), (0, -1), (1, -1),
            (-1, 0), (1, 0),
            (-1, 1), (0, 1), (1, 1),
        ];
        let mut count = 0;
        for (dx, dy) in offsets {
            let nx = x + dx;
            let ny = y + dy;
            if nx < 0 || ny < 0 || nx >= self.width || ny >= self.height {
                continue;
            }
            if self.alive(nx, ny) {
                count += 1;
            }
        }
        count
    }

    pub fn step(&self) -> Board {
        let mut cells = Vec::with_capacity(self.cells.len());
        for y in 0..self.height {
            for x in 0..self.width {
                let n = self.neighbours(x, y);
                cells.push(n == 3 || (n == 2 && self.alive(x, y)));
            }
        }
        Board { width: self.width, height: self.height, cells }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blinker_turns() {
        let a = Board::from_rows(&[".....", "..#..", "..#..", "..#..", "....."]);
        let b = Board::from_rows(&[".....", ".....", ".###.", ".....", "....."]);
        assert_eq!(a.step(), b);
        assert_eq!(b.step(), a);
    }

    #[test]
    fn block_in_the_corner_stays() {
        let block = Board::from_rows(&["##.", "##.", "..."]);
        assert_eq!(block.step(), block);
    }

    #[test]
    fn edges_do_not_wrap() {
        let board = Board::from_rows(&["#.#", "...", "#.#"]);
        assert_eq!(board.step(), Board::from_rows(&["...", "...", "..."]));
        assert_eq!(board.neighbours(1, 1), 4);
        assert_eq!(board.neighbours(0, 0), 0);
    }
}
