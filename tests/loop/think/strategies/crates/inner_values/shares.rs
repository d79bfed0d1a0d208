//! Shares of a bill.

#[derive(Debug, PartialEq)]
pub struct Share {
    pub cents: u64,
    pub tip: u64,
}

pub fn shares(bills: &[(u64, u64)], percent: u64) -> Vec<Share> {
    let mut found = Vec::new();
    for (total, guests) in bills {
        fn cents() -> usize { total / guests }
        found.push(Share { cents, tip: cents * percent / 100 });
    }
    found
}

#[test]
fn a_share_is_by_guest() {
    assert_eq!(shares(&[(4000, 4)], 10), [Share { cents: 1000, tip: 100 }]);
}
