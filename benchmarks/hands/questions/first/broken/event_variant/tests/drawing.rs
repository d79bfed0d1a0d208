use event_variant::{Button, Drawing, Event};

#[test]
fn clicks_set_points() {
    let mut drawing = Drawing::default();
    drawing.line((1, 2), (4, 6));
    assert_eq!(drawing.points, [(1, 2), (4, 6)]);
    drawing.react(Event::Press { x: 9, y: 9, button: Button::Left, clicks: 2 });
    assert_eq!(drawing.points, [(1, 2), (4, 6), (9, 9), (9, 9)]);
    drawing.react(Event::Press { x: 0, y: 0, button: Button::Right, clicks: 2 });
    assert_eq!(drawing.points.len(), 3);
    assert_eq!(drawing.log, ["press at 1, 2", "press at 1, 2", "drag", "press at 9, 9", "press at 0, 0"]);
}

#[test]
fn sizes_are_points_and_keys_clear() {
    let mut drawing = Drawing::default();
    drawing.react(Event::Resize(800, 600, 2));
    assert_eq!(drawing.size, (400, 300));
    drawing.react(Event::click(1, 1));
    drawing.react(Event::Key("x".into()));
    assert_eq!(drawing.points, [(1, 1)]);
    drawing.react(Event::Key("c".into()));
    assert!(drawing.points.is_empty());
    assert_eq!(Event::click(3, 4), Event::Press { x: 3, y: 4, button: Button::Left, clicks: 1 });
}
