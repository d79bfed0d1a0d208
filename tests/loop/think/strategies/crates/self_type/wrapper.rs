//! A tuple struct in a module.
mod tagged {
    pub struct Tagged<T>(pub T, pub &'static str);

    impl<T> Tagged<T> {
        pub fn and_then<U>(self, next: impl FnOnce(T) -> U) -> Option<Tagged<U>> {
            let value = next(self.0);
            Some(Self(value, self.1))
        }
    }
}

#[test]
fn tags_stay() {
    let next = tagged::Tagged(2, "two").and_then(|n| n.to_string()).unwrap();
    assert_eq!((next.0.as_str(), next.1), ("2", "two"));
}
