//! What nodes have the same of, for tests.

use std::{collections::BTreeMap, path::Path};

use rusqlite::{Connection, types::Value};

use super::path_in;

/// The rows of each table.
pub(crate) type SharedContent = BTreeMap<&'static str, Vec<Vec<Value>>>;

/// What every node has the same of.
const TABLES: [&str; 11] = [
    "grants",
    "invitations",
    "bans",
    "ban_networks",
    "reports",
    "admin_log",
    "settings",
    "revoked",
    "webhooks",
    "outgoing_webhooks",
    "incoming_webhooks",
];

/// Everything that nodes share of their files, and the numbers that they give next.
pub(crate) fn shared_content(folder: &Path) -> SharedContent {
    let db = Connection::open(path_in(folder)).unwrap();
    let rows = |sql: &str| -> Vec<Vec<Value>> {
        let mut statement = db.prepare(sql).unwrap();
        let columns = statement.column_count();
        let read = |row: &rusqlite::Row<'_>| {
            let values = (0..columns).map(|n| row.get(n));
            values.collect::<rusqlite::Result<Vec<Value>>>()
        };
        let rows = statement.query_map([], read).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    };
    let mut content: BTreeMap<_, _> = TABLES
        .iter()
        .map(|table| (*table, rows(&format!("SELECT * FROM {table}"))))
        .collect();
    let numbers = "SELECT name, seq FROM sqlite_sequence
        WHERE name NOT IN ('requests', 'orders') ORDER BY name";
    content.insert("numbers", rows(numbers));
    content
}
