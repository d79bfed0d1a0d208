//! Totals that begin with nothing.
pub mod totals {
    pub fn sum(numbers: &[i64]) -> i64 {
        let mut sum: i64;
        for number in numbers {
            sum += number;
        }
        sum
    }

    pub fn product(numbers: &[f64]) -> f64 {
        let mut product: f64;
        for number in numbers {
            product *= number;
        }
        product
    }

    pub fn last_even(numbers: &[i64]) -> Option<i64> {
        let found;
        for number in numbers {
            if number % 2 == 0 {
                found = Some(*number);
            }
        }
        found
    }

    pub fn big(numbers: &[i64]) -> bool {
        let big: bool;
        if numbers.len() > 2 {
            big = true;
        }
        big
    }
}

#[test]
fn totals() {
    assert_eq!(totals::sum(&[1, 2]), 3);
    assert_eq!(totals::product(&[2.0, 3.0]), 6.0);
    assert_eq!(totals::last_even(&[1, 4, 6, 3]), Some(6));
    assert!(!totals::big(&[1]));
}
