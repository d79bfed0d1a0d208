pub struct Playlist<'a> {
    name: &'a str,
    songs: Vec<&'a str>,
}

impl<'a> Playlist<'a> {
    pub fn new(name: &'a str) -> Self {
        Playlist { name, songs: Vec::new() }
    }

    /// Adds the songs of a list, each by its name alone.
    pub fn add_all(&mut self, list: &str) {
        for entry in list.split(';') {
            let song = entry.trim().replace('_', " ");
            self.songs.push(&song);
        }
    }

    pub fn name(&self) -> &str {
        self.name
    }

    pub fn first(&self) -> Option<&str> {
        self.songs.first().copied()
    }
}

#[test]
fn it_keeps_songs() {
    let mut list = Playlist::new("road");
    list.add_all("so_what; blue_in_green");
    assert_eq!(list.first(), Some("so what"));
    assert_eq!((list.name(), list.songs.len()), ("road", 2));
}
