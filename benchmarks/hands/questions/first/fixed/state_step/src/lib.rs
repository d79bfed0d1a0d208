//! The receiving side of an upload: a state machine that owns what has arrived so far.

/// A finished upload. Large, so it is never copied.
#[derive(Debug, PartialEq)]
pub struct Upload {
    pub name: String,
    pub body: Vec<u8>,
}

#[derive(Debug, PartialEq)]
pub enum State {
    Idle,
    Receiving { name: String, parts: Vec<Vec<u8>> },
    Stored(Upload),
    Failed(String),
}

pub enum Event {
    Begin(String),
    Part(Vec<u8>),
    End,
    Lost,
}

pub struct Session {
    state: State,
    ignored: usize,
}

impl Session {
    pub fn new() -> Self {
        Session { state: State::Idle, ignored: 0 }
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    /// How many events made no sense in the state they came in.
    pub fn ignored(&self) -> usize {
        self.ignored
    }

    /// Go on to the next state. An event that makes no sense leaves the state as it is.
    pub fn handle(&mut self, event: Event) {
        self.state = match (std::mem::replace(&mut self.state, State::Idle), event) {
            (State::Idle, Event::Begin(name)) => State::Receiving { name, parts: Vec::new() },
            (State::Receiving { name, mut parts }, Event::Part(part)) => {
                parts.push(part);
                State::Receiving { name, parts }
            }
            (State::Receiving { name, parts }, Event::End) => {
                State::Stored(Upload { name, body: parts.concat() })
            }
            (State::Receiving { name, .. }, Event::Lost) => State::Failed(name),
            (state, _) => {
                self.ignored += 1;
                state
            }
        };
    }

    /// Hand over the finished upload, if there is one, and be idle again.
    /// In every other state nothing changes.
    pub fn take(&mut self) -> Option<Upload> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Stored(upload) => Some(upload),
            state => {
                self.state = state;
                None
            }
        }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}
