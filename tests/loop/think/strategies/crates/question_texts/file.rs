//! The last byte of what is read.
pub mod bytes {
    use std::io::{self, Read};

    pub fn last(mut from: impl Read) -> io::Result<u8> {
        let mut all = Vec::new();
        from.read_to_end(&mut all)?;
        Ok(*all.last()?)
    }
}

#[test]
fn the_last_byte() {
    assert_eq!(bytes::last(&b"abc"[..]).unwrap(), b'c');
    assert!(bytes::last(&b""[..]).is_err());
}
