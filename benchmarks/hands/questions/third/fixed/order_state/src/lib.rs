//! Little state machine for the orders of a web shop.

#[derive(Debug, PartialEq)]
pub enum State {
    Cart { items: Vec<String> },
    Paid { items: Vec<String>, receipt: String },
    Shipped { parcel: String },
}

#[derive(Debug)]
pub struct Order {
    pub id: u32,
    pub state: State,
}

impl Order {
    pub fn new(id: u32) -> Order {
        Order {
            id,
            state: State::Cart { items: vec![] },
        }
    }

    pub fn add(&mut self, item: &str) -> Result<(), String> {
        match &mut self.state {
            State::Cart { items } => {
                items.push(item.to_string());
                Ok(())
            }
            other => Err(format!("cannot add {} in state {:?}", item, other)),
        }
    }

    pub fn pay(&mut self, receipt: String) -> Result<(), String> {
        match &mut self.state {
            State::Cart { items } => {
                let items = std::mem::take(items);
                self.state = State::Paid { items, receipt };
                Ok(())
            }
            _ => Err(format!("order {} is already paid", self.id)),
        }
    }

    pub fn ship(&mut self) -> Result<(), String> {
        match &self.state {
            State::Paid { items, receipt } => {
                let parcel = format!("{}/{}: {}", self.id, receipt, items.join(", "));
                self.state = State::Shipped { parcel };
                Ok(())
            }
            _ => Err(format!("order {} cannot be shipped", self.id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn happy_path() {
        let mut order = Order::new(7);
        order.add("lamp").unwrap();
        order.add("desk").unwrap();
        order.pay("R-1".to_string()).unwrap();
        assert_eq!(
            order.state,
            State::Paid {
                items: vec!["lamp".to_string(), "desk".to_string()],
                receipt: "R-1".to_string()
            }
        );
        order.ship().unwrap();
        assert_eq!(
            order.state,
            State::Shipped { parcel: "7/R-1: lamp, desk".to_string() }
        );
    }

    #[test]
    fn a_failed_step_leaves_the_order_alone() {
        let mut order = Order::new(1);
        order.add("pen").unwrap();
        assert!(order.ship().is_err());
        assert_eq!(order.state, State::Cart { items: vec!["pen".to_string()] });

        order.pay("A".to_string()).unwrap();
        assert!(order.pay("B".to_string()).is_err());
        assert!(order.add("ink").is_err());
        assert_eq!(
            order.state,
            State::Paid { items: vec!["pen".to_string()], receipt: "A".to_string() }
        );
    }
}
