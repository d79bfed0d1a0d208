use ring_iter::{joined, Ring};

fn ring(n: i32) -> Ring<i32> {
    let mut ring = Ring::new(3);
    for i in 1..=n {
        ring.push(i * i);
    }
    ring
}

#[test]
fn iterates_oldest_first() {
    assert_eq!(joined(&ring(0)), "");
    assert_eq!(joined(&ring(2)), "1,4");
    assert_eq!(joined(&ring(5)), "9,16,25");
}

#[test]
fn works_with_adapters() {
    let r = ring(4);
    assert_eq!(r.iter().copied().filter(|x| x % 2 == 0).collect::<Vec<_>>(), [4, 16]);
    assert_eq!(r.iter().max(), Some(&16));
    let mut it = r.iter();
    assert_eq!((it.next(), it.next(), it.next(), it.next()), (Some(&4), Some(&9), Some(&16), None));
}
