pub trait Scan {
    type Hit;
    fn each<F, E>(&self, text: &str, found: F) -> Result<(), E>
    where
        F: FnMut(&Self::Hit) -> Result<bool, E>;
}

pub struct Letters;

impl Scan for Letters {
    type Hit = char;
    fn each<F, E>(&self, text: &str, mut found: F) -> Result<(), E>
    where
        F: FnMut(&char) -> Result<bool, E>,
    {
        for letter in text.chars() {
            if !found(&letter)? {
                break;
            }
        }
        Ok(())
    }
}

impl<'a, S: Scan> Scan for &'a S {
    type Hit = S::Hit;
    fn each<F, E>(&self, text: &str, found: F) -> Result<(), E> {
        (*self).each(text, found)
    }
}

#[test]
fn stops_where_it_is_told() {
    let mut seen = String::new();
    let done: Result<(), ()> = (&&Letters).each("abc", |one| {
        seen.push(*one);
        Ok(*one != 'b')
    });
    assert_eq!((done, seen.as_str()), (Ok(()), "ab"));
}
