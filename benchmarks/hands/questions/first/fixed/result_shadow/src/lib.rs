//! A till: an inventory with prices, and receipts that can be printed.

pub mod inventory;
pub mod receipt;
