//! A robot on a grid.
pub struct Robot { x: usize, y: usize }

pub struct Field { width: u32, cells: Vec<u8> }

impl Field {
    pub fn at(&self, x: i32, y: i32) -> Option<u8> {
        if x < 0 || y < 0 || x >= self.width {
            return None;
        }
        let index = y * self.width + x;
        self.cells.get(index).copied()
    }

    pub fn around(&self, robot: &Robot) -> u32 {
        let mut sum = 0;
        for dx in -1..=1 {
            for dy in -1..=1 {
                if let Some(cell) = self.at(robot.x + dx, robot.y + dy) {
                    sum += cell;
                }
            }
        }
        sum
    }
}
#[test]
fn t() {
    let f = Field { width: 3, cells: vec![200, 200, 3, 4, 5, 6, 7, 8, 9] };
    assert_eq!(f.at(2, 1), Some(6));
    assert_eq!(f.at(-1, 0), None);
    assert_eq!(f.around(&Robot { x: 1, y: 1 }), 442);
    assert_eq!(f.around(&Robot { x: 0, y: 0 }), 409);
}
