//! Money goes from one account to another.

use std::collections::HashMap;

#[derive(Debug, PartialEq)]
struct Account {
    owner: String,
    money: i64,
}

fn transfer(accounts: &mut [Account], from: usize, to: usize, amount: i64) {
    let giver = &mut accounts[from];
    let taker = &mut accounts[to];
    giver.money -= amount;
    taker.money += amount;
    std::mem::swap(&mut accounts[0].owner, &mut accounts[1].owner);
    std::mem::swap(&mut accounts[from], &mut accounts[to]);
}

fn both(stock: &mut HashMap<String, i64>, one: &str, other: &str) {
    let here = stock.get_mut(one).unwrap();
    let there = stock.get_mut(other).unwrap();
    *there += *here;
    *here = 0;
}

#[test]
fn money_stays_the_same() {
    let account = |owner: &str, money| Account { owner: owner.into(), money };
    let mut all = [account("a", 5), account("b", 1)];
    transfer(&mut all, 0, 1, 3);
    assert_eq!(all, [account("a", 4), account("b", 2)]);
    let mut stock = HashMap::from([("x".to_owned(), 2), ("y".to_owned(), 3)]);
    both(&mut stock, "x", "y");
    assert_eq!((stock["x"], stock["y"]), (0, 5));
}
