//! Plugins that change the editor they run in.

pub trait Plugin {
    fn run(&mut self, editor: &mut Editor) -> bool;
}

#[derive(Default)]
pub struct Editor {
    plugins: Vec<Box<dyn Plugin>>,
    text: String,
    ran: usize,
}

struct Append(char, u32);

impl Plugin for Append {
    fn run(&mut self, editor: &mut Editor) -> bool {
        self.1 += 1;
        editor.text.push(self.0);
        editor.text.len() < 5
    }
}

impl Editor {
    pub fn run(&mut self) {
        for plugin in self.plugins.iter_mut() {
            self.ran += 1;
            // a plugin that says no ends the round
            if !plugin.run(self) {
                break;
            }
        }
    }
}

#[test]
fn plugins_run_in_order() {
    let mut editor = Editor::default();
    editor.plugins.push(Box::new(Append('a', 0)));
    editor.plugins.push(Box::new(Append('b', 0)));
    editor.run();
    editor.run();
    editor.run();
    assert_eq!((editor.text.as_str(), editor.ran, editor.plugins.len()), ("ababa", 5, 2));
}
