//! A drawing that keeps track of how its window is used.

mod drawing;
mod event;

pub use drawing::Drawing;
pub use event::{Button, Event};
