use list_tail::History;

#[derive(Debug, PartialEq)]
struct Step(&'static str);

fn three() -> History<Step> {
    let mut history = History::new();
    for (place, name) in ["draw", "fill", "crop"].into_iter().enumerate() {
        assert_eq!(history.push(Step(name)), place);
    }
    history
}

#[test]
fn steps_stay_in_order() {
    let history = three();
    assert_eq!(history.len(), 3);
    assert_eq!(history.steps(), [&Step("draw"), &Step("fill"), &Step("crop")]);
}

#[test]
fn what_came_after_is_cut() {
    let mut history = three();
    assert_eq!(history.cut_after(&Step("none")), 0);
    assert_eq!(history.cut_after(&Step("draw")), 2);
    assert_eq!(history.steps(), [&Step("draw")]);
    assert_eq!(history.len(), 1);
    assert_eq!(history.push(Step("blur")), 1);
    assert!(!history.is_empty());
}
