#[derive(Debug, Clone, PartialEq)]
pub enum Chain {
    Link(u32, Chain),
    End,
}

pub fn of(numbers: &[u32]) -> Chain {
    match numbers.split_first() {
        Some((first, rest)) => Chain::Link(*first, of(rest)),
        None => Chain::End,
    }
}

pub fn sum(chain: &Chain) -> u32 {
    match chain {
        Chain::Link(number, rest) => number + sum(rest),
        Chain::End => 0,
    }
}

#[test]
fn chains_are_summed() {
    assert_eq!(sum(&of(&[1, 2, 5])), 8);
}
