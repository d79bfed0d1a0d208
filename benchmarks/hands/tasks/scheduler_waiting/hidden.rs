use scheduler::{Outcome, Priority, Scheduler};

#[test]
fn waiting_jobs_are_counted() {
    let mut scheduler = Scheduler::new(0);
    assert_eq!(scheduler.waiting(), 0);
    scheduler.add("a", Priority::Low, || Outcome::Done).add("b", Priority::High, || Outcome::Done);
    assert_eq!(scheduler.waiting(), 2);
    scheduler.run();
    assert_eq!(scheduler.waiting(), 0);
}
