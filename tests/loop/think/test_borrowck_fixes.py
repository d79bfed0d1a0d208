"""Loans that are in the way, as they come up in anybody's code: mended by syntax and judge alone, no mind being asked."""

from pathlib import Path

import pytest

from rusta.loop import events as happened
from rusta.loop.attempt.repair_search import Budget
from rusta.loop.attempt.repair_session import RepairSession
from rusta.loop.crate_agent import CrateAgent
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.borrowck_fixes import from_loans
from rusta.tools.cargo import CargoReport
from tests.loop.crate import crate, only, work

CASES = {
    "E0502 first push": """\
pub fn push_first(v: &mut Vec<u32>) -> u32 {
    let first = &v[0];
    v.push(*first + 1);
    *first
}
#[test] fn t() { let mut v = vec![1]; assert_eq!(push_first(&mut v), 1); assert_eq!(v, [1, 2]); }
""",
    "E0499 ledger": """\
use std::collections::HashMap;
#[derive(Default)]
pub struct Ledger { balances: HashMap<String, i64>, log: Vec<String> }
impl Ledger {
    pub fn add(&mut self, owner: &str, amount: i64) {
        let balance = self.balances.entry(owner.to_string()).or_insert(0);
        self.note(owner);
        *balance += amount;
    }
    fn note(&mut self, owner: &str) { self.log.push(owner.to_string()); }
}
#[test] fn t() { let mut l = Ledger::default(); l.add("a", 2); l.add("a", 3); assert_eq!(l.balances["a"], 5); assert_eq!(l.log.len(), 2); }
""",
    "E0502 len in get mut": """\
pub struct Ring { items: Vec<u32>, at: usize }
impl Ring {
    fn len(&self) -> usize { self.items.len() }
    pub fn bump(&mut self) -> u32 {
        let item = &mut self.items[self.at];
        *item += self.len() as u32;
        let now = *item;
        self.at = (self.at + 1) % self.len();
        now
    }
}
#[test] fn t() { let mut r = Ring { items: vec![1, 2], at: 0 }; assert_eq!(r.bump(), 3); assert_eq!(r.at, 1); }
""",
    "E0502 for self": """\
pub struct Sum { items: Vec<u32>, total: u32 }
impl Sum {
    fn add(&mut self, n: u32) { self.total += n; }
    pub fn run(&mut self) {
        for n in &self.items {
            self.add(*n);
        }
    }
}
#[test] fn t() { let mut s = Sum { items: vec![1, 2], total: 0 }; s.run(); assert_eq!(s.total, 3); assert_eq!(s.items.len(), 2); }
""",
    "E0502 for iter": """\
use std::collections::BTreeMap;
pub struct Names { by_id: BTreeMap<u32, String>, seen: Vec<String> }
impl Names {
    fn see(&mut self, n: &str) { self.seen.push(n.to_uppercase()); }
    pub fn run(&mut self) {
        for name in self.by_id.values() {
            self.see(name);
        }
    }
}
#[test] fn t() { let mut s = Names { by_id: BTreeMap::from([(1, "a".into())]), seen: vec![] }; s.run(); assert_eq!(s.seen, ["A"]); }
""",
    "E0506 assign": """\
pub fn bump(mut n: u32) -> (u32, u32) {
    let old = &n;
    n += 1;
    (*old, n)
}
#[test] fn t() { assert_eq!(bump(1), (1, 2)); }
""",
    "E0505 move borrowed": """\
pub fn longest(names: Vec<String>) -> (String, usize) {
    let first = names.iter().max_by_key(|n| n.len()).unwrap();
    let all = count(names);
    (first.to_string(), all)
}
fn count(names: Vec<String>) -> usize { names.len() }
#[test] fn t() { assert_eq!(longest(vec!["a".into(), "bb".into()]), ("bb".to_string(), 2)); }
""",
    "E0507 field": """\
pub struct Job { name: String, tags: Vec<String>, runs: u32 }
impl Job {
    pub fn drain(&mut self) -> Vec<String> {
        self.runs += 1;
        self.tags
    }
}
#[test] fn t() {
    let mut j = Job { name: "n".into(), tags: vec!["x".into()], runs: 0 };
    assert_eq!(j.drain(), ["x"]); assert!(j.tags.is_empty()); assert_eq!(j.name, "n"); }
""",
    "E0597 inner": """\
pub fn longest(words: &str, more: bool) -> usize {
    let mut best = "";
    if more {
        let upper = words.to_uppercase();
        for w in upper.split(' ') { if w.len() > best.len() { best = w; } }
    }
    best.len()
}
#[test] fn t() { assert_eq!(longest("a bbb", true), 3); }
""",
    "E0502 map get insert": """\
use std::collections::HashMap;
pub fn double(m: &mut HashMap<String, u32>, k: &str) -> u32 {
    let old = m.get(k).unwrap();
    m.insert(format!("{k}2"), old * 2);
    *old
}
#[test] fn t() { let mut m = HashMap::from([("a".to_string(), 2)]); assert_eq!(double(&mut m, "a"), 2); assert_eq!(m["a2"], 4); }
""",
    "E0499 nested call": """\
pub struct Ids { next: u32, given: Vec<u32> }
impl Ids {
    fn next(&mut self) -> u32 { self.next += 1; self.next }
    fn keep(&mut self, id: u32) -> &mut Self { self.given.push(id); self }
    pub fn two(&mut self) { self.keep(1).keep(self.next()); }
}
#[test] fn t() { let mut i = Ids { next: 5, given: vec![] }; i.two(); assert_eq!(i.given, [1, 6]); }
""",
    "E0502 str field": """\
pub struct Doc { title: String, log: Vec<String> }
impl Doc {
    fn title(&self) -> &str { &self.title }
    pub fn rename(&mut self, to: &str) -> String {
        let old = self.title();
        self.title = to.to_string();
        self.log.push(format!("{old} -> {to}"));
        old.to_string()
    }
}
#[test] fn t() { let mut d = Doc { title: "a".into(), log: vec![] }; assert_eq!(d.rename("b"), "a"); assert_eq!(d.log, ["a -> b"]); }
""",
    "E0499 lazy filter": """\
pub struct Ring { items: Vec<u32> }
impl Ring {
    fn drain(&mut self) -> impl Iterator<Item = u32> + '_ { self.items.drain(..) }
    fn push(&mut self, n: u32) { self.items.push(n); }
    pub fn keep_even(&mut self) {
        let kept = self.drain().filter(|n| n % 2 == 0);
        for n in kept { self.push(n); }
    }
}
#[test] fn t() { let mut r = Ring { items: vec![1, 2, 4] }; r.keep_even(); assert_eq!(r.items, [2, 4]); }
""",
    "E0502 read before": """\
pub fn push_first(v: &mut Vec<u32>) -> u32 {
    let first = &v[0];
    v[0] = 7;
    v.push(*first + 1);
    *first
}
#[test] fn t() { let mut v = vec![1]; assert_eq!(push_first(&mut v), 1); assert_eq!(v, [7, 2]); }
""",
    "E0503 use": """\
pub fn f() -> u32 {
    let mut n = 3;
    let r = &mut n;
    let double = n * 2;
    *r += 1;
    double + n
}
#[test] fn t() { assert_eq!(f(), 10); }
""",
    "E0502 closure": """\
pub fn f() -> Vec<u32> {
    let mut v = vec![1, 2];
    let has = |n: u32| v.contains(&n);
    v.push(3);
    if has(3) { v.push(4); }
    v
}
#[test] fn t() { assert_eq!(f(), [1, 2, 3, 4]); }
""",
}


@pytest.mark.parametrize("case", CASES)
def test_a_loan_that_is_in_the_way_is_got_out_of_it(case: str, tmp_path: Path) -> None:
    her = work(crate(tmp_path / "loans", CASES[case]), tmp_path / "home", [])
    her.place.scratch.sync()
    report = her.place.trial.check(all_targets=True)
    assert report.errors[0].code in (case[:5], "E0506")  # an assignment meets it first
    seen = list(RepairSession(her.place, None, Budget()).run(report))
    changes = only(seen, happened.Changed)
    assert changes and all(change.reason and change.trade_off for change in changes)
    assert [tried.tests for tried in only(seen, happened.Tried)][-1] == "1 passed"


def test_what_is_used_after_it_was_moved_can_be_looked_at_before(tmp_path: Path) -> None:
    body = "fn sorted(n: Vec<u8>) -> Vec<u8> { n }\n"
    body += "pub fn both(n: Vec<u8>) -> (Vec<u8>, usize) {\n    let s = sorted(n);\n    (s, n.len())\n}\n"
    her = work(crate(tmp_path / "moved", body), tmp_path / "home", [])
    her.place.scratch.sync()
    (way,) = from_loans(seen(her, her.place.trial.check()))
    assert way.reason == "`n.len()` is computed before `n` is moved"
    assert b"    let len = n.len();\n    let s = sorted(n);\n    (s, len)\n" in (way.changes["src/lib.rs"] or b"")


def test_what_is_no_loan_is_left_to_others(tmp_path: Path) -> None:
    her = work(
        crate(tmp_path / "types", 'pub fn f() -> u32 { "x" }\npub fn g() -> u32 { h() }\n'), tmp_path / "home", []
    )
    her.place.scratch.sync()
    report = her.place.trial.check()
    assert report.errors and not list(from_loans(seen(her, report)))


def seen(her: CrateAgent, report: CargoReport) -> Situation:
    """What a strategy sees of a report."""
    scratch = her.place.scratch
    return Situation(report.errors, scratch.read, scratch.sources(), scratch.root)
