//! Uploads, in a module and a method of a type.
pub mod web {
    pub struct Json<T>(pub T);
    pub struct State<T>(pub T);
    pub struct Path<T>(pub T);
    pub struct Bytes(pub Vec<u8>);
    pub struct Parts;
    pub trait FromRequestParts { fn parts(of: &Parts) -> Self; }
    pub trait FromRequest { fn whole(of: Vec<u8>) -> Self; }
    impl<T: Default> FromRequestParts for State<T> { fn parts(_: &Parts) -> Self { State(T::default()) } }
    impl<T: Default> FromRequestParts for Path<T> { fn parts(_: &Parts) -> Self { Path(T::default()) } }
    impl<T: Default> FromRequest for Json<T> { fn whole(_: Vec<u8>) -> Self { Json(T::default()) } }
    impl FromRequest for Bytes { fn whole(of: Vec<u8>) -> Self { Bytes(of) } }
    pub trait Handler<T, S> { fn call(&self, body: Vec<u8>) -> String; }
    impl<F: Fn(A, B) -> String, A: FromRequestParts, B: FromRequest> Handler<(A, B), ()> for F {
        fn call(&self, body: Vec<u8>) -> String { self(A::parts(&Parts), B::whole(body)) }
    }
    impl<F: Fn(A, C, B) -> String, A: FromRequestParts, C: FromRequestParts, B: FromRequest> Handler<(A, C, B), ()> for F {
        fn call(&self, body: Vec<u8>) -> String { self(A::parts(&Parts), C::parts(&Parts), B::whole(body)) }
    }
    pub fn post<T>(handler: impl Handler<T, ()>) -> String { handler.call(vec![1, 2]) }
}

pub mod uploads {
    use crate::web;
    pub async fn other() {}
    /// Keeps a file.
    pub fn keep(
        web::Path(name): web::Path<String>,
        body: web::Bytes, // all of it
        web::State(kept): web::State<usize>,
    ) -> String {
        format!("{name}{}", body.0.len() + kept)
    }
}

pub fn app() -> Vec<String> { vec![web::post(uploads::keep)] }

#[test]
fn a_file_is_kept() { assert_eq!(app(), ["2"]); }
