use std::io::{self, BufRead};

#[derive(Debug, PartialEq)]
enum Command {
    Go(Direction),
    Take(String),
    Look,
    Quit,
    Unknown(String),
}

#[derive(Debug, PartialEq)]
enum Direction {
    North,
    South,
    East,
    West,
}

fn parse_direction(word: &str) -> Option<Direction> {
    match word {
        "n" | "north" => Some(Direction::North),
        "s" | "south" => Some(Direction::South),
        "e" | "east" => Some(Direction::East),
        "w" | "west" => Some(Direction::West),
        _ => None,
    }
}

fn parse_command(line: &str) -> Command {
    let words: Vec<&str> = line.trim().to_lowercase().split_whitespace().collect();

    match words.as_slice() {
        ["look"] | ["l"] => Command::Look,
        ["quit"] | ["exit"] => Command::Quit,
        ["go", dir] | [dir] if parse_direction(dir).is_some() => {
            Command::Go(parse_direction(dir).unwrap())
        }
        ["take", rest @ ..] if !rest.is_empty() => Command::Take(rest.join(" ")),
        _ => Command::Unknown(line.trim().to_string()),
    }
}

fn main() {
    println!("You are in a dark room. What now?");
    for line in io::stdin().lock().lines() {
        let line = line.expect("could not read from stdin");
        match parse_command(&line) {
            Command::Quit => break,
            Command::Go(dir) => println!("You walk {:?}.", dir),
            Command::Take(thing) => println!("You take the {}.", thing),
            Command::Look => println!("It is still dark."),
            Command::Unknown(text) => println!("I don't understand '{}'", text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spaces_do_not_matter() {
        assert_eq!(parse_command("  LOOK \n"), Command::Look);
        assert_eq!(parse_command("Go   NORTH"), Command::Go(Direction::North));
    }

    #[test]
    fn short_directions() {
        assert_eq!(parse_command("w"), Command::Go(Direction::West));
        assert_eq!(parse_command("go e"), Command::Go(Direction::East));
        assert_eq!(parse_command("south"), Command::Go(Direction::South));
    }

    #[test]
    fn things_can_have_several_words() {
        assert_eq!(
            parse_command("take Rusty Lamp"),
            Command::Take("rusty lamp".to_string())
        );
    }

    #[test]
    fn unknown_keeps_what_the_player_typed() {
        assert_eq!(parse_command("Dance!"), Command::Unknown("Dance!".to_string()));
        assert_eq!(parse_command("take"), Command::Unknown("take".to_string()));
    }
}
