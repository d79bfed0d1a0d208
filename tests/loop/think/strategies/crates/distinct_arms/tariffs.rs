//! What a call costs.
mod tariff {
    pub fn tariff(name: &str, base: u32) -> impl Fn(u32) -> u32 + 'static {
        let round = |seconds: u32| seconds.div_ceil(60);
        if name == "flat" {
            move |_| base
        } else if name == "minutes" {
            move |seconds| round(seconds) * base
        } else {
            move |seconds| seconds * base / 10
        }
    }
}

pub fn total(calls: &[u32], night: bool, off: u32) -> u32 {
    let cost = match night {
        true => |seconds: u32| seconds / 2 - off,
        false => |seconds: u32| seconds - off,
    };
    calls.iter().map(|call| cost(*call)).sum()
}

#[test]
fn calls_cost() {
    assert_eq!(tariff::tariff("flat", 7)(100), 7);
    assert_eq!(tariff::tariff("minutes", 2)(61), 4);
    assert_eq!(tariff::tariff("", 20)(3), 6);
    assert_eq!(total(&[10, 20], true, 1), 13);
}
