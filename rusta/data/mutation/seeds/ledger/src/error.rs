//! Everything that can go wrong, as types.

use std::fmt::{self, Display};
use std::num::ParseIntError;

use crate::account::Cents;

#[derive(Debug, Clone, PartialEq)]
pub enum BankError {
    NoAccount(u32),
    TooLittle { owner: String, has: Cents },
    Number(ParseIntError),
    Order(String),
}

pub type BankResult<T> = Result<T, BankError>;

impl Display for BankError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BankError::NoAccount(id) => write!(f, "there is no account {id}"),
            BankError::TooLittle { owner, has } => write!(f, "{owner} has only {}", has.0),
            BankError::Number(error) => write!(f, "not a number: {error}"),
            BankError::Order(text) => write!(f, "not an order: {text}"),
        }
    }
}

impl std::error::Error for BankError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BankError::Number(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ParseIntError> for BankError {
    fn from(error: ParseIntError) -> Self {
        BankError::Number(error)
    }
}
