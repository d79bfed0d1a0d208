use parser_add::{number, word};

#[test]
fn parsers_add_up() {
    let size = (number() + word("x") + number()).map(|((w, _), h)| w * h);
    assert_eq!(size.parse("12x3"), Some(36));
    assert_eq!(size.parse("12x3"), Some(36));
    assert_eq!(size.parse("12x"), None);
    assert_eq!(size.parse("12x3 "), None);
}

#[test]
fn the_other_output_reads_nothing() {
    let port = number().map(|port| port.to_string()).or("any".to_owned());
    let address = word("localhost") + (word(":") + port).map(|(_, port)| port).or("none".to_owned());
    assert_eq!(address.parse("localhost:80"), Some(((), "80".to_owned())));
    assert_eq!(address.parse("localhost:"), Some(((), "any".to_owned())));
    assert_eq!(address.parse("localhost"), Some(((), "none".to_owned())));
    assert_eq!(address.parse("localhost"), Some(((), "none".to_owned())));
}
