//! A recipe: an amount and the name of what is taken, in modules.
pub mod fault {
    use std::num;
    use std::str::Utf8Error;

    /// What is wrong with a recipe.
    #[derive(Debug)]
    pub enum RecipeFault {
        /// An amount that is none.
        Amount(num::ParseFloatError),
        Bytes { source: Utf8Error },
        Nothing,
        Count(num::ParseIntError),
    }
}

pub mod kitchen {
    use super::fault::RecipeFault;

    pub struct Kitchen {
        pub people: u32,
    }

    impl Kitchen {
        pub fn share(&self, raw: &[u8]) -> Result<(f64, String), RecipeFault> {
            let line = std::str::from_utf8(raw)?;
            // the amount, and then the rest
            let mut words = line.splitn(2, ' ');
            let amount: f64 = words.next().ok_or(RecipeFault::Nothing)?.parse()?;
            let name = words.next().ok_or(RecipeFault::Nothing)?;
            Ok((amount / f64::from(self.people), name.to_owned()))
        }

        pub fn invite(&mut self, more: &str) -> Result<u32, RecipeFault> {
            let more: u32 = match more.trim() {
                "" => 0,
                some => some.parse()?,
            };
            self.people += more;
            Ok(self.people)
        }
    }
}

#[test]
fn faults_are_told_apart() {
    use fault::RecipeFault;
    let mut kitchen = kitchen::Kitchen { people: 2 };
    assert_eq!(kitchen.share(b"3.0 milk").unwrap(), (1.5, "milk".to_string()));
    assert!(matches!(kitchen.share(&[0xff]), Err(RecipeFault::Bytes { .. })));
    assert!(matches!(kitchen.share(b"much milk"), Err(RecipeFault::Amount(_))));
    assert!(matches!(kitchen.invite("x"), Err(RecipeFault::Count(_))));
    assert_eq!(kitchen.invite("3").unwrap(), 5);
}
