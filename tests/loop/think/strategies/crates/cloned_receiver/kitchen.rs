//! Cooks that share the orders, each moved into its thread by a loop.
use std::sync::mpsc::{channel, Sender};
use std::thread;

pub fn cooked(orders: &[u32], cooks: usize) -> u32 {
    let (sender, receiver) = channel::<u32>();
    let (plates, served): (Sender<u32>, _) = channel();
    for _ in 0..cooks {
        let plates = plates.clone();
        thread::spawn(move || {
            for order in receiver {
                plates.send(order * 2).unwrap();
            }
        });
    }
    drop(plates);
    for order in orders {
        sender.send(*order).unwrap();
    }
    drop(sender);
    served.iter().sum()
}

#[test]
fn all_orders_are_cooked_once() {
    assert_eq!(cooked(&[1, 2, 3, 4], 3), 20);
}
