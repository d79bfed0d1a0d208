pub fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = 0;
    for byte in bytes {
        sum += *byte;
    }
    sum
}

#[test]
fn it_sums() {
    assert_eq!(checksum(&[200, 100, 1]), 301);
}
