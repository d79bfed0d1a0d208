//! What is set up before anything runs.
use std::env;

static mut STARTS: Vec<u32> = Vec::new();

pub fn start(level: &str, quiet: bool) -> usize {
    // the level is for those that we start
    env::set_var("START_LEVEL", level);
    if quiet { env::remove_var("START_LOUD") } else { std::env::set_var("START_LOUD", "1") }
    // SAFETY: there is one thread.
    unsafe {
        STARTS.push(1);
        let all = &STARTS;
        for one in STARTS.iter() {
            println!("{one} of {}", all.len());
        }
        STARTS.len()
    }
}

fn checked<T: Default>(good: bool) -> Result<T, String> {
    if good { Ok(T::default()) } else { Err("bad".to_owned()) }
}

pub fn all_good(good: bool) -> Result<(), String> {
    checked(good)?;
    Ok(())
}

#[test]
fn it_starts() {
    assert_eq!(start("3", false), 1);
    assert_eq!(env::var("START_LEVEL").as_deref(), Ok("3"));
    assert_eq!(env::var("START_LOUD").as_deref(), Ok("1"));
    assert!(all_good(true).is_ok() && all_good(false).is_err());
}
