//! Prices from shops that answer late.

pub trait Shop {
    async fn price(&self, of: &str) -> Option<u32>;
    async fn open(&self) -> bool {
        true
    }
    fn name(&self) -> String;
}

pub struct Corner {
    pub bread: u32,
}

impl Shop for Corner {
    async fn price(&self, of: &str) -> Option<u32> {
        (of == "bread").then_some(self.bread)
    }
    fn name(&self) -> String {
        String::from("corner")
    }
}

pub async fn cheapest(shops: &[Box<dyn Shop>], of: &str) -> Option<(u32, String)> {
    let mut best = None;
    for shop in shops {
        if !shop.open().await {
            continue;
        }
        if let Some(price) = shop.price(of).await {
            best = Some((price, shop.name())).min(best.or(Some((u32::MAX, String::new()))));
        }
    }
    best
}

#[test]
fn the_cheapest_is_found() {
    let shops: Vec<Box<dyn Shop>> = vec![Box::new(Corner { bread: 5 }), Box::new(Corner { bread: 3 })];
    use std::future::Future;
    let mut future = Box::pin(cheapest(&shops, "bread"));
    let waker = std::task::Waker::noop();
    match future.as_mut().poll(&mut std::task::Context::from_waker(waker)) {
        std::task::Poll::Ready(found) => assert_eq!(found, Some((3, "corner".to_owned()))),
        std::task::Poll::Pending => panic!("nothing is waited for"),
    }
}
