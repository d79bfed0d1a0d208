//! Names of stars: the macro gives every method a lifetime of its own.
#[same_macros::scoped]
pub trait Catalogue {
    fn name(&self, number: usize) -> String;
    fn size(&self) -> usize;
}

pub struct Printed(Vec<String>);

impl Catalogue for Printed {
    fn name(&self, number: usize) -> String {
        self.0[number].clone()
    }

    fn size(&self) -> usize {
        self.0.len()
    }
}

impl<C: Catalogue> Catalogue for Option<C> {
    fn name(&self, number: usize) -> String {
        self.as_ref().map(|one| one.name(number)).unwrap_or_default()
    }

    fn size(&self) -> usize {
        self.as_ref().map_or(0, |one| one.size())
    }
}

#[test]
fn a_star_has_its_name() {
    let printed = Some(Printed(vec!["Vega".into()]));
    assert_eq!((printed.size(), printed.name(0)), (1, "Vega".to_string()));
}
