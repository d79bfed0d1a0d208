use macro_order::Server;

#[test]
fn lines_change_the_defaults() {
    let server = Server::read("port = 8080\n\nhost=example.org\n").unwrap();
    assert_eq!(server, Server { host: "example.org".into(), port: 8080, workers: 4 });
    assert_eq!(Server::read(""), Ok(Server::default()));
    assert_eq!(Server::KEYS, ["host", "port", "workers"]);
}

#[test]
fn all_problems_are_told() {
    let problems = Server::read("port = 0\nworkers = many\ncolour = red\noops").unwrap_err();
    assert_eq!(
        problems,
        [
            "workers: \"many\" does not fit",
            "colour: no such setting",
            "oops: not a setting",
            "port: must not be 0",
        ]
    );
}
