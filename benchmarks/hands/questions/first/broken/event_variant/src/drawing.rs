//! The drawing, which reacts to what the window tells.

use crate::event::{Button, Event};

#[derive(Debug, Default, PartialEq)]
pub struct Drawing {
    pub points: Vec<(i32, i32)>,
    pub size: (u32, u32),
    pub log: Vec<String>,
}

impl Drawing {
    /// React to an event: the left button sets a point (a double click two), the right one takes the
    /// last one back, dragging moves the last point, and the key `c` clears all.
    /// The size is kept in points, not in pixels.
    pub fn react(&mut self, event: Event) {
        let line = describe(&event, self.points.len());
        self.log.push(line);
        match event {
            Event::Press { x, y, button: Button::Left } => self.points.push((x, y)),
            Event::Press { button: Button::Right, .. } => drop(self.points.pop()),
            Event::Drag(dx, dy) => {
                if let Some((x, y)) = self.points.last_mut() {
                    *x += dx;
                    *y += dy;
                }
            }
            Event::Resize(width, height) => self.size = (width, height),
        }
    }

    /// Two clicks and a drag, as somebody would draw a line.
    pub fn line(&mut self, from: (i32, i32), to: (i32, i32)) {
        self.react(Event::click(from.0, from.1));
        self.react(Event::click(from.0, from.1));
        self.react(Event::Drag(to.0 - from.0, to.1 - from.1));
    }
}

fn describe(event: &Event) -> String {
    match event {
        Event::Press { x, y, .. } => format!("press at {x}, {y}"),
        Event::Drag(..) => "drag".to_owned(),
        Event::Resize(..) => "resize".to_owned(),
        Event::Key(key) => format!("key {key}"),
    }
}
