//! Spending from a purse whose categories are borrowed.

pub struct Purse<'c> {
    categories: &'c [&'c str],
    spent: Vec<u32>,
}

/// Spend on a category; whether there is such a one.
fn spend<'c>(purse: &'c mut Purse<'c>, category: &str, amount: u32) -> bool {
    match purse.categories.iter().position(|one| *one == category) {
        Some(at) => {
            purse.spent[at] += amount;
            true
        }
        None => false,
    }
}

pub fn month(expenses: &[(&str, u32)]) -> Vec<u32> {
    let categories = ["rent", "food"];
    let mut purse = Purse {
        categories: &categories,
        spent: vec![0; 2],
    };
    for (category, amount) in expenses {
        // unknown ones are left out
        spend(&mut purse, category, *amount);
    }
    spend(&mut purse, "rent", 1);
    purse.spent
}

#[test]
fn everything_is_added_up() {
    assert_eq!(month(&[("food", 3), ("rent", 10), ("toys", 5), ("food", 4)]), [11, 7]);
}
