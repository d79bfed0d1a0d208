use iter_branches::{Tasks, View};

fn tasks() -> Tasks {
    let mut tasks = Tasks::new();
    tasks.add("wash", 1).add("cook", 5).add("write", 9).add("sleep", 3);
    assert_eq!(tasks.finish("write"), 1);
    tasks
}

fn titles(tasks: &Tasks, view: View) -> Vec<&str> {
    tasks.view(view).map(|task| task.title.as_str()).collect()
}

#[test]
fn views_choose_tasks() {
    let tasks = tasks();
    assert_eq!(titles(&tasks, View::All), ["wash", "cook", "write", "sleep"]);
    assert_eq!(titles(&tasks, View::Open), ["wash", "cook", "sleep"]);
    assert_eq!(titles(&tasks, View::Urgent(3)), ["cook", "sleep"]);
}

#[test]
fn newest_and_count_follow_the_view() {
    let mut tasks = tasks();
    assert_eq!(tasks.newest(View::Open).unwrap().title, "sleep");
    assert_eq!(tasks.newest(View::Urgent(4)).unwrap().title, "cook");
    assert_eq!(tasks.newest(View::Urgent(10)), None);
    assert_eq!(tasks.count(View::All), 4);
    tasks.finish("cook");
    assert_eq!(tasks.count(View::Urgent(2)), 1);
}
