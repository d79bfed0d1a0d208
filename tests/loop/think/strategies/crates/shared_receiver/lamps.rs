//! Lamps that listen to one switch.
use std::sync::mpsc;

fn lamp(switch: std::sync::Arc<mpsc::Receiver<bool>>) -> u32 {
    let mut changes = 0;
    while let Ok(on) = switch.recv() {
        if on { changes += 1 }
    }
    if let Ok(true) = switch.try_recv() { changes + 1 } else { changes }
}

pub fn switched(times: usize) -> u32 {
    let (flip, switch) = mpsc::channel();
    let switch = std::sync::Arc::new(switch);
    std::thread::scope(|scope| {
        let lamps: Vec<_> = (0..3).map(|_| scope.spawn(|| lamp(switch.clone()))).collect();
        for n in 0..times {
            flip.send(n % 2 == 0).unwrap();
        }
        drop(flip);
        lamps.into_iter().map(|lamp| lamp.join().unwrap()).sum()
    })
}

#[test]
fn lamps_go_on() {
    assert_eq!(switched(9), 5);
}
