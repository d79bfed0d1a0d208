//! Tickets with running numbers, drawn at several counters.
use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    rc::Rc,
    thread,
};

thread_local! {
    static SEEN: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

#[derive(Default)]
struct Numbers {
    next: Cell<u32>,
    open: Cell<bool>,
    /// The last counter's weight, in kilograms.
    weight: Cell<f64>,
}

impl Numbers {
    fn draw(&self) -> Option<u32> {
        if !self.open.get() {
            return None;
        }
        let number = self.next.get();
        // the next one gets another
        self.next.set(number + 1);
        self.weight.set(self.weight.get() + 0.5);
        SEEN.with(|seen| seen.borrow_mut().push(number));
        Some(number)
    }
}

/// What a single counter remembers; it never leaves its thread.
struct Drawer {
    coins: Rc<RefCell<Vec<u8>>>,
}

impl Drawer {
    fn put(&self, coin: u8) -> usize {
        self.coins.borrow_mut().push(coin);
        self.coins.borrow().len()
    }
}

fn opened() -> Rc<Numbers> {
    let numbers = Rc::new(Numbers::default());
    numbers.open.set(true);
    numbers
}

pub fn draw_all(counters: usize, each: usize) -> (BTreeSet<u32>, f64) {
    let numbers = opened();
    let hands: Vec<_> = (0..counters)
        .map(|_| {
            let numbers = Rc::clone(&numbers);
            thread::spawn(move || {
                let drawer = Drawer { coins: Rc::new(RefCell::new(vec![])) };
                assert_eq!(drawer.put(2), 1);
                (0..each).filter_map(|_| numbers.draw()).collect::<Vec<_>>()
            })
        })
        .collect();
    let found = hands.into_iter().flat_map(|hand| hand.join().unwrap()).collect();
    println!("{} strong, {} drawn", Rc::strong_count(&numbers), numbers.next.get());
    (found, numbers.weight.get())
}

#[test]
fn no_number_is_drawn_twice() {
    let (found, weight) = draw_all(4, 500);
    assert_eq!(found.len(), 2000);
    assert_eq!(weight, 1000.0);
}
