//! Orders of a shop.
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

use web::{post, Json, State};

#[derive(Default)]
pub struct Order { pub amount: u32 }

fn create(Json(order): Json<Order>, State(stock): State<u32>) -> String { format!("{} of {stock}", order.amount) }

pub fn routes() -> String { post(create) }

pub fn made(amount: u32, stock: u32) -> String { create(Json(Order { amount }), State(stock)) }

#[test]
fn an_order_is_made() {
    assert_eq!(routes(), "0 of 0");
    assert_eq!(made(2, 9), "2 of 9");
}
