//! Two handlers at once.
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

use crate::web::*;

#[derive(Default, Clone, Copy)]
struct Reading(i32);
type Log = State<Vec<i32>>;

fn record(Json(reading): Json<Reading>, log: Log) -> String { format!("{} {}", reading.0, log.0.len()) }

fn correct(body: Json<Reading>, Path(at): Path<usize>, State(by): State<i32>) -> String { format!("{} {at} {by}", body.0.0) }

pub fn all() -> [String; 2] { [post(record), post(correct)] }

#[test]
fn both_answer() { assert_eq!(all(), ["0 0", "0 0 0"]); }
