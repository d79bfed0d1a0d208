//! Files are imported by a thread each; what goes wrong is told at the end.
use std::error::Error;
use std::thread;

fn number(text: &str) -> Result<i64, Box<dyn Error>> {
    if text.is_empty() {
        return Err("nothing there".into());
    }
    Ok(text.trim().parse::<i64>()?)
}

fn sum(texts: Vec<String>) -> Result<i64, Box<dyn std::error::Error>> {
    let mut all = 0;
    for text in texts {
        all += number(&text)?;
    }
    Ok(all)
}

pub fn import(files: Vec<Vec<String>>) -> Vec<String> {
    let threads: Vec<_> = files.into_iter().map(|file| thread::spawn(move || sum(file))).collect();
    let mut told = vec![];
    for thread in threads {
        match thread.join().unwrap() {
            Ok(all) => told.push(all.to_string()),
            Err(error) => told.push(error.to_string()),
        }
    }
    told
}

#[test]
fn errors_are_told() {
    let files = [vec!["1", " 2"], vec![""], vec!["x"]];
    let files = files.into_iter().map(|file| file.into_iter().map(String::from).collect()).collect();
    assert_eq!(import(files), ["3", "nothing there", "invalid digit found in string"]);
}
