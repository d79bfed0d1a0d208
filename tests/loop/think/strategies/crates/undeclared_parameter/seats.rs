//! Seats of a hall, each with whoever sits there.

pub struct Hall<G> {
    seats: Vec<Option<G>>,
}

impl<G: Clone> Hall<G> {
    pub fn of(size: usize) -> Self {
        Hall { seats: vec![None; size] }
    }

    pub fn seat<N: Into<usize>>(&mut self, number: N, guest: G) -> Option<G> {
        self.seats[number.into()].replace(guest)
    }

    pub fn told(&self, how: F) -> Vec<R>
    where
        F: Fn(usize, &G) -> R,
    {
        self.seats.iter().enumerate().filter_map(|(n, seat)| seat.as_ref().map(|guest| how(n, guest))).collect()
    }
}

#[test]
fn guests_are_told_with_their_seats() {
    let mut hall = Hall::of(3);
    assert_eq!(hall.seat(2_u8, "Ada"), None);
    assert_eq!(hall.told(|n, guest| format!("{guest} on {n}")), ["Ada on 2"]);
}
