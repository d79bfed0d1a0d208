pub enum Json {
    Number(f64),
    List(Vec<Json>),
}

fn depth(json: Json) -> usize {
    match json {
        Json::Number(_) => 0,
        Json::List(items) => 1 + items.iter().map(|item| depth(*item)).max().unwrap_or(0),
    }
}

pub struct Page {
    json: Json,
}

impl Page {
    pub fn depth(&self) -> usize {
        depth(self.json)
    }
}

pub fn sample() -> usize {
    Page { json: Json::List(vec![Json::Number(1.0), Json::List(vec![])]) }.depth()
}

#[test]
fn it_is_deep() {
    assert_eq!(sample(), 2);
}
