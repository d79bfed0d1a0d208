//! What every hostile crate begins with. Its victims are throwaway: the test says where they are.
#![allow(unused)]
use std::io::{Error, Read, Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, net, thread};

fn var(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// A throwaway home with keys in it.
fn home() -> PathBuf {
    PathBuf::from(var("HOSTILE_HOME"))
}

/// A process outside, which has done nothing to anybody.
fn bystander() -> i32 {
    var("HOSTILE_PID").parse().unwrap()
}

/// Somewhere in the target folder, where a build may write.
fn out(name: &str) -> PathBuf {
    Path::new(&var("HOSTILE_LOOT")).with_file_name(name)
}

fn loot(what: impl AsRef<[u8]>) -> Result<()> {
    fs::OpenOptions::new().create(true).append(true).open(var("HOSTILE_LOOT"))?.write_all(what.as_ref())
}

fn append(path: impl AsRef<Path>, what: &str) -> Result<()> {
    fs::OpenOptions::new().append(true).create(true).open(path)?.write_all(what.as_bytes())
}

fn rest(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

unsafe extern "C" {
    fn fork() -> i32;
    fn setsid() -> i32;
    fn kill(pid: i32, signal: i32) -> i32;
    fn ptrace(request: i32, pid: i32, address: usize, data: usize) -> i64;
    fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    fn ioctl(fd: i32, request: u64, ...) -> i32;
    fn mknod(path: *const u8, mode: u32, device: u64) -> i32;
}

fn done(answer: i32) -> Result<()> {
    if answer < 0 { Err(Error::last_os_error()) } else { Ok(()) }
}
