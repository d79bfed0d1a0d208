//! Settings that are declared once: fields, defaults and reading from text.

mod server;
mod macros;

pub use server::Server;

/// What is wrong with a text of settings, one message for each line or value.
pub type Problems = Vec<String>;
