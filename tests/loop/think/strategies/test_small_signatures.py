"""Signatures that say almost what is meant: three programs a rule, of different domains; rustc judges, and their tests."""

from pathlib import Path

import pytest

from tests.loop.think.strategies.judged import reasons, repaired

CASES = {
    "declared nowhere": (
        "pub struct Page<'p> { words: Vec<&'w str>, title: &'p str }\n"
        "impl<'p> Page<'p> { pub fn first(&self) -> Option<&'p str> { self.words.first().copied().or(Some(self.title)) } }\n"
        "#[test] fn t() { assert_eq!(Page { words: vec![], title: \"x\" }.first(), Some(\"x\")); }\n",
        "pub enum Leaf<'t> { Text(&'a str), Gap }\n"
        "pub fn size(leaf: &Leaf<'_>) -> usize { match leaf { Leaf::Text(text) => text.len(), Leaf::Gap => 0 } }\n"
        "pub fn both<'t>(text: &'t str) -> [Leaf<'t>; 2] { [Leaf::Text(text), Leaf::Gap] }\n"
        "#[test] fn t() { assert_eq!(both(\"abc\").iter().map(size).sum::<usize>(), 3); }\n",
        "pub struct Queue<'q, T> { jobs: Vec<Box<dyn Fn() -> T + 'j>>, name: &'q str }\n"
        "impl<'q, T> Queue<'q, T> { pub fn run(&self) -> Vec<T> { self.jobs.iter().map(|job| job()).collect() }\n"
        "pub fn name(&self) -> &str { self.name } }\n"
        "#[test] fn t() { let n = 4; let q = Queue { jobs: vec![Box::new(|| n + 1)], name: \"a\" }; assert_eq!(q.run(), [5]); assert_eq!(q.name(), \"a\"); }\n",
    ),
    "not for the whole program": (
        "pub fn long<'w>(words: &[&'w str]) -> Vec<&'static str> { words.iter().copied().filter(|word| word.len() > 3).collect() }\n"
        "#[test] fn t() { let text = String::from(\"a long one\"); let words: Vec<&str> = text.split(' ').collect(); assert_eq!(long(&words), [\"long\"]); }\n",
        "pub struct Log<'l> { lines: Vec<&'l str> }\n"
        "impl<'l> Log<'l> { pub fn last(&self) -> Option<&'static str> { self.lines.last().copied() } }\n"
        "#[test] fn t() { let text = String::from(\"one\"); assert_eq!(Log { lines: vec![&text] }.last(), Some(\"one\")); }\n",
        "pub fn host<'u>(url: &'u str) -> Option<(&'static str, u16)> { let (host, port) = url.split_once(':')?; Some((host, port.parse().ok()?)) }\n"
        "#[test] fn t() { let url = String::from(\"a:80\"); assert_eq!(host(&url), Some((\"a\", 80))); }\n",
    ),
    "which infers and names them": (
        "use std::collections::BTreeMap;\n"
        "pub fn count(words: &[&str]) -> BTreeMap { let mut seen: BTreeMap<String, usize> = BTreeMap::new(); for word in words { *seen.entry(word.to_string()).or_insert(0) += 1; } seen }\n"
        "#[test] fn t() { assert_eq!(count(&[\"a\", \"a\"])[\"a\"], 2); }\n",
        "pub fn even(numbers: &[u32]) -> Vec { let found: Vec<u32> = numbers.iter().copied().filter(|n| n % 2 == 0).collect(); found }\n"
        "#[test] fn t() { assert_eq!(even(&[1, 2]), [2]); }\n",
        "pub struct Bag { items: Vec<(String, u8)> }\n"
        "impl Bag { pub fn heaviest(&self) -> Option { let best: Option<(String, u8)> = self.items.iter().max_by_key(|(_, w)| *w).cloned(); best } }\n"
        "#[test] fn t() { assert_eq!(Bag { items: vec![(\"a\".into(), 1), (\"b\".into(), 2)] }.heaviest().unwrap().0, \"b\"); }\n",
    ),
    "a semicolon throws it away": (
        "pub fn odd(numbers: &[u32]) -> impl Iterator<Item = u32> + '_ { numbers.iter().copied().filter(|n| n % 2 == 1); }\n"
        "#[test] fn t() { assert_eq!(odd(&[1, 2, 3]).collect::<Vec<_>>(), [1, 3]); }\n",
        "pub struct Path { steps: Vec<(i32, i32)> }\n"
        "impl Path { pub fn xs(&self) -> impl DoubleEndedIterator<Item = i32> + '_ { let steps = self.steps.iter(); steps.map(|step| step.0); } }\n"
        "#[test] fn t() { assert_eq!(Path { steps: vec![(1, 2), (3, 4)] }.xs().rev().next(), Some(3)); }\n",
        "pub fn adder(by: u32) -> impl Fn(u32) -> u32 { move |n| n + by; }\n#[test] fn t() { assert_eq!(adder(2)(3), 5); }\n",
    ),
    "only looks at its value": (
        "pub struct Ticket { seat: String }\n"
        "impl Ticket { pub fn first_row(self) -> bool { self.seat.starts_with('A') } pub fn seat(self) -> String { self.seat } }\n"
        "pub fn name(ticket: Ticket) -> Option<String> { if ticket.first_row() { Some(ticket.seat()) } else { None } }\n"
        "#[test] fn t() { assert_eq!(name(Ticket { seat: \"A1\".into() }).as_deref(), Some(\"A1\")); }\n",
        "pub enum Shape { Dot, Line(Vec<i32>) }\n"
        "impl Shape { pub fn size(self) -> usize { match self { Shape::Dot => 1, Shape::Line(ref points) => points.len() } } }\n"
        "pub fn sizes(shapes: Vec<Shape>) -> (usize, Vec<Shape>) { let mut all = 0; for shape in &shapes { all += shape.size(); } (all, shapes) }\n"
        "#[test] fn t() { assert_eq!(sizes(vec![Shape::Dot, Shape::Line(vec![1, 2])]).0, 3); }\n",
        "pub struct Meter { read: Vec<f64> }\n"
        "impl Meter { pub fn mean(self) -> f64 { self.read.iter().sum::<f64>() / self.read.len() as f64 } }\n"
        "pub fn twice(meter: Meter) -> f64 { meter.mean() + meter.mean() }\n"
        "#[test] fn t() { assert_eq!(twice(Meter { read: vec![1.0, 3.0] }), 4.0); }\n",
    ),
    "std has no module": (
        "use std::colections::HashMap;\npub fn one() -> HashMap<u8, u8> { HashMap::from([(1, 2)]) }\n#[test] fn t() { assert_eq!(one()[&1], 2); }\n",
        "use std::thred;\npub fn done() -> u8 { thred::spawn(|| 1).join().unwrap() }\n#[test] fn t() { assert_eq!(done(), 1); }\n".replace("thred::spawn", "thread::spawn"),
        "pub fn swap(a: &mut u8, b: &mut u8) { std::memm::swap(a, b) }\n#[test] fn t() { let (mut a, mut b) = (1, 2); swap(&mut a, &mut b); assert_eq!((a, b), (2, 1)); }\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "number"),
    [pytest.param(rule, number, marks=pytest.mark.long if number else ()) for rule in CASES for number in range(3)],
)
def test_a_signature_says_what_is_meant(rule: str, number: int, tmp_path: Path) -> None:
    done = repaired(tmp_path, CASES[rule][number])
    assert done.why == "done"
    assert rule in reasons(done)
