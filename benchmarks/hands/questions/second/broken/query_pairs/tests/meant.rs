use query_pairs::{either, Query};

#[test]
fn values_live_as_long_as_the_url() {
    let url = String::from("http://x/?a=1&b=&c&a=2");
    let (a, b, c, d) = {
        let query = Query::parse(&url);
        let key = String::from("a");
        (query.get(&key), query.get("b"), query.get("c"), query.get("d"))
    };
    assert_eq!((a, b, c, d), (Some("1"), Some(""), Some(""), None));
}

#[test]
fn defaults() {
    let mut query = Query::parse("/list?page=3");
    query.default_to("page", "1");
    query.default_to("size", "20");
    assert_eq!(query.get("page"), Some("3"));
    assert_eq!(query.get("size"), Some("20"));
}

#[test]
fn first_or_second() {
    let (one, two) = (String::from("/?a=1"), String::from("/?a=2&b=3"));
    let found = {
        let key = String::from("b");
        either(&one, &two, &key)
    };
    assert_eq!(found, "3");
    assert_eq!(either(&one, &two, "a"), "1");
    assert_eq!(either(&one, "plain", "z"), "");
}
