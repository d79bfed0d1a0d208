//! A pair whose parts are mapped and swapped.
pub struct Pair<A, B> {
    pub left: A,
    pub right: B,
}

impl<A, B> Pair<A, B> {
    pub fn new(left: A, right: B) -> Self {
        Self { left, right }
    }

    pub fn swapped(self) -> Pair<B, A> {
        Self::new(self.right, self.left)
    }

    pub fn map_left<C>(self, change: impl Fn(A) -> C) -> Pair<C, B> {
        Self { left: change(self.left), right: self.right }
    }
}

#[test]
fn pairs_change() {
    let pair = Pair::new(1, "a").swapped().map_left(|text| text.len());
    assert_eq!((pair.left, pair.right), (1, 1));
}
