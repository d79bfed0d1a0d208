pub struct Link {
    weight: u32,
    next: Option<Box<Link>>,
}

pub struct Chain {
    first: Option<Box<Link>>,
}

impl Chain {
    pub fn new() -> Chain {
        Chain { first: None }
    }

    /// Adds a link at the end.
    pub fn add(&mut self, weight: u32) {
        let mut end = self.first;
        while let Some(link) = end {
            end = link.next;
        }
        end = Some(Box::new(Link { weight, next: None }));
    }

    pub fn last(&self) -> Option<u32> {
        let mut link = self.first?;
        while let Some(next) = link.next {
            link = next;
        }
        Some(link.weight)
    }
}

#[test]
fn it_grows() {
    let mut chain = Chain::new();
    assert_eq!(chain.last(), None);
    chain.add(3);
    chain.add(5);
    assert_eq!(chain.last(), Some(5));
}
