#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Number(f64),
    Add(Expr, Expr),
    Times(Expr, Expr),
    Negative(Expr),
}

pub fn value(expr: &Expr) -> f64 {
    match expr {
        Expr::Number(n) => *n,
        Expr::Add(left, right) => value(left) + value(right),
        Expr::Times(left, right) => value(left) * value(right),
        Expr::Negative(inner) => -value(inner),
    }
}

/// Takes `--x` to `x`, everywhere.
pub fn simple(expr: Expr) -> Expr {
    match expr {
        Expr::Negative(inner) => match simple(inner) {
            Expr::Negative(inside) => inside,
            other => Expr::Negative(other),
        },
        Expr::Add(left, right) => Expr::Add(simple(left), simple(right)),
        Expr::Times(left, right) => Expr::Times(simple(left), simple(right)),
        number => number,
    }
}

pub fn minus(left: Expr, right: Expr) -> Expr {
    Expr::Add(left, Expr::Negative(right))
}

#[test]
fn expressions_have_values() {
    let two = Expr::Number(2.0);
    let twice = minus(two.clone(), minus(Expr::Number(0.0), two.clone()));
    assert_eq!(value(&twice), 4.0);
    assert_eq!(simple(minus(Expr::Number(0.0), two.clone())), minus(Expr::Number(0.0), two));
}
