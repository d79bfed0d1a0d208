//! Places around a place in a picture: the guard asks for what is inside, and a step is taken back.
pub mod picture {
    pub struct Picture {
        pub wide: u32,
        pub pixels: Vec<u8>,
    }

    impl Picture {
        fn pixel(&self, x: u32, y: u32) -> Option<u8> {
            self.pixels.get((y * self.wide + x) as usize).copied()
        }

        /// The sum of what is around, and of the pixel itself.
        pub fn blur(&self, x: u32, y: u32, radius: i32) -> u32 {
            let mut sum = 0;
            for (right, down) in (-radius..=radius).flat_map(|r| (-radius..=radius).map(move |d| (r, d))) {
                let (px, py) = (x - right, y + down);
                if px >= 0 && py >= 0 && px < self.wide {
                    sum += u32::from(self.pixel(px, py).unwrap_or(0));
                }
            }
            sum
        }
    }

    pub fn moved(at: usize, by: i64) -> Option<usize> {
        let there = at + by;
        if there > 99 { None } else { Some(there) }
    }
}

#[test]
fn what_is_around_is_summed() {
    let picture = picture::Picture { wide: 2, pixels: vec![1, 2, 4, 8] };
    assert_eq!(picture.blur(0, 0, 1), 15);
    assert_eq!(picture.blur(0, 1, 0), 4);
    assert_eq!((picture::moved(1, -2), picture::moved(3, -1)), (None, Some(2)));
}
