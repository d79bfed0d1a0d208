//! Two halves of a board are filled at once.

pub struct Board {
    left: Vec<u8>,
    right: Vec<u8>,
}

impl Board {
    pub fn fill(&mut self, with: u8) -> Result<usize, String> {
        let left = &mut self.left;
        let right = &mut self.right;
        if with == 0 {
            return Err("nothing to fill with".to_owned());
        }
        let one = std::thread::spawn(move || {
            left.iter_mut().for_each(|place| *place = with);
            left.len()
        });
        let other = std::thread::spawn(move || {
            right.iter_mut().for_each(|place| *place = with + 1);
            right.len()
        });
        let first = one.join().map_err(|_| "left".to_owned())?;
        let second = other.join().map_err(|_| "right".to_owned())?;
        Ok(first + second)
    }
}

#[test]
fn both_are_filled() {
    let mut board = Board { left: vec![0; 2], right: vec![0; 3] };
    assert_eq!(board.fill(7), Ok(5));
    assert_eq!((board.left, board.right), (vec![7, 7], vec![8, 8, 8]));
}
