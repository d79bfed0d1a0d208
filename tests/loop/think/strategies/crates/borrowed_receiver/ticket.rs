pub struct Ticket {
    seat: String,
}
impl Ticket {
    pub fn first_row(self) -> bool {
        self.seat.starts_with('A')
    }
    pub fn seat(self) -> String {
        self.seat
    }
}
pub fn name(ticket: Ticket) -> Option<String> {
    if ticket.first_row() {
        Some(ticket.seat())
    } else {
        None
    }
}
#[test]
fn t() {
    assert_eq!(name(Ticket { seat: "A1".into() }).as_deref(), Some("A1"));
}
