//! Names of routes, from any text.

#[derive(Debug, PartialEq)]
pub struct Route {
    parts: Vec<String>,
}

impl<T> From<T> for Route
where
    T: Into<String>,
{
    fn from(text: T) -> Self {
        let whole: String = text.into();
        Route { parts: whole.split('/').map(str::to_owned).collect() }
    }
}

impl From<Route> for String {
    fn from(route: Route) -> String {
        route.parts.join("/")
    }
}

pub fn join(one: &str, other: String) -> Route {
    let mut route = Route::from(one);
    route.parts.extend(Route::from(other).parts);
    route
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_joined() {
        assert_eq!(join("a/b", "c".to_string()), "a/b/c".into());
        assert_eq!(String::from(Route::from("x/y")), "x/y");
    }
}
