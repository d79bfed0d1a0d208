pub struct Coat {
    pub owner: String,
    pub pockets: u8,
}

#[derive(Default)]
pub struct Wardrobe {
    hooks: Vec<Coat>,
    pockets: u32,
}

impl Wardrobe {
    fn hang(&mut self, coat: Coat) -> usize {
        self.hooks.push(coat);
        self.hooks.len()
    }

    pub fn take(&mut self, coat: Coat, greetings: &mut Vec<String>) -> String {
        let number = self.hang(coat);
        greetings.push(format!("hello {}", coat.owner));
        if coat.pockets > 2 {
            self.pockets += u32::from(coat.pockets);
        }
        format!("number {number}, {} pockets", self.pockets)
    }
}

#[test]
fn coats_are_taken() {
    let mut wardrobe = Wardrobe::default();
    let mut said = Vec::new();
    let told = wardrobe.take(Coat { owner: "Eva".to_string(), pockets: 4 }, &mut said);
    assert_eq!((told.as_str(), said), ("number 1, 4 pockets", vec!["hello Eva".to_string()]));
    assert_eq!(wardrobe.hooks[0].owner, "Eva");
}
