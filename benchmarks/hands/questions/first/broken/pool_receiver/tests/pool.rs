use pool_receiver::Pool;

#[test]
fn every_job_is_done_once() {
    let mut pool = Pool::new(3);
    for number in 1..=100 {
        let text = "x".repeat(number);
        pool.run(move || text.len() as u64);
    }
    assert_eq!(pool.finish(), (100, 5050));
}

#[test]
fn a_finished_pool_has_nothing_left() {
    let mut pool = Pool::new(2);
    pool.run(|| 7);
    assert_eq!(pool.finish(), (1, 7));
    pool.run(|| 8);
    assert_eq!(pool.finish(), (0, 0));
}
