#[derive(Debug, Clone)]
pub struct Song {
    pub title: String,
    pub seconds: u32,
}

#[derive(Default)]
pub struct Playlist {
    songs: Vec<Song>,
    current: usize,
}

impl Playlist {
    pub fn add(&mut self, title: &str, seconds: u32) -> &mut Self {
        self.songs.push(Song { title: title.to_string(), seconds });
        self
    }

    pub fn next(&mut self) -> Option<&Song> {
        self.current = (self.current + 1) % self.songs.len();
        self.songs.get(self.current)
    }

    pub fn total(&self) -> String {
        let seconds = self.songs.iter().map(|s| s.seconds).sum();
        format!("{}:{:02}", seconds / 60, seconds % 60)
    }

    pub fn shortest_first(&self) -> Vec<Song> {
        let sorted = self.songs.clone().sort_by_key(|song| song.seconds);
        sorted
    }

    pub fn remove_longer(&mut self, limit: u32) {
        for (i, song) in self.songs.iter().enumerate() {
            if song.seconds > limit {
                self.songs.remove(i);
            }
        }
    }
}

#[test]
fn songs_are_listed() {
    let mut list = Playlist::default();
    list.add("Air", 125).add("Bolero", 900).add("Canon", 60);
    assert_eq!(list.total(), "18:05");
    assert_eq!(list.next().unwrap().title, "Bolero");
    assert_eq!(list.shortest_first()[0].title, "Canon");
    list.remove_longer(600);
    assert_eq!(list.songs.len(), 2);
}
