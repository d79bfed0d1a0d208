//! What a window tells.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    Left,
    Right,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A press of a mouse button, with the number of clicks (2 is a double click).
    Press { x: i32, y: i32, button: Button, clicks: u8 },
    /// The pointer was dragged by so much.
    Drag(i32, i32),
    /// The window has a new size, and so many pixels to a point.
    Resize(u32, u32, u32),
    /// A key, as text. Newer than the others.
    Key(String),
}

impl Event {
    /// A single click with the left button.
    pub fn click(x: i32, y: i32) -> Self {
        Event::Press { x, y, button: Button::Left }
    }
}
