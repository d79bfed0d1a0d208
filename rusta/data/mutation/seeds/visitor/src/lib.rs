//! Expressions as a tree, and visitors that print, count, simplify and evaluate it.

use std::collections::{BTreeSet, HashMap};

#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Number(i64),
    Var(String),
    Neg(Box<Expr>),
    Binary(Box<Expr>, Op, Box<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    Add,
    Times,
}

impl Op {
    fn sign(self) -> char {
        match self {
            Op::Add => '+',
            Op::Times => '*',
        }
    }
}

impl Expr {
    pub fn var(name: &str) -> Expr {
        Expr::Var(name.to_string())
    }

    pub fn binary(left: Expr, op: Op, right: Expr) -> Expr {
        Expr::Binary(Box::new(left), op, Box::new(right))
    }

    pub fn accept<V: Visitor>(&self, visitor: &mut V) -> V::Output {
        match self {
            Expr::Number(value) => visitor.number(*value),
            Expr::Var(name) => visitor.var(name),
            Expr::Neg(inner) => visitor.neg(inner),
            Expr::Binary(left, op, right) => visitor.binary(left, *op, right),
        }
    }

    /// The same value with fewer nodes.
    pub fn simplified(self) -> Expr {
        match self {
            Expr::Neg(inner) => match inner.simplified() {
                Expr::Number(value) => Expr::Number(-value),
                Expr::Neg(twice) => *twice,
                other => Expr::Neg(Box::new(other)),
            },
            Expr::Binary(left, op, right) => {
                let (left, right) = (left.simplified(), right.simplified());
                match (&left, op, &right) {
                    (Expr::Number(a), Op::Add, Expr::Number(b)) => Expr::Number(a + b),
                    (Expr::Number(a), Op::Times, Expr::Number(b)) => Expr::Number(a * b),
                    (Expr::Number(0), Op::Add, _) | (Expr::Number(1), Op::Times, _) => right,
                    (_, Op::Add, Expr::Number(0)) | (_, Op::Times, Expr::Number(1)) => left,
                    _ => Expr::binary(left, op, right),
                }
            }
            leaf => leaf,
        }
    }
}

pub trait Visitor {
    type Output;

    fn number(&mut self, value: i64) -> Self::Output;
    fn var(&mut self, name: &str) -> Self::Output;
    fn neg(&mut self, inner: &Expr) -> Self::Output;
    fn binary(&mut self, left: &Expr, op: Op, right: &Expr) -> Self::Output;
}

pub struct Printer;

impl Visitor for Printer {
    type Output = String;

    fn number(&mut self, value: i64) -> String {
        value.to_string()
    }

    fn var(&mut self, name: &str) -> String {
        name.to_owned()
    }

    fn neg(&mut self, inner: &Expr) -> String {
        format!("-{}", inner.accept(self))
    }

    fn binary(&mut self, left: &Expr, op: Op, right: &Expr) -> String {
        let left = left.accept(self);
        let right = right.accept(self);
        format!("({left} {} {right})", op.sign())
    }
}

pub struct Evaluator<'v> {
    values: &'v HashMap<String, i64>,
    missing: BTreeSet<String>,
}

impl<'v> Evaluator<'v> {
    pub fn new(values: &'v HashMap<String, i64>) -> Self {
        Evaluator { values, missing: BTreeSet::new() }
    }

    pub fn run(mut self, expr: &Expr) -> Result<i64, Vec<String>> {
        let value = expr.accept(&mut self);
        if self.missing.is_empty() {
            Ok(value)
        } else {
            Err(self.missing.into_iter().collect())
        }
    }
}

impl Visitor for Evaluator<'_> {
    type Output = i64;

    fn number(&mut self, value: i64) -> i64 {
        value
    }

    fn var(&mut self, name: &str) -> i64 {
        match self.values.get(name) {
            Some(value) => *value,
            None => {
                self.missing.insert(name.to_string());
                0
            }
        }
    }

    fn neg(&mut self, inner: &Expr) -> i64 {
        -inner.accept(self)
    }

    fn binary(&mut self, left: &Expr, op: Op, right: &Expr) -> i64 {
        let (left, right) = (left.accept(self), right.accept(self));
        match op {
            Op::Add => left + right,
            Op::Times => left * right,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Expr {
        let inner = Expr::binary(Expr::var("x"), Op::Times, Expr::Number(1));
        Expr::binary(inner, Op::Add, Expr::Neg(Box::new(Expr::Number(3))))
    }

    #[test]
    fn printing() {
        assert_eq!(sample().accept(&mut Printer), "((x * 1) + -3)");
        assert_eq!(sample().simplified().accept(&mut Printer), "(x + -3)");
    }

    #[test]
    fn evaluating() {
        let values = HashMap::from([("x".to_string(), 7)]);
        assert_eq!(Evaluator::new(&values).run(&sample()), Ok(4));
        let empty = HashMap::new();
        assert_eq!(Evaluator::new(&empty).run(&sample()), Err(vec!["x".to_string()]));
    }

    #[test]
    fn double_minus_goes() {
        let twice = Expr::Neg(Box::new(Expr::Neg(Box::new(Expr::var("y")))));
        assert_eq!(twice.simplified(), Expr::var("y"));
    }
}
