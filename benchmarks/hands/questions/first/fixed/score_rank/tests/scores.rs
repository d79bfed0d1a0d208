use score_rank::{Run, Scores};

#[test]
fn means_and_medians() {
    let scores = Scores::new([("a", 2.5), ("b", 0.5), ("c", 9.0), ("d", -2.0)]);
    assert_eq!(scores.mean(), Some(2.5));
    assert_eq!(scores.median(), Some(1.5));
    assert_eq!(Scores::new([("a", 1.25)]).median(), Some(1.25));
    assert_eq!(Scores::new([]).median(), None);
    assert_eq!(Scores::new([]).mean(), None);
}

#[test]
fn the_best_by_a_fraction() {
    let scores = Scores::new([("a", 2.5), ("b", 2.75), ("c", 2.25), ("d", -9.5)]);
    assert_eq!(scores.best(), Some(&Run { name: "b".into(), score: 2.75 }));
    assert_eq!(scores.histogram(), [(-10, 1), (2, 3)]);
    assert!(Scores::new([]).best().is_none());
}
