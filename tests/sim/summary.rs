//! What a run says at its end: tables for people, one line of JSON for programs.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::coverage::{Count, Coverage};
use crate::pairs;

/// The tables of `coverage`, which are [`Coverage::counts`] for the eye.
pub fn tables(coverage: &Coverage) -> String {
    let mut out = String::new();
    let mut group = "";
    for Count { group: next, name, count, exempt } in coverage.counts() {
        if next == "pairs" {
            if group != next {
                pairs_table(&mut out, coverage);
            }
            group = next;
            continue;
        }
        if group != next {
            let _ = writeln!(out, "\n{next}");
            group = next;
        }
        let why = exempt.map_or(String::new(), |why| format!("  exempt: {why}"));
        let _ = writeln!(out, "  {name:<58} {count:>10}{why}");
    }
    out
}

fn pairs_table(out: &mut String, coverage: &Coverage) {
    let _ = writeln!(out, "\npairs of ends: caller (row), callee (column), count and rule");
    for (index, name) in pairs::CALLEES.iter().enumerate() {
        let _ = writeln!(out, "  {index:>2} = callee {name}");
    }
    for (letter, rule) in pairs::RULES {
        let _ = writeln!(out, "   {letter} = {rule}");
    }
    let _ = write!(out, "  {:<20}", "");
    (0..pairs::CALLEES.len()).for_each(|callee| {
        let _ = write!(out, "{callee:>9}");
    });
    out.push('\n');
    for (caller, row) in coverage.pairs.iter().enumerate() {
        let _ = write!(out, "  {:<20}", pairs::CALLERS[caller]);
        for (callee, count) in row.iter().enumerate() {
            let rule = pairs::rule(caller, callee);
            let count_or_dot = if rule == '.' && *count == 0 { ".".into() } else { format!("{count}{rule}") };
            let _ = write!(out, "{count_or_dot:>9}");
        }
        out.push('\n');
    }
}

/// The same counts as JSON: an object for each group.
pub fn counts(coverage: &Coverage) -> Value {
    let mut groups = Map::new();
    for Count { group, name, count, .. } in coverage.counts() {
        let group = groups.entry(group).or_insert_with(|| Value::Object(Map::new()));
        group.as_object_mut().expect("it was just made").insert(name, count.into());
    }
    groups.into()
}

/// With one digit after the point.
pub fn rounded(number: f64) -> Value {
    ((number * 10.0).round() / 10.0).into()
}
