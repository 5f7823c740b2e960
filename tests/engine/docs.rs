//! docs/PROTOCOL.md against the code: its tables are what the code prints, its example messages are read.
//! `UPDATE_DOCS=1 cargo test --test engine docs` writes the tables anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rtm_call::codes::{EndReason, EndSide, LocalInvitationErr, RemoteInvitationErr};
use rtm_call::engine::message::{decode, encode, reason_name};
use rtm_call::engine::{local, remote};
use rtm_call::error::Error;

use crate::words::{short, words};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/PROTOCOL.md");

fn document() -> String {
    std::fs::read_to_string(PATH).expect("the protocol is documented")
}

fn side(side: EndSide) -> &'static str {
    match side {
        EndSide::None => "-",
        EndSide::Caller => "caller",
        EndSide::Callee => "callee",
    }
}

fn reason(reason: Option<EndReason>) -> String {
    match reason {
        None | Some(EndReason::None) => "-".into(),
        Some(reason) => format!("`{}`", reason_name(reason)),
    }
}

const HEAD: &str = "| what happens | from | to | code | reason | by | tells |\n|---|---|---|---|---|---|---|\n";

fn local_table() -> String {
    let mut table = String::from(HEAD);
    for row in &local::TABLE {
        let from: Vec<_> = row.from.iter().map(|state| short(state.name())).collect();
        let code = if row.code == LocalInvitationErr::Ok { "-" } else { short(row.code.name()) };
        let (on, to) = (words(row.on), short(row.to.name()));
        let (why, by, tell) = (reason(Some(row.reason)), side(row.by), reason(row.tell));
        writeln!(table, "| {on} | {} | {to} | {code} | {why} | {by} | {tell} |", from.join(", ")).unwrap();
    }
    table
}

fn remote_table() -> String {
    let mut table = String::from(HEAD);
    for row in &remote::TABLE {
        let from: Vec<_> = row.from.iter().map(|state| short(state.name())).collect();
        let code = if row.code == RemoteInvitationErr::Ok { "-" } else { short(row.code.name()) };
        let (on, to) = (words(row.on), short(row.to.name()));
        let (why, by, tell) = (reason(Some(row.reason)), side(row.by), reason(row.tell));
        writeln!(table, "| {on} | {} | {to} | {code} | {why} | {by} | {tell} |", from.join(", ")).unwrap();
    }
    table
}

fn answer(answer: Result<(), Error>) -> &'static str {
    match answer {
        Ok(()) => "OK",
        Err(Error::NotStarted) => "NOT_STARTED",
        Err(Error::AlreadyEnd) => "ALREADY_END",
        Err(Error::AlreadyAccept) => "ALREADY_ACCEPT",
        Err(Error::AlreadySent) => "ALREADY_SENT",
        Err(other) => panic!("no state answers {other:?}"),
    }
}

fn calls_table() -> String {
    let mut table = String::new();
    let states: Vec<_> = local::State::ALL.iter().map(|state| short(state.name())).collect();
    writeln!(table, "| local | {} |\n|---|{}", states.join(" | "), "---|".repeat(states.len())).unwrap();
    for verb in [local::Verb::Send, local::Verb::Cancel] {
        let answers: Vec<_> = local::State::ALL.iter().map(|state| answer(local::answer(verb, *state))).collect();
        writeln!(table, "| {} | {} |", words(verb), answers.join(" | ")).unwrap();
    }
    let states: Vec<_> = remote::State::ALL.iter().map(|state| short(state.name())).collect();
    writeln!(table, "\n| remote | {} |\n|---|{}", states.join(" | "), "---|".repeat(states.len())).unwrap();
    for verb in [remote::Verb::Accept, remote::Verb::Refuse] {
        let answers: Vec<_> = remote::State::ALL.iter().map(|state| answer(remote::answer(verb, *state))).collect();
        writeln!(table, "| {} | {} |", words(verb), answers.join(" | ")).unwrap();
    }
    table
}

fn ends_table() -> String {
    let mut table = String::from(
        "| reason | from the caller: the callee shows | from the callee: the caller shows |\n|---|---|---|\n",
    );
    for told in EndReason::ALL {
        let callee = remote::step(remote::State::InvitationReceived, remote::told(*told)).expect("every end ends");
        let caller = local::step(local::State::ReceivedByRemote, local::told(*told)).expect("every end ends");
        let shows = |state: &'static str, code: &'static str, why: EndReason| {
            let code = if code == "OK" { String::new() } else { format!("({code})") };
            let why = if why == *told { String::new() } else { format!(", as `{}`", reason_name(why)) };
            format!("{state}{code}{why}")
        };
        let callee = shows(short(callee.to.name()), short(callee.code.name()), callee.reason);
        let caller = shows(short(caller.to.name()), short(caller.code.name()), caller.reason);
        writeln!(table, "| `{}` | {callee} | {caller} |", reason_name(*told)).unwrap();
    }
    table
}

fn reasons_table() -> String {
    let mut table = String::from("| reason | number | meaning |\n|---|---|---|\n");
    for reason in EndReason::ALL {
        writeln!(table, "| `{}` | {} | {} |", reason_name(*reason), *reason as i32, reason.text()).unwrap();
    }
    table
}

#[test]
fn tables_in_the_protocol_are_what_the_code_prints() {
    let tables = [
        ("local", local_table()),
        ("remote", remote_table()),
        ("calls", calls_table()),
        ("ends", ends_table()),
        ("reasons", reasons_table()),
    ];
    let before = document();
    let mut text = before.clone();
    for (name, table) in &tables {
        let start = format!("<!-- table: {name} -->\n");
        let from = text.find(&start).unwrap_or_else(|| panic!("the mark {start:?} is gone")) + start.len();
        let to = from + text[from..].find("<!-- end of table -->").expect("every table has its end mark");
        text.replace_range(from..to, table);
    }
    if text != before && std::env::var_os("UPDATE_DOCS").is_some() {
        // In one step: the other tests read it at the same time.
        let new = format!("{PATH}.new");
        std::fs::write(&new, &text).and_then(|()| std::fs::rename(&new, PATH)).expect("the document can be written");
        return;
    }
    for (now, then) in text.lines().zip(before.lines()) {
        assert_eq!(now, then, "docs/PROTOCOL.md is stale: UPDATE_DOCS=1 cargo test --test engine docs");
    }
    assert_eq!(text.len(), before.len(), "docs/PROTOCOL.md is stale: UPDATE_DOCS=1 cargo test --test engine docs");
}

/// The lines in the ```json blocks.
fn examples(document: &str) -> Vec<&str> {
    let mut inside = false;
    let mut examples = Vec::new();
    for line in document.lines() {
        match line {
            "```json" => inside = true,
            "```" => inside = false,
            line if inside => examples.push(line),
            _ => {}
        }
    }
    examples
}

#[test]
fn example_messages_in_the_protocol_are_read_and_written_back() {
    let document = document();
    let mut kinds = BTreeSet::new();
    for line in examples(&document) {
        let envelope = decode(line.as_bytes()).unwrap_or_else(|why| panic!("{why:?}: {line}"));
        assert_eq!(String::from_utf8(encode(&envelope)).unwrap(), line);
        kinds.insert(envelope.message.kind());
    }
    let all = ["invite", "received", "accept", "confirm", "end", "ended", "message", "delivered"];
    assert_eq!(kinds, all.into_iter().collect(), "every type has an example");
}

#[test]
fn every_message_and_reason_has_its_place_in_the_protocol() {
    let document = document();
    for kind in ["invite", "received", "accept", "confirm", "end", "ended", "message", "delivered"] {
        assert!(document.contains(&format!("\n### `{kind}`")), "{kind}");
    }
    for reason in EndReason::ALL {
        assert!(document.contains(&format!("| `{}` |", reason_name(*reason))), "{reason:?}");
    }
}

#[test]
fn numbers_in_the_protocol_are_those_of_the_code() {
    use rtm_call::engine::user::{MAX_CHANNEL_ID, MAX_CONTENT, MAX_MESSAGE, MAX_USER_ID};
    use rtm_call::engine::{Config, message::MAX_WIRE};
    let config = Config::default();
    let document = document();
    let spaced = |number: usize| {
        let digits = number.to_string();
        let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
        groups.join(" ")
    };
    for (what, number) in [
        ("at most {} bytes", spaced(MAX_WIRE)),
        ("1 to {} bytes of ASCII", MAX_USER_ID.to_string()),
        ("content and response {}", MAX_CONTENT.to_string()),
        ("channel id {}", MAX_CHANNEL_ID.to_string()),
        ("| open outgoing invitations | {}", spaced(config.max_open)),
        ("as many in total; {} for each peer", spaced(config.max_open_per_peer as usize)),
        ("At most {} are remembered", spaced(config.max_remembered)),
        ("| acknowledge | {} s", (config.windows.acknowledge_ms / 1000).to_string()),
        ("| ring | {} s", (config.windows.ring_ms / 1000).to_string()),
        ("| accept | {} s", (config.windows.accept_ms / 1000).to_string()),
        ("after {} ms, then", config.resend_first.as_millis().to_string()),
        ("doubles to {} s", config.resend_max.as_secs().to_string()),
        ("`accept` to {} s", config.resend_accept_max.as_secs().to_string()),
        ("| `data` | {} bytes", spaced(MAX_MESSAGE)),
    ] {
        let sentence = what.replace("{}", &number);
        assert!(document.contains(&sentence), "docs/PROTOCOL.md does not say {sentence:?}");
    }
}
