pub struct Button {
    label: String,
    handlers: Vec<Fn(&str) -> bool>,
}

impl Button {
    pub fn new(label: &str) -> Self {
        Button { label: label.to_string(), handlers: Vec::new() }
    }

    pub fn on_click(&mut self, handler: Fn(&str) -> bool) {
        self.handlers.push(handler);
    }

    pub fn click(&self) -> usize {
        let mut handled = 0;
        for handler in &self.handlers {
            if handler(&self.label) {
                handled += 1;
            }
        }
        handled
    }
}

#[test]
fn clicks_are_handled() {
    let mut button = Button::new("save");
    let wanted = String::from("save");
    button.on_click(Box::new(move |label| label == wanted));
    button.on_click(Box::new(|label| label.len() > 10));
    assert_eq!(button.click(), 1);
}
