//! Queries for a table, with a limit that was added.

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    table: String,
    wanted: Vec<String>,
    limit: Option<usize>,
}

impl Query {
    pub fn on(table: &str, cap: Option<usize>) -> Query {
        Query { table: table.to_owned(), wanted: vec![] }
    }

    pub fn with(self, name: &str) -> Self {
        let mut wanted = self.wanted;
        wanted.push(name.to_owned());
        Self { table: self.table, wanted }
    }

    pub fn text(&self) -> String {
        let Query { table, wanted } = self;
        format!("{table}: {}", wanted.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_keeps_its_limit() {
        let query = Query::on("cars", Some(4)).with("name");
        assert_eq!(query.text(), "cars: name");
        assert_eq!(query.limit, Some(4));
    }
}
