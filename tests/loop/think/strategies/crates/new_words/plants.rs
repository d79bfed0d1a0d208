//! Plants of several generations, for a C program.
use std::collections::HashMap;

mod breeding {
    extern "C" {
        fn labs(value: std::ffi::c_long) -> std::ffi::c_long;
    }

    #[derive(Debug, Clone, PartialEq)]
    pub struct Plant {
        pub gen: u32,
        /// "gen" of the parents is in here.
        pub from: Vec<u32>,
    }

    pub fn gen(from: &[Plant]) -> Plant {
        let gen = from.iter().map(|Plant { gen, .. }| *gen).max().unwrap_or(0) + 1;
        let plant = Plant { gen, from: from.iter().map(|one| one.gen).collect() };
        assert!(plant.gen == gen, "gen {} of {gen_of}", plant.gen, gen_of = from.len());
        plant
    }

    pub fn apart(one: &Plant, other: &Plant) -> i64 {
        // SAFETY: any number has an absolute value here.
        unsafe { labs(i64::from(one.gen) - i64::from(other.gen)) }
    }

    #[no_mangle]
    pub extern "C" fn plants_first() -> u32 {
        gen(&[]).gen
    }

    #[cfg_attr(all(), export_name = "plants_second")]
    #[doc(hidden)]
    pub extern "C" fn second() -> u32 {
        2
    }
}

pub fn counted(plants: &[breeding::Plant]) -> HashMap<u32, usize> {
    let mut found = HashMap::new();
    for breeding::Plant { gen: at, .. } in plants {
        *found.entry(*at).or_default() += 1;
    }
    found
}

#[test]
fn generations_are_counted() {
    let first = breeding::r#gen(&[]);
    let second = breeding::r#gen(&[first.clone(), first.clone()]);
    assert_eq!(breeding::apart(&first, &second), 1);
    assert_eq!(breeding::plants_first() + breeding::second(), 3);
    assert_eq!(counted(&[first, second])[&2], 1);
}
