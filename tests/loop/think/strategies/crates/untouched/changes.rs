//! Loans that end in a change, which a copy would lose, or that somebody looks at meanwhile.

struct Item {
    count: u32,
    name: Box<dyn Fn() -> String>,
}

struct Shop {
    items: Vec<Item>,
    sold: u32,
}

impl Shop {
    fn note(&mut self, by: usize) {
        self.sold += by as u32 + self.items.len() as u32;
    }

    // what is changed afterwards cannot be copied before
    fn sell(&mut self) {
        let item = self.items.iter_mut().next().unwrap();
        self.note(1);
        item.count -= 1;
    }

    // `note` looks at the items, so that they cannot be taken out
    fn all(&mut self) {
        self.items.iter_mut().for_each(|item| {
            self.note((item.name)().len());
            item.count += 1;
        });
    }
}

struct Reader {
    left: u32,
}

impl Reader {
    // a lifetime of the function's own is no lifetime of the type
    fn next<'r>(&'r mut self) -> &'r mut u32 {
        self.left -= 1;
        &mut self.left
    }
}

fn two(mut reader: Reader) {
    let one = reader.next();
    let other = reader.next();
    *one += *other;
}

#[test]
fn nothing() {
    two(Reader { left: 2 });
    Shop { items: vec![], sold: 0 }.sell();
    Shop { items: vec![], sold: 0 }.all();
}
