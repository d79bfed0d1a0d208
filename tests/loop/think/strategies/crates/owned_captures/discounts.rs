//! Price rules that are made once and used later.

pub type Rule = Box<dyn Fn(f64) -> f64>;

pub struct Shop {
    rate: f64,
    name: String,
}

impl Shop {
    pub fn rule(&self, floor: &f64) -> Rule {
        Box::new(|price| (price * self.rate).max(*floor))
    }

    pub fn label(&self) -> Box<dyn Fn(&str) -> String> {
        let sign = String::from("§");
        Box::new(|what| format!("{sign} {}: {what}", self.name))
    }
}

#[test]
fn rules_outlive_the_shop() {
    let shop = Shop { rate: 0.5, name: "corner".into() };
    let (rule, label) = (shop.rule(&3.0), shop.label());
    drop(shop);
    assert_eq!([rule(10.0), rule(1.0)], [5.0, 3.0]);
    assert_eq!(label("tea"), "§ corner: tea");
}
