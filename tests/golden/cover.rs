//! The set is complete: every transition, message, reason, refusal and answer occurs in it.

use std::collections::{BTreeSet, HashMap};

use rtm_call::codes::EndSide;
use rtm_call::engine::message::reason_name;
use rtm_call::engine::{local, remote};
use serde_json::Value;

use crate::subject::{DROPS, local_code, local_name, reasons, remote_code, remote_name};
use crate::{kept, text, transcripts};

/// What the transcripts contain, each thing by a name.
fn covered() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for transcript in transcripts(&kept()) {
        let mut states = HashMap::new();
        for step in transcript["steps"].as_array().expect("a transcript has steps") {
            let kind = text(step, "do");
            all.insert(format!("step {kind}"));
            let arrived = [&step["messages"], &step["backlog"]].into_iter().filter_map(Value::as_array).flatten();
            for message in
                arrived.chain([step]).map(|arrived| &arrived["message"]).filter(|message| message.is_object())
            {
                wire(&mut all, "read", message);
            }
            if let Some(answer) = step["answer"].as_str() {
                all.insert(format!("answer {answer}"));
                verb(&mut all, &mut states, step, kind, answer);
            }
            for out in step["expect"].as_array().expect("a step has expectations") {
                match text(out, "out") {
                    "message" => wire(&mut all, "sent", &out["message"]),
                    "dropped" => drop(all.insert(format!("dropped {}", text(out, "why")))),
                    "event" => event(&mut all, &mut states, kind, step, out),
                    "posted" => drop(all.insert(format!("posted {}", text(out, "result")))),
                    other => drop(all.insert(format!("out {other}"))),
                }
            }
            // A send that fails at once was never SENT.
            if kind == "send" && step["answer"] == "OK" {
                states.entry(text(step, "call").to_owned()).or_insert("SENT_TO_REMOTE".to_owned());
                if step["state"] == "SENT_TO_REMOTE" {
                    all.insert(row("local", local::Input::Send, "IDLE"));
                }
            }
        }
    }
    all
}

fn wire(all: &mut BTreeSet<String>, verb: &str, message: &Value) {
    all.insert(format!("{verb} {}", message["type"].as_str().unwrap_or("?")));
    if let (Some(side), Some(reason)) = (message["side"].as_str(), message["reason"].as_str()) {
        all.insert(format!("{verb} end of the {side}, {reason}"));
    }
}

fn row(side: &str, input: impl std::fmt::Debug, from: &str) -> String {
    format!("{side} {input:?} from {from}")
}

/// The invitation that a step or an event is about.
fn subject_of(value: &Value) -> String {
    match value["call"].as_str() {
        Some(call) => call.to_owned(),
        None => format!("{}/{}", value["caller"], value["id"]),
    }
}

fn verb(all: &mut BTreeSet<String>, states: &mut HashMap<String, String>, step: &Value, kind: &str, answer: &str) {
    if kind == "post" {
        return;
    }
    let about = subject_of(step);
    let before = states.get(&about).map_or("IDLE", String::as_str).to_owned();
    all.insert(format!("{kind} in {before} answers {answer}"));
    if kind == "accept" && answer == "OK" {
        all.insert(row("remote", remote::Input::Accept, &before));
        states.insert(about, "ACCEPT_SENT_TO_LOCAL".into());
    }
}

fn event(all: &mut BTreeSet<String>, states: &mut HashMap<String, String>, kind: &str, step: &Value, event: &Value) {
    let (about, name, to) = (subject_of(event), text(event, "event"), text(event, "state"));
    all.insert(format!("event {name}"));
    if let Some(reason) = event["reason"].as_str() {
        all.insert(format!("ended {reason}"));
    }
    let before = states.insert(about.clone(), to.to_owned());
    // A receipt that was concluded from the answer is no transition of its own.
    let mut same = step["expect"].as_array().into_iter().flatten();
    let concluded =
        same.any(|other| subject_of(other) == about && other["at"] == event["at"] && !other["reason"].is_null());
    if name == "onLocalInvitationReceivedByPeer" && concluded {
        states.insert(about, "SENT_TO_REMOTE".into());
        return;
    }
    // What was forgotten can ring anew.
    let before = before.filter(|_| name != "onRemoteInvitationReceived").unwrap_or_else(|| "IDLE".into());
    let code = event["code"].as_str().unwrap_or("OK");
    let reason = event["reason"].as_str().unwrap_or("none");
    let by = match event["by"].as_str() {
        Some("caller") => EndSide::Caller,
        Some(_) => EndSide::Callee,
        None => EndSide::None,
    };
    if event["call"].is_string() {
        let fits = |row: &&local::Row| {
            (local_name(row.to), local_code(row.code), reason_name(row.reason), row.by) == (to, code, reason, by)
                && row.from.iter().any(|from| local_name(*from) == before)
        };
        let mut rows = local::TABLE.iter().filter(fits);
        let (Some(found), None) = (rows.next(), rows.next()) else {
            panic!("no single row of the table is {event} from {before}")
        };
        all.insert(row("local", found.on, &before));
        return;
    }
    let fits = |row: &&remote::Row| {
        (remote_name(row.to), remote_code(row.code), reason_name(row.reason), row.by) == (to, code, reason, by)
            && row.from.iter().any(|from| remote_name(*from) == before)
    };
    let rows: Vec<_> = remote::TABLE.iter().filter(fits).collect();
    use remote::Input::{
        FailedAccepting, KickedAccepting, LoggedOutAccepting, ReleasedAccepting, UnconfirmedCallerGone,
    };
    // What is shown of these is the same: the cause tells them apart.
    let cause = match kind {
        "logout" => LoggedOutAccepting,
        "release" => ReleasedAccepting,
        "kick" => KickedAccepting,
        "internal_error" => FailedAccepting,
        _ => UnconfirmedCallerGone,
    };
    let found = match &rows[..] {
        [only] => only,
        several => match several.iter().find(|row| row.on == cause) {
            Some(found) => found,
            None => panic!("no row of the table is {event} from {before}"),
        },
    };
    all.insert(row("remote", found.on, &before));
}

/// Everything that has to occur.
fn wanted() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for known in &local::TABLE {
        all.extend(known.from.iter().map(|from| row("local", known.on, local_name(*from))));
    }
    for known in &remote::TABLE {
        all.extend(known.from.iter().map(|from| row("remote", known.on, remote_name(*from))));
    }
    for kind in ["invite", "received", "accept", "confirm", "end", "ended", "message", "delivered"] {
        all.extend([format!("read {kind}"), format!("sent {kind}")]);
    }
    for (_, why) in DROPS {
        all.insert(format!("dropped {why}"));
    }
    for reason in reasons() {
        all.extend(["caller", "callee"].map(|side| format!("read end of the {side}, {reason}")));
        if reason != "none" {
            all.insert(format!("ended {reason}"));
        }
    }
    for (side, tells) in [
        ("caller", local::TABLE.iter().filter_map(|row| row.tell).collect::<Vec<_>>()),
        ("callee", remote::TABLE.iter().filter_map(|row| row.tell).collect()),
    ] {
        all.extend(tells.into_iter().map(|reason| format!("sent end of the {side}, {}", reason_name(reason))));
    }
    all.extend(["answered_elsewhere", "refused_elsewhere"].map(|reason| format!("sent end of the caller, {reason}")));
    for state in local::State::ALL {
        for (verb, name) in [(local::Verb::Send, "send"), (local::Verb::Cancel, "cancel")] {
            all.insert(answered(name, local_name(*state), local::answer(verb, *state)));
        }
    }
    for state in remote::State::ALL.iter().filter(|state| **state != remote::State::Idle) {
        for (verb, name) in [(remote::Verb::Accept, "accept"), (remote::Verb::Refuse, "refuse")] {
            all.insert(answered(name, remote_name(*state), remote::answer(verb, *state)));
        }
    }
    for answer in ["INVALID_ARGUMENT", "LIMIT_REACHED", "NOT_LOGGED_IN"] {
        all.insert(format!("answer {answer}"));
    }
    for result in ["OK", "SENT_TIMEOUT", "PEER_UNREACHABLE", "USER_NOT_LOGGED_IN"] {
        all.insert(format!("posted {result}"));
    }
    for event in [
        "onLocalInvitationReceivedByPeer",
        "onLocalInvitationAccepted",
        "onLocalInvitationRefused",
        "onLocalInvitationCanceled",
        "onLocalInvitationFailure",
        "onRemoteInvitationReceived",
        "onRemoteInvitationAccepted",
        "onRemoteInvitationRefused",
        "onRemoteInvitationCanceled",
        "onRemoteInvitationFailure",
    ] {
        all.insert(format!("event {event}"));
    }
    all.insert("out peer_message".into());
    all
}

fn answered(verb: &str, state: &str, answer: Result<(), rtm_call::error::Error>) -> String {
    let name = answer.err().map_or("OK", |error| error.status().name());
    format!("{verb} in {state} answers {}", name.trim_start_matches("RTM_INVITATION_API_CALL_ERR_"))
}

#[test]
fn everything_occurs_in_the_set() {
    let (covered, wanted) = (covered(), wanted());
    let missing: Vec<_> = wanted.difference(&covered).collect();
    println!("{} things wanted, {} more in the set", wanted.len(), covered.difference(&wanted).count());
    assert!(missing.is_empty(), "the set lacks {missing:#?}");
}

#[test]
fn every_transcript_has_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for transcript in transcripts(&kept()) {
        let name = text(&transcript, "name").to_owned();
        assert!(names.insert(name.clone()), "{name} occurs twice");
    }
}
