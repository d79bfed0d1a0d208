//! A list of tasks that can be looked at in several ways.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    All,
    Open,
    /// Open ones from this priority on.
    Urgent(u8),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub title: String,
    pub priority: u8,
    pub done: bool,
}

#[derive(Default)]
pub struct Tasks {
    tasks: Vec<Task>,
}

impl Tasks {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add(&mut self, title: &str, priority: u8) -> &mut Self {
        self.tasks.push(Task { title: title.to_owned(), priority, done: false });
        self
    }

    /// The tasks that a view shows, the oldest first.
    pub fn view(&self, view: View) -> Box<dyn DoubleEndedIterator<Item = &Task> + '_> {
        match view {
            View::All => Box::new(self.tasks.iter()),
            View::Open => Box::new(self.tasks.iter().filter(|task| !task.done)),
            View::Urgent(least) => {
                let open = self.tasks.iter().filter(|task| !task.done);
                Box::new(open.filter(move |task| task.priority >= least))
            }
        }
    }

    /// The newest task that a view shows.
    pub fn newest(&self, view: View) -> Option<&Task> {
        self.view(view).rev().next()
    }

    /// How many tasks a view shows.
    pub fn count(&self, view: View) -> usize {
        self.view(view).count()
    }

    /// Mark all tasks with this title as done.
    pub fn finish(&mut self, title: &str) -> usize {
        let mut finished = 0;
        for task in self.tasks.iter_mut().filter(|task| task.title == title) {
            task.done = true;
            finished += 1;
        }
        finished
    }
}
