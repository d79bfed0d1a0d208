use std::ops::Deref;

pub struct Crate<T> {
    inside: Vec<T>,
}

impl<T> Deref for Crate<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Self::Target {
        &self.inside
    }
}

pub fn filled(mut one: Crate<u8>) -> usize {
    one.push(3);
    one.len()
}

#[test]
fn it_is_filled() {
    assert_eq!(filled(Crate { inside: vec![1] }), 2);
}
