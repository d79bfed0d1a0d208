use state_step::{Event, Session, State, Upload};

#[test]
fn parts_become_one_upload() {
    let mut session = Session::new();
    session.handle(Event::Begin("a.txt".into()));
    session.handle(Event::Part(vec![1, 2]));
    session.handle(Event::Part(vec![3]));
    assert_eq!(session.take(), None);
    session.handle(Event::End);
    let upload = Upload { name: "a.txt".into(), body: vec![1, 2, 3] };
    assert_eq!(session.take(), Some(upload));
    assert_eq!(session.state(), &State::Idle);
    assert_eq!(session.take(), None);
}

#[test]
fn senseless_events_change_nothing() {
    let mut session = Session::new();
    session.handle(Event::End);
    session.handle(Event::Begin("b".into()));
    session.handle(Event::Part(vec![7]));
    session.handle(Event::Begin("c".into()));
    assert_eq!(session.ignored(), 2);
    let state = State::Receiving { name: "b".into(), parts: vec![vec![7]] };
    assert_eq!(session.take(), None);
    assert_eq!(session.state(), &state);
    session.handle(Event::Lost);
    assert_eq!(session.state(), &State::Failed("b".into()));
    session.handle(Event::Part(vec![8]));
    assert_eq!(session.state(), &State::Failed("b".into()));
    assert_eq!(session.ignored(), 3);
}
