//! A page cache with counters.

pub struct Pages {
    kept: Vec<(u32, String)>,
    most: usize,
    missed: u64,
}

impl Pages {
    pub fn holding(most: usize) -> Pages {
        Pages { kept: Vec::with_capacity(most), most, missed: 0 }
    }

    pub fn of(pages: Vec<(u32, String)>) -> Pages {
        let most = pages.len();
        Pages { kept: pages, most }
    }

    pub fn page(&mut self, number: u32) -> Option<&str> {
        let found = self.kept.iter().position(|(known, _)| *known == number);
        if found.is_none() {
            self.missed += 1;
        }
        found.map(|at| self.kept[at].1.as_str())
    }

    pub fn missed(&self) -> (u64, usize) {
        (self.missed, self.most)
    }
}

#[test]
fn what_is_not_there_is_counted() {
    let mut pages = Pages::of(vec![(1, "one".into())]);
    assert_eq!(pages.page(1), Some("one"));
    assert_eq!(pages.page(2), None);
    assert_eq!(pages.missed(), (1, 1));
    assert_eq!(Pages::holding(3).missed(), (0, 3));
}
