//! A robot on a floor: steps may be negative, places are not.
pub struct Floor {
    pub width: usize,
    pub height: usize,
    pub dirty: Vec<u8>,
}

const AROUND: [(i32, i32); 4] = [(0, -1), (1, 0), (0, 1), (-1, 0)];

impl Floor {
    pub fn neighbours(&self, x: usize, y: usize) -> Vec<usize> {
        let mut found = Vec::new();
        for (dx, dy) in AROUND {
            let nx = x + dx;
            let ny = y + dy;
            // outside of the floor
            if nx < 0 || ny < 0 {
                continue;
            }
            if nx < self.width && ny < self.height {
                found.push(ny * self.width + nx);
            }
        }
        found
    }

    pub fn ahead(&self, at: usize, step: isize) -> Option<u8> {
        let next = at + step;
        if next < 0 || next >= self.dirty.len() {
            return None;
        }
        Some(self.dirty[next])
    }
}

#[test]
fn a_corner_has_two() {
    let floor = Floor { width: 3, height: 2, dirty: vec![0, 1, 2, 3, 4, 5] };
    assert_eq!(floor.neighbours(0, 0), [1, 3]);
    assert_eq!(floor.neighbours(1, 1), [1, 5, 3]);
    assert_eq!((floor.ahead(0, -1), floor.ahead(4, 1)), (None, Some(5)));
}
