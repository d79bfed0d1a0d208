use chat_rc::{Member, Room};

#[test]
fn shared_between_rooms() {
    let (ann, bob, cid) = (Member::new("ann"), Member::new("bob"), Member::new("cid"));
    let (mut tea, mut work) = (Room::default(), Room::default());
    tea.join(&ann);
    tea.join(&bob);
    work.join(&bob);
    work.join(&cid);
    assert_eq!(tea.say(&ann, "hi"), 1);
    assert_eq!(work.say(&cid, "go"), 1);
    assert_eq!(work.say(&ann, "psst"), 2);
    assert_eq!((ann.unread(), bob.unread(), cid.unread()), (0, 3, 1));
    assert_eq!(bob.read_all(), ["ann: hi", "cid: go", "ann: psst"]);
    assert_eq!(bob.unread(), 0);
    assert_eq!(tea.say(&ann, "bye"), 1);
    assert_eq!(bob.unread(), 1);
    assert_eq!(bob.read_all().len(), 4);
}
