pub enum Conn { Idle, Open { id: u32, buf: Vec<u8> }, Done(Vec<u8>) }
pub struct Peer { conn: Conn, old: Vec<Conn> }
impl Peer {
    pub fn step(&mut self) {
        let next = match self.conn {
            Conn::Idle => Conn::Open { id: 1, buf: vec![] },
            Conn::Open { id, mut buf } => { buf.push(id as u8); Conn::Done(buf) }
            Conn::Done(buf) => Conn::Done(buf),
        };
        self.conn = next;
    }
    pub fn reset(&mut self) {
        self.old.push(self.conn);
        self.conn = Conn::Idle;
    }
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        let Conn::Done(buf) = self.conn else { return None };
        self.conn = Conn::Idle;
        Some(buf)
    }
}
#[test]
fn t() { let mut p = Peer { conn: Conn::Idle, old: vec![] }; assert_eq!(p.finish(), None); p.step(); assert_eq!(p.finish(), None); assert!(matches!(p.conn, Conn::Open { .. })); p.step(); p.step(); assert_eq!(p.finish(), Some(vec![1])); p.reset(); assert_eq!(p.old.len(), 1); }
