//! Deliveries that are tried again.

fn attempts<T, E, F>(most: u32, mut run: F) -> Result<T, E>
where
    F: FnMut(u32) -> Result<T, E>,
{
    let mut n = 1;
    loop {
        match run(n) {
            Err(_) if n < most => n += 1,
            ended => return ended,
        }
    }
}

pub struct Post {
    pub most: u32,
}

impl Post {
    pub fn deliver<T, E, F>(&self, run: F) -> Result<T, E> {
        attempts(self.most, run)
    }
}

#[test]
fn the_third_time_is_the_last() {
    let post = Post { most: 3 };
    assert_eq!(post.deliver(|n| if n < 3 { Err(n) } else { Ok("there") }), Ok("there"));
    assert_eq!(post.deliver::<(), u32, _>(Err), Err(3));
}
