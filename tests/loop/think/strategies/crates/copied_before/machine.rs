//! A machine of instructions that jump.

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Add,
    Halt,
}

struct Step {
    kind: Kind,
    by: i64,
    run: Box<dyn Fn(i64) -> i64>,
}

struct Machine {
    steps: Vec<Step>,
    at: usize,
    value: i64,
}

/// Go on by one step; whether there is more to do.
fn advance(machine: &mut Machine) -> bool {
    let step = &machine.steps[machine.at];
    add(machine, step.by);
    machine.at += 1;
    let small = machine.value < 100;
    small && step.kind != Kind::Halt
}

fn add(machine: &mut Machine, by: i64) {
    machine.value += (machine.steps[machine.at].run)(by);
}

#[test]
fn it_halts() {
    let step = |kind, by| Step { kind, by, run: Box::new(|by| by) };
    let mut machine = Machine { steps: vec![step(Kind::Add, 2), step(Kind::Halt, 3)], at: 0, value: 0 };
    while advance(&mut machine) {}
    assert_eq!((machine.value, machine.at), (5, 2));
}
