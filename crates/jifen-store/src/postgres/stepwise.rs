//! Migrations said one statement after the other: a Citus cluster passes on the text that it was given, which must be one statement.

use refinery::{AsyncMigrate, Migration};
use refinery_core::traits::r#async::{AsyncQuery, AsyncTransaction};
use tokio_postgres::{Client, Error};

/// A client that runs files of statements that way, each file and its note of having been run in one transaction.
pub(super) struct Stepwise<'a>(pub(super) &'a mut Client);

impl AsyncTransaction for Stepwise<'_> {
    type Error = Error;

    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(&mut self, files: T) -> Result<usize, Error> {
        let transaction = self.0.transaction().await?;
        let mut count = 0;
        for file in files {
            for statement in statements(file) {
                transaction.batch_execute(statement).await?;
            }
            count += 1;
        }
        transaction.commit().await?;
        Ok(count)
    }
}

impl AsyncQuery<Vec<Migration>> for Stepwise<'_> {
    async fn query(&mut self, query: &str) -> Result<Vec<Migration>, Error> {
        self.0.query(query).await
    }
}

impl AsyncMigrate for Stepwise<'_> {}

/// The statements of a file, each of which ends with a semicolon that no quotation and no comment holds.
fn statements(mut file: &str) -> Vec<&str> {
    let mut statements = Vec::new();
    while let Some(end) = end_of_first(file) {
        let (first, rest) = file.split_at(end);
        statements.push(first.trim());
        file = rest;
    }
    let is_said = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with("--");
    statements.extend(file.lines().any(is_said).then_some(file.trim()));
    statements
}

/// Where the first statement ends, behind its semicolon.
fn end_of_first(text: &str) -> Option<usize> {
    // What is being read, by what ends it.
    let mut until: Option<&str> = None;
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        let opened = [("--", "\n"), ("$$", "$$"), ("'", "'"), ("\"", "\"")]
            .into_iter()
            .find(|(begin, _)| rest.starts_with(begin));
        at += match (until, opened) {
            (Some(end), _) if rest.starts_with(end) => {
                until = None;
                end.len()
            }
            (None, Some((begin, end))) => {
                until = Some(end);
                begin.len()
            }
            (None, None) if next == ';' => return Some(at + 1),
            _ => next.len_utf8(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_where_nothing_is_quoted_or_remarked() {
        let file = "-- Of all; of none.\ncreate table one (text text default 'a;''b', \"c;d\" text);\n\
            create function two() returns void language sql as $$ select 1; select 2; $$; -- Done; so far.\n\
            drop table 一";
        let found = statements(file);
        assert_eq!(found.len(), 3, "{found:#?}");
        assert!(found[0].ends_with("text);") && found[1].ends_with("$$;") && found[2].ends_with("一"), "{found:#?}");
        assert_eq!(statements("select 1;\n-- The end.\n"), ["select 1;"]);
    }
}
