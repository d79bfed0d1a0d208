use std::collections::HashMap;

pub struct User {
    name: String,
    boss: Option<String>,
}

pub struct Office {
    users: HashMap<String, User>,
}

impl Office {
    pub fn boss_of(&self, name: &str) -> Option<&str> {
        let user = self.users.get(name);
        let boss = user.boss.as_deref()?;
        let found = self.users.get(boss);
        Some(&found.name)
    }
}

#[test]
fn it_is_found() {
    let user = |name: &str, boss: Option<&str>| (name.to_string(), User { name: name.into(), boss: boss.map(str::to_owned) });
    let office = Office { users: HashMap::from([user("ann", Some("bob")), user("bob", None)]) };
    assert_eq!((office.boss_of("ann"), office.boss_of("bob"), office.boss_of("cid")), (Some("bob"), None, None));
}
