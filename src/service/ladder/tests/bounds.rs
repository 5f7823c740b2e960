//! The bound, the switch, Mermaid, and texts that want to break out.

use super::super::*;
use super::world::{World, of_local, of_remote, story};
use crate::codes::EndReason;
use crate::engine::{EndRule, local, remote};
use crate::service::invitation::{LocalInvitation, RemoteInvitation};

fn at(ms: u64) -> Instant {
    Instant::from_nanos(1_000_000_000 + ms * 1_000_000)
}

fn subject(peer: &str) -> Subject {
    let end = End { reason: EndReason::None, by: EndSide::None, rule: None };
    let state = "RTM_LOCAL_INVITATION_STATE_SENT_TO_REMOTE";
    Subject { side: EndSide::Caller, id: Some(CallId(7)), peer: peer.into(), state, end }
}

fn ended(peer: &str, rule: EndRule) -> Subject {
    let end = End { reason: EndReason::Expired, by: EndSide::Callee, rule: Some(rule) };
    Subject { state: "RTM_LOCAL_INVITATION_STATE_FAILURE", end, ..subject(peer) }
}

/// A ladder of that length, with so many links up and down before its end and after it.
fn ladder(limit: u16, before: u64, after: u64) -> Ladder {
    let mut ladder = Ladder::new(limit);
    ladder.set_own("alice".into());
    ladder.api(at(0), Api::Send, Status::InvitationApiCallErrOk);
    (1..=before).for_each(|n| ladder.note(at(n), What::Link(n % 2 == 0)));
    ladder.note(at(before + 1), What::End);
    (1..=after).for_each(|n| ladder.note(at(before + 1 + n), What::Link(n % 2 == 0)));
    ladder
}

fn rows(ladder: &Ladder) -> Vec<String> {
    let text = ladder.text(&ended("bob", EndRule::Local(local::Input::CalleeExpired)));
    text.lines().skip(2).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

const RULE: &str = "rule callee_expired: the callee's ring window closed without an answer";
const ENDED: &str = "ended: FAILURE (expired)";

#[test]
fn the_first_entry_and_the_end_stay() {
    let full = ladder(5, 10, 0);
    assert_eq!(full.entries.len(), 5);
    assert_eq!(
        rows(&full),
        [
            "0.000 send()",
            "... 7 entries left out",
            "0.008 link: up",
            "0.009 link: down",
            "0.010 link: up",
            &format!("0.011 {ENDED}"),
            RULE
        ]
    );
    let after = ladder(4, 3, 3);
    assert_eq!(
        rows(&after),
        [
            "0.000 send()",
            "... 3 entries left out",
            &format!("0.004 {ENDED}"),
            "... 1 entry left out",
            "0.006 link: up",
            "0.007 link: down",
            RULE
        ]
    );
    let two = ladder(2, 3, 3);
    let left_out = "... 3 entries left out";
    assert_eq!(rows(&two), ["0.000 send()", left_out, &format!("0.004 {ENDED}"), left_out, RULE]);
    let one = ladder(1, 3, 3);
    assert_eq!(rows(&one), ["... 4 entries left out", &format!("0.004 {ENDED}"), left_out, RULE]);
    let explained = full.explain(&ended("bob", EndRule::Local(local::Input::CalleeExpired)));
    assert!(explained.contains("0.000 s send(); (7 entries left out); 0.008 s link: up;"), "{explained}");
}

#[test]
fn a_ladder_that_fits_leaves_nothing_out() {
    for after in 0..4 {
        let ladder = ladder(16, 10, after);
        assert_eq!(ladder.left_out, [0, 0]);
        assert_eq!(ladder.entries.len() as u64, 12 + after);
        assert!(!rows(&ladder).join("\n").contains("left out"));
    }
}

#[test]
fn an_entry_takes_16_bytes_and_none_is_allocated_before_it_is_needed() {
    assert_eq!(size_of::<Entry>(), 16);
    assert_eq!(Ladder::new(16).entries.capacity(), 0);
    assert!(ladder(16, 100, 100).entries.capacity() <= 16);
    assert!(size_of::<LocalInvitation>() <= 264 && size_of::<RemoteInvitation>() <= 256, "many are open at once");
    println!("a ladder is {} bytes, its 16 entries {}", size_of::<Ladder>(), 16 * size_of::<Entry>());
    println!("a local invitation is {} bytes", size_of::<LocalInvitation>());
    println!("a remote invitation is {} bytes", size_of::<RemoteInvitation>());
}

#[test]
fn without_entries_nothing_is_kept_and_the_rule_is_told_all_the_same() {
    let world = World::new();
    let (alice, bob) = (world.party_of("alice", 1, 0), world.party_of("bob", 2, 0));
    let call = alice.calls("bob");
    world.pass(100);
    bob.service.refuse(&bob.rung()).unwrap();
    world.pass(100);
    let text = call.ladder(LadderFormat::Text);
    assert!(text.ends_with(
        "alice -> bob: REFUSED_BY_REMOTE (refused)
  no ladder was kept: the service wanted 0 entries when this invitation was made
rule refused: the callee refused
"
    ));
    assert!(of_remote(&bob.rung()).contains("rule refuse: the application refused it here"));
    assert!(call.explain().ends_with("Rule refused: the callee refused.\nOf what happened no ladder was kept.\n"));
    for invitation in [&call.common.ladder, &bob.rung().common.ladder] {
        assert_eq!(invitation.lock().entries.capacity(), 0);
    }
    assert!(!call.ladder(LadderFormat::Mermaid).contains("->>"));
}

#[test]
fn the_length_holds_for_invitations_made_from_then_on() {
    let world = World::new();
    let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
    let first = alice.calls("bob");
    world.pass(100);
    let rung = bob.rung();
    alice.service.set_ladder_entries(0).unwrap();
    bob.service.set_parameters(r#"{"rtm_call.ladder_entries": 3}"#).unwrap();
    let second = alice.calls("bob");
    world.pass(100);
    bob.service.refuse(&rung).unwrap();
    bob.service.refuse(&bob.rung()).unwrap();
    world.pass(100);
    assert!(of_local(&first).contains("<-- end, "), "it keeps its ladder up");
    assert!(of_local(&second).contains("no ladder was kept"));
    assert!(of_remote(&bob.rung()).contains("left out"));
    assert!(!of_remote(&rung).contains("left out"));
    alice.service.set_ladder_entries(1024).unwrap();
    let wrong = alice.service.set_ladder_entries(1025).unwrap_err();
    assert_eq!(wrong.to_string(), "a ladder of 1025 entries is too long, the limit is 1024");
    for wrong in ["1025", "-1", "1.5", "\"16\"", "null"] {
        let error = bob.service.set_parameters(&format!(r#"{{"rtm_call.ladder_entries": {wrong}}}"#)).unwrap_err();
        let sentence = "the parameter rtm_call.ladder_entries must be a whole number from 0 to 1024";
        assert_eq!(error.to_string(), sentence);
    }
}

#[test]
fn an_idle_invitation_has_its_texts() {
    let world = World::new();
    let call = world.stranger(1, 16).creates("bob");
    assert_eq!(
        of_local(&call),
        "call without an id, - -> bob: IDLE
  nothing has happened to it yet
-- explained
The call without an id, - -> bob was not sent: IDLE.
Of what happened nothing is known.
"
    );
    let mermaid = call.ladder(LadderFormat::Mermaid);
    assert_eq!(
        mermaid,
        "sequenceDiagram
    participant caller as #45;
    participant callee as bob
    Note over caller: nothing has happened to it yet
"
    );
}

#[test]
fn the_diagram_of_an_accepted_call() {
    let world = World::new();
    let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
    let call = alice.calls("bob");
    world.pass(100);
    bob.service.accept(&bob.rung()).unwrap();
    world.pass(100);
    let id = call.id().unwrap();
    assert_eq!(
        call.ladder(LadderFormat::Mermaid),
        format!(
            "sequenceDiagram
    participant caller as alice
    participant callee as bob
    Note over caller,callee: call {id}
    Note over caller: 0.000 s send()
    caller->>callee: 0.000 s invite, 179 bytes
    callee->>caller: 0.040 s received, 99 bytes
    Note over caller: 0.040 s callback received_by_peer
    callee->>caller: 0.120 s accept, 111 bytes
    Note over caller: 0.120 s ended: ACCEPTED_BY_REMOTE (accepted)
    Note over caller: 0.120 s callback accepted
    caller->>callee: 0.120 s confirm, 122 bytes
    Note over caller,callee: rule accepted: the callee accepted while the call was still open here
"
        )
    );
    let remote = bob.rung().ladder(LadderFormat::Mermaid);
    assert!(remote.contains("\n    caller->>callee: 0.000 s invite, 179 bytes\n"), "{remote}");
    assert!(remote.contains("\n    callee->>caller: 0.000 s received, 99 bytes\n"), "{remote}");
}

/// Ids may contain all that a diagram is made of; before the sending they may be anything.
#[test]
fn no_user_id_breaks_a_diagram_or_the_columns() {
    let ids = [
        "a;b#c:d<e>f",
        "->>caller: 0",
        "end",
        " ",
        "",
        "%%{init: 1}%%",
        "a as b",
        "x\ny\r\tz\u{0}",
        "\u{2028}call\u{7f}",
        "\u{65e5}\u{672c}",
        "#59;",
        "\"'`",
        &"w".repeat(1024),
    ];
    for id in ids {
        let mut ladder = ladder(16, 2, 2);
        ladder.set_own(id.into());
        for subject in [subject(id), ended(id, EndRule::Local(local::Input::Expired))] {
            let mermaid = ladder.show(&subject, LadderFormat::Mermaid);
            let lines: Vec<_> = mermaid.lines().collect();
            assert_eq!(lines[0], "sequenceDiagram");
            for (line, role) in lines[1..3].iter().zip(["caller", "callee"]) {
                let name = line.strip_prefix(&format!("    participant {role} as ")).unwrap();
                assert!(!name.is_empty());
                // What is left without the character references is letters and digits.
                for (n, part) in name.split('#').enumerate() {
                    let (number, rest) = if n == 0 { ("0", part) } else { part.split_once(';').unwrap() };
                    assert!(number.parse::<u32>().is_ok() && rest.chars().all(|c| c.is_ascii_alphanumeric()), "{line}");
                }
            }
            for line in &lines[3..] {
                assert!(line.starts_with("    Note over caller"), "{line}");
                assert!(!line.contains(['#', ';']), "{line}");
            }
            story(ladder.show(&subject, LadderFormat::Text), ladder.explain(&subject));
        }
    }
}

#[test]
fn long_ids_are_shortened_in_the_middle() {
    let long = format!("{}{}", "a".repeat(32), "b".repeat(32));
    let mut ladder = ladder(16, 0, 0);
    ladder.set_own(long.as_str().into());
    let text = ladder.text(&ended(&long, EndRule::Local(local::Input::Expired)));
    let shown = "aaaaaaaaaaaa...bbbbbbbbbbb";
    let head = format!("call 00000000000000000000000000000007, {shown} -> {shown}:\n  FAILURE (expired)\n");
    assert!(text.starts_with(&head), "{text}");
    assert!(text.lines().all(|line| line.len() <= 100));
}

#[test]
fn messages_of_several_instances_are_told_apart() {
    let mut ladder = ladder(16, 0, 0);
    let read = |from| Read { kind: Kind::Accept, bytes: 100, from: crate::engine::Instance(from) };
    ladder.read(at(5), read(0x1234_5678_0000_0000));
    assert!(!rows(&ladder).join("\n").contains("instance"));
    ladder.read(at(6), read(0x9abc_def0_0000_0000));
    let rows = rows(&ladder);
    assert_eq!(rows[2], "0.005 <-- accept, 100 bytes, by 12345678");
    assert_eq!(rows[3], "0.006 <-- accept, 100 bytes, by 9abcdef0");
}

#[test]
fn a_callback_that_took_long_says_when_it_returned() {
    let mut ladder = Ladder::new(16);
    ladder.api(at(0), Api::Send, Status::InvitationApiCallErrOk);
    ladder.note(at(5), What::Callback(Callback::ReceivedByPeer));
    assert_eq!(rows(&ladder)[1], "0.005 callback received_by_peer");
    ladder.returned(at(5), Callback::ReceivedByPeer);
    assert_eq!(rows(&ladder)[1], "0.005 callback received_by_peer");
    ladder.returned(at(1_205), Callback::ReceivedByPeer);
    assert_eq!(rows(&ladder)[1], "0.005 callback received_by_peer, returned at 1.205");
}

#[test]
fn repetitions_are_counted_until_something_else_happens() {
    let mut ladder = Ladder::new(16);
    ladder.api(at(0), Api::Send, Status::InvitationApiCallErrOk);
    (0..70_000).for_each(|n| ladder.sent(at(n), Kind::Invite, 200));
    ladder.note(at(70_000), What::Link(false));
    ladder.sent(at(70_001), Kind::Invite, 200);
    ladder.sent(at(70_002), Kind::End, 200);
    assert_eq!(
        rows(&ladder)[1..5],
        [
            "0.000 invite, 200 bytes, 65535 times until 69.999 -->",
            "70.000 link: down",
            "70.001 invite, 200 bytes -->",
            "70.002 end, 200 bytes -->"
        ]
    );
}

#[test]
fn the_longest_line_still_fits() {
    let mut ladder = Ladder::new(16);
    ladder.note(at(0), What::Link(true));
    for from in [1 << 32, 2 << 32] {
        let read = Read { kind: Kind::Received, bytes: u32::MAX, from: crate::engine::Instance(from) };
        (0..70_000).for_each(|_| ladder.read(Instant::NEVER, read));
        (0..70_000).for_each(|_| ladder.sent(Instant::NEVER, Kind::Received, usize::MAX));
    }
    ladder.closed(Instant::NEVER, Window::Acknowledge, Some(PeerOnlineState::Unreachable));
    let subject = ended("bob", EndRule::Local(local::Input::Unreachable));
    let text = ladder.text(&subject);
    assert!(text.contains("<-- received, 4294967295 bytes, 65535 times, by 00000001\n"), "{text}");
    story(text, ladder.explain(&subject));
}

/// Times beyond all bounds, and a clock that stands still.
#[test]
fn times_saturate() {
    let mut ladder = Ladder::new(4);
    ladder.note(at(5), What::Link(true));
    ladder.note(at(0), What::Link(false));
    ladder.note(Instant::NEVER, What::Link(true));
    assert_eq!(rows(&ladder)[..3], ["0.000 link: up", "0.000 link: down", "4294967.295 link: up"]);
}

/// Each rule that ends a call can be told in every form.
#[test]
fn every_row_of_both_tables_is_told() {
    let local = local::TABLE.iter().filter(|row| local::ended(row.to)).map(|row| EndRule::Local(row.on));
    let remote = remote::TABLE.iter().filter(|row| remote::ended(row.to)).map(|row| EndRule::Remote(row.on));
    let mut told = 0;
    for rule in local.chain(remote) {
        let (ladder, subject) = (ladder(16, 1, 1), ended("bob", rule));
        let line = format!("rule {}: {}", rule.name(), rule.sentence());
        let text = ladder.text(&subject);
        let joined = text.replace("\n  ", " ");
        assert_eq!(joined.lines().last(), Some(line.as_str()));
        assert!(ladder.mermaid(&subject).contains(&line));
        let explained = ladder.explain(&subject);
        assert!(explained.contains(&format!("\nRule {}: {}.\n", rule.name(), rule.sentence())));
        assert_eq!(explained.contains("_ERR_"), rule.code().is_some());
        story(text, explained);
        told += 1;
    }
    assert_eq!(told, 18 + 24);
}

#[test]
#[cfg(feature = "planted")]
fn an_internal_error_is_told() {
    let world = World::new();
    let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
    let call = alice.calls("bob");
    world.pass(100);
    alice.service.planted_panic().unwrap_err();
    bob.service.planted_panic().unwrap_err();
    let failed = "ended: FAILURE (error)\n";
    assert!(of_local(&call).contains(failed) && of_remote(&bob.rung()).contains(failed));
    assert!(of_local(&call).contains("\nrule failed: an internal error ended the service here\n"));
    assert!(of_remote(&bob.rung()).contains("\nrule failed: an internal error ended the service here\n"));
}

/// The record of an ended call goes away with the telling of its end, and that of a released one with the object.
#[test]
fn a_service_keeps_no_record_of_what_is_over() {
    let world = World::new();
    let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
    for n in 0..20 {
        let call = alice.calls("bob");
        world.pass(100);
        match n % 3 {
            0 => alice.service.cancel(&call).unwrap(),
            1 => bob.service.accept(&bob.rung()).unwrap(),
            _ => bob.service.refuse(&bob.rung()).unwrap(),
        }
        world.pass(5);
        let telling = [&alice, &bob].map(|party| party.service.core.lock().objects.counts().1);
        assert!(telling[0] + telling[1] <= 1);
        world.pass(100);
    }
    for party in [&alice, &bob] {
        let core = party.service.core.lock();
        assert!(core.objects.counts() == (0, 0) && core.over.is_empty());
    }
}
