//! Pixels as the octets that a file holds.

use std::slice;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Pixel {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

fn octets_at(start: *const u8, count: usize) -> Vec<u8> {
    // SAFETY: the caller's pixels are three octets each, without gaps.
    unsafe { slice::from_raw_parts(start, count) }.to_vec()
}

pub fn octets(pixels: &[Pixel]) -> Vec<u8> {
    octets_at(pixels.as_ptr(), pixels.len() * 3)
}

#[test]
fn a_pixel_is_three_octets() {
    let pixel = Pixel { red: 1, green: 2, blue: 3 };
    assert_eq!(octets(&[pixel, pixel]), [1, 2, 3, 1, 2, 3]);
}
