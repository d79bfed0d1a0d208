//! Tables of values; whoever asks from afar gets one sent.
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::mpsc::{channel, Sender};

type Shared<T> = Rc<RefCell<T>>;

fn shared<T>(value: T) -> Shared<T> {
    Rc::new(RefCell::new(value))
}

#[derive(Clone, Debug)]
pub enum Value {
    Number(i64),
    Text(Rc<str>),
    List(Rc<RefCell<Vec<Value>>>),
}

pub struct Table {
    rows: Shared<HashMap<String, Value>>,
    hits: Shared<u32>,
}

impl Table {
    pub fn new() -> Self {
        Table { rows: shared(HashMap::new()), hits: shared(0) }
    }
    pub fn get(&self, key: &str) -> Option<Value> {
        *self.hits.borrow_mut() += 1;
        self.rows.borrow().get(key).cloned()
    }
    pub fn put(&self, key: &str, value: Value) {
        if let Value::List(list) = &value {
            list.borrow_mut().push(Value::Text("end".into()));
        }
        let replaced = self.rows.borrow_mut().insert(key.to_string(), value);
        drop(replaced);
    }
    pub fn hits(&self) -> u32 {
        let hits = self.hits.borrow();
        *hits
    }
}

fn tell(to: &Sender<Value>, table: &Table) {
    if let Some(value) = table.get("a") {
        let _ = to.send(value);
    }
}

pub fn asked() -> (Value, u32) {
    let table = Rc::new(Table::new());
    table.put("a", Value::List(Rc::new(RefCell::new(vec![Value::Number(1)]))));
    let (to, from) = channel();
    let other = Rc::clone(&table);
    std::thread::spawn(move || tell(&to, &other)).join().unwrap();
    (from.recv().unwrap(), table.hits())
}

#[test]
fn a_value_comes_back() {
    let (value, hits) = asked();
    assert_eq!(hits, 1);
    assert!(format!("{value:?}").contains("end"));
}
