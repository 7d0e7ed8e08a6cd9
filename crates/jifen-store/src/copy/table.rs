//! Tables whose rows are copied as they are, and cells, which are alike on both sides.

/// A table. Its first column is the region's number.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [Column],
}

pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// What a column holds; whether it may be null is the tables' own affair.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// 16 bits on PostgreSQL.
    Small,
    /// 32 bits there.
    Integer,
    /// 64 bits.
    Long,
    /// A boolean there, 0 or 1 in a file.
    Flag,
    Text,
    Bytes,
}

/// One value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Cell {
    pub(crate) fn integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }

    /// For a hash: what differs differs in it.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Null => vec![0],
            Self::Integer(number) => [&[1][..], &number.to_be_bytes()].concat(),
            Self::Text(text) => [&[2], text.as_bytes()].concat(),
            Self::Bytes(bytes) => [&[3], &bytes[..]].concat(),
        }
    }
}

/// Name of the table that says where the ledger ends; its second column is the position.
pub(super) const LEDGER: &str = "ledger";

macro_rules! table {
    ($name:literal: $($column:literal $kind:ident),+ $(,)?) => {
        Table { name: $name, columns: &[$(Column { name: $column, kind: Kind::$kind }),+] }
    };
}

/// All but regions, the journal, its keys and what only one side has; accounts before their sessions.
pub(crate) const TABLES: [Table; 21] = [
    table!("state": "region_id" Long, "kind" Small, "key" Bytes, "value" Bytes),
    table!("ledger":
        "region_id" Long, "position" Long, "subject_kind" Small, "subject" Bytes, "rule" Text, "dimension" Small,
        "grain" Small, "business_date" Integer, "window" Text, "department" Text, "hall" Text, "bytes" Bytes,
        "digest" Bytes, "locator" Bytes,
    ),
    table!("rollup":
        "region_id" Long, "bucket" Small, "subject_kind" Small, "grain" Small, "date" Integer, "subject" Bytes,
        "rule" Text, "dimension" Small, "own_posted" Long, "members_posted" Long, "own_provisional" Long,
        "members_provisional" Long, "facts" Long,
    ),
    table!("measure":
        "region_id" Long, "hall" Text, "date" Integer, "indicator" Small, "facts" Long, "sum" Long,
    ),
    table!("projection": "region_id" Long, "name" Text, "position" Long, "bytes" Bytes),
    table!("vault":
        "region_id" Long, "position" Long, "member" Text, "actor" Bytes, "holder" Bytes, "sealed" Bytes,
    ),
    table!("vault_key": "region_id" Long, "holder" Bytes, "wrapped" Bytes),
    table!("vault_name": "region_id" Long, "beginning" Bytes, "position" Long),
    table!("actor_code": "region_id" Long, "sourced" Bytes, "plain" Bytes, "source" Text, "code" Text),
    table!("quarantine":
        "region_id" Long, "number" Long, "received" Long, "by" Text, "source" Text, "id" Text, "reason" Text,
        "pointer" Text, "sealed" Bytes, "mark" Bytes, "resolved" Long, "resolved_by" Text, "mended_position" Long,
        "resolved_note" Text,
    ),
    table!("job":
        "region_id" Long, "kind" Text, "id" Text, "due" Long, "state" Small, "attempts" Long, "holder" Text,
        "leased_until" Long, "failure" Text,
    ),
    table!("access_key":
        "region_id" Long, "digest" Bytes, "name" Text, "role" Text, "types" Text, "created" Long,
    ),
    table!("signing_secret":
        "region_id" Long, "name" Text, "number" Long, "types" Text, "secret" Bytes, "created" Long,
    ),
    table!("account":
        "region_id" Long, "name" Text, "role" Text, "password" Text, "must_change" Flag, "disabled" Flag,
        "person" Text, "created" Long,
    ),
    table!("role_grant":
        "region_id" Long, "number" Long, "account" Text, "role" Text, "place_kind" Text, "place" Text, "begins" Long,
        "ends" Long, "reason" Text, "granted" Long, "granted_by" Text, "revoked" Long, "revoked_by" Text,
    ),
    table!("approval":
        "region_id" Long, "number" Long, "act" Text, "account" Text, "asked" Long, "expires" Long, "body" Text,
        "reason" Text, "decided" Long, "decided_by" Text, "approved" Flag, "note" Text,
    ),
    table!("announcement":
        "region_id" Long, "number" Long, "title" Text, "text" Text, "hall" Text, "public" Flag, "begins" Long,
        "ends" Long, "placed" Long, "placed_by" Text, "withdrawn" Long, "withdrawn_by" Text, "department" Text,
    ),
    table!("second_factor":
        "region_id" Long, "account" Text, "secret" Bytes, "confirmed" Long, "step" Long,
    ),
    table!("recovery_code": "region_id" Long, "account" Text, "digest" Bytes),
    table!("audit":
        "region_id" Long, "position" Long, "at" Long, "kind" Small, "actor" Text, "address" Text, "act" Text,
        "object" Text, "reason" Text, "request" Text, "digest" Bytes,
    ),
    table!("session":
        "region_id" Long, "digest" Bytes, "number" Long, "account" Text, "created" Long, "last_seen" Long, "agent" Text,
        "proved" Long,
    ),
];

impl Table {
    /// Its columns, quoted: some are words of SQL.
    pub(crate) fn list(&self) -> String {
        self.columns.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

    use std::collections::BTreeSet;

    use super::*;
    use crate::{sqlite::connection::open_writer, vault::Vault};

    /// Copied in ways of their own, or made anew on the other side.
    const OTHERS: [&str; 5] =
        ["region", "journal_segment", "journal_key_run", "journal_key_block", "refinery_schema_history"];

    #[test]
    fn every_table_and_column_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jifen.db");
        let connection = open_writer(&path, &Vault::of_file(&path)).unwrap();
        let listed = "
            select list.name, info.name
            from pragma_table_list as list, pragma_table_info(list.name) as info
            where list.schema = 'main' and list.name not like 'sqlite%'";
        let mut statement = connection.prepare(listed).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let there: BTreeSet<(String, String)> = rows.map(Result::unwrap).collect();
        let there: BTreeSet<_> = there.into_iter().filter(|(table, _)| !OTHERS.contains(&table.as_str())).collect();
        let columns = |table: &Table| -> Vec<_> {
            table.columns.iter().map(|column| (table.name.to_owned(), column.name.to_owned())).collect()
        };
        let copied: BTreeSet<_> = TABLES.iter().flat_map(columns).collect();
        assert_eq!(there, copied);
        assert!(TABLES.iter().all(|table| table.columns[0].name == "region_id"));
    }
}
