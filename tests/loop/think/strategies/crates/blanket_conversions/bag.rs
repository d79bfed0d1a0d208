//! A bag of numbers.

#[derive(Debug, Default, PartialEq)]
pub struct Bag {
    sum: u64,
    count: usize,
}

impl<I: IntoIterator<Item = u64>> From<I> for Bag {
    fn from(all: I) -> Bag {
        let mut bag = Bag::default();
        for one in all {
            bag.sum += one;
            bag.count += 1;
        }
        bag
    }
}

impl IntoIterator for Bag {
    type Item = u64;
    type IntoIter = std::option::IntoIter<u64>;

    fn into_iter(self) -> Self::IntoIter {
        Some(self.sum).into_iter()
    }
}

pub fn mean(all: Vec<u64>) -> Option<u64> {
    let bag: Bag = all.into();
    bag.sum.checked_div(bag.count as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_told() {
        assert_eq!(mean(vec![1, 2, 6]), Some(3));
        assert_eq!(mean(vec![]), None);
        assert_eq!(Bag { sum: 7, count: 2 }.into_iter().next(), Some(7));
    }
}
