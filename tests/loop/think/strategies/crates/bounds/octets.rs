//! Check sums of octets, owned or not.

pub fn checked<D>(data: D) -> u8 {
    data.as_ref().iter().fold(0, |sum: u8, octet| sum.wrapping_add(*octet))
}

pub struct Packet<B: AsRef<[u8]>>(pub B);

impl<B: AsRef<[u8]>> Packet<B> {
    pub fn sound(&self, sum: u8) -> bool {
        checked(&self.0) == sum
    }
}

#[test]
fn packets_are_sound_with_their_sum() {
    assert!(Packet([1_u8, 2, 255]).sound(2));
    assert!(!Packet(vec![1_u8]).sound(2));
}
