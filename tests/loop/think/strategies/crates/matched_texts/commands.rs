//! A text adventure's commands.
#[derive(Debug, PartialEq)]
pub enum Command { Go(String), Take(String), Look, Unknown }

pub fn parse(line: &str) -> Command {
    let mut words = line.split_whitespace().map(|w| w.to_lowercase());
    let verb = words.next();
    let rest = words.next();
    match verb {
        Some("go") => match rest {
            Some(place) => Command::Go(place),
            None => Command::Look,
        },
        Some("take") | Some("get") => Command::Take(rest.unwrap_or_default()),
        Some("look") => Command::Look,
        _ => Command::Unknown,
    }
}

pub fn is_polite(text: String) -> bool {
    match text {
        "please" | "thanks" => true,
        _ => false,
    }
}
#[test]
fn t() {
    assert_eq!(parse("GO north"), Command::Go("north".into()));
    assert_eq!(parse("get lamp"), Command::Take("lamp".into()));
    assert_eq!(parse("sing"), Command::Unknown);
    assert!(is_polite("please".to_string()));
}
