//! Values of a small language.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
)]
pub enum Value {
    Whole(i64),
    Real(f64),
    Many(Vec<f32>),
    Nothing,
}

pub fn larger(one: Value, other: Value) -> Value {
    if one < other { other } else { one }
}

#[test]
fn the_larger_value() {
    assert_eq!(larger(Value::Real(1.5), Value::Real(2.5)), Value::Real(2.5));
}
