//! One test for each row of the caller's table, from each state, and what the callee sees of it.

use rtm_call::codes::{EndReason, EndSide};
use rtm_call::engine::local::State;
use rtm_call::engine::message::Message;
use rtm_call::engine::{Config, Presence, Windows};
use rtm_call::error::Error;

use crate::net::{A, ALICE, B, BOB, Net, ms, secs};

/// Bob rings; Alice is SENT, since his acknowledgements are lost, or RECEIVED.
pub fn caller_in(state: State) -> Net {
    caller_in_with(state, Config::default())
}

fn caller_in_with(state: State, callee: Config) -> Net {
    let mut net = Net::out(Config::default());
    net.engine(B).configure(callee);
    net.up(A);
    net.up(B);
    if state == State::SentToRemote {
        net.lose(B, "received");
    }
    net.send();
    net.run();
    assert_eq!(net.events(B), ["Ring(alice, hello, room)"]);
    let seen = if state == State::SentToRemote { vec![] } else { vec!["ReceivedByPeer"] };
    assert_eq!(net.events(A), seen);
    net.forget();
    net
}

const SENT: State = State::SentToRemote;
const RECEIVED: State = State::ReceivedByRemote;

#[test]
pub fn send_hands_the_invite_to_the_carrier_and_is_sent() {
    let mut net = Net::new();
    net.send();
    assert_eq!(net.sent(A), ["invite(hello, room)"]);
    assert!(net.events(A).is_empty(), "SENT fires nothing");
    assert_eq!(net.engine(A).stats().open_local, 1);
    assert_eq!(net.engine(A).stats().invitations_sent, 1);
}

#[test]
pub fn acknowledgement_fires_received_by_peer_once() {
    let mut net = Net::new();
    net.send();
    net.run();
    assert_eq!(net.sent(B), ["received"]);
    assert_eq!(net.events(A), ["ReceivedByPeer"]);
    net.inject(A, BOB, 2, Message::Received);
    net.inject(A, BOB, 77, Message::Received);
    assert!(net.events(A).is_empty(), "at most once");
}

#[test]
pub fn accept_is_recorded_and_confirmed() {
    let mut net = caller_in(RECEIVED);
    net.accept(B).unwrap();
    net.run();
    assert_eq!(net.events(A), ["Accepted(yes): accepted by callee"]);
    assert_eq!(net.sent(A), ["confirm 2"]);
    assert_eq!(net.events(B), ["Accepted: accepted by callee"]);
    assert_eq!(net.sent(B), ["accept(yes)"]);
    assert_eq!(net.cancel(), Err(Error::AlreadyEnd));
}

#[test]
pub fn accept_overtaking_the_acknowledgement_fires_both_in_order() {
    let mut net = caller_in(SENT);
    net.accept(B).unwrap();
    net.run();
    assert_eq!(net.events(A), ["ReceivedByPeer", "Accepted(yes): accepted by callee"]);
    assert_eq!(net.events(B), ["Accepted: accepted by callee"]);
    net.inject(A, BOB, 2, Message::Received);
    assert!(net.events(A).is_empty(), "the acknowledgement is late");
}

#[test]
pub fn refuse_ends_both_sides_refused() {
    let mut net = caller_in(RECEIVED);
    net.refuse(B).unwrap();
    assert_eq!(net.events(B), ["Refused: refused by callee"], "at once");
    net.run();
    assert_eq!(net.events(A), ["Refused(no): refused by callee"]);
    assert_eq!(net.sent(B), ["end callee refused(no)"]);
    assert_eq!(net.sent(A), ["ended caller"]);
    assert_eq!(net.deadline(A).map(|_| ()), Some(()), "only the memory's");
    net.after(secs(20));
    assert!(net.sent(B).is_empty(), "the acknowledged end is not re-sent");
}

#[test]
pub fn refuse_overtaking_the_acknowledgement_fires_both_in_order() {
    let mut net = caller_in(SENT);
    net.refuse(B).unwrap();
    net.run();
    assert_eq!(net.events(A), ["ReceivedByPeer", "Refused(no): refused by callee"]);
    assert_eq!(net.events(B), ["Refused: refused by callee"]);
}

fn cancel_from(state: State) {
    let mut net = caller_in(state);
    net.cancel().unwrap();
    assert_eq!(net.events(A), ["Canceled: canceled by caller"], "at once, without ReceivedByPeer before it");
    assert_eq!(net.sent(A), ["end caller canceled"]);
    net.run();
    assert_eq!(net.events(B), ["Canceled: canceled by caller"]);
    assert_eq!(net.sent(B), ["ended callee"]);
    assert_eq!(net.cancel(), Err(Error::AlreadyEnd));
}

#[test]
pub fn cancel_before_the_acknowledgement_cancels_both_sides() {
    cancel_from(SENT);
}

#[test]
pub fn cancel_after_the_acknowledgement_cancels_both_sides() {
    cancel_from(RECEIVED);
}

#[test]
fn cancel_crossing_accept_ends_canceled_on_both_sides() {
    let mut net = caller_in(RECEIVED);
    net.accept(B).unwrap();
    net.cancel().unwrap();
    net.run();
    assert_eq!(net.events(A), ["Canceled: canceled by caller"]);
    assert_eq!(net.events(B), ["Canceled: canceled by caller"]);
    net.after(secs(200));
    assert!(net.events(A).is_empty() && net.events(B).is_empty(), "one end a side");
}

#[test]
fn cancel_crossing_refuse_leaves_each_side_its_own_end() {
    let mut net = caller_in(RECEIVED);
    net.refuse(B).unwrap();
    net.cancel().unwrap();
    net.run();
    assert_eq!(net.events(A), ["Canceled: canceled by caller"]);
    assert_eq!(net.events(B), ["Refused: refused by callee"]);
    assert_eq!(net.sent(A), ["end caller canceled", "ended caller"]);
    assert_eq!(net.sent(B), ["end callee refused(no)", "ended callee"]);
    net.after(secs(20));
    assert!(net.sent(A).is_empty() && net.sent(B).is_empty(), "both know");
}

#[test]
fn crossed_end_counts_as_the_acknowledgement_of_ones_own() {
    let mut net = caller_in(RECEIVED);
    net.lose(A, "ended");
    net.lose(B, "ended");
    net.refuse(B).unwrap();
    net.cancel().unwrap();
    net.run();
    net.forget();
    net.after(secs(20));
    assert!(net.sent(A).is_empty() && net.sent(B).is_empty(), "nothing is re-sent");
}

#[test]
fn cancel_crossing_expiry_leaves_each_side_its_own_end() {
    let mut net = caller_in(RECEIVED);
    net.sleep(secs(60));
    net.wake(B);
    net.cancel().unwrap();
    net.run();
    assert_eq!(net.events(A), ["Canceled: canceled by caller"]);
    assert_eq!(net.events(B), ["Failure(InvitationExpire): expired by callee"]);
}

#[test]
pub fn unacknowledged_invite_to_an_offline_callee_is_unreachable() {
    let mut net = caller_in(SENT);
    net.after(secs(1));
    assert_eq!(net.events(A), ["Watch bob"]);
    net.presence(A, BOB, Presence::Offline);
    net.after(ms(28_999));
    assert!(net.events(A).is_empty(), "presence is consulted when the window closes");
    net.sent(A);
    net.after(ms(1));
    assert_eq!(net.events(A), ["Failure(PeerOffline): unreachable by caller", "Unwatch bob"]);
    assert_eq!(net.sent(A), ["end caller unreachable"]);
    assert!(net.events(B).contains(&"Failure(InvitationExpire): unreachable by caller".into()));
}

#[test]
pub fn unacknowledged_invite_ends_with_no_response() {
    let mut net = caller_in(SENT);
    net.after(ms(29_999));
    net.forget();
    net.after(ms(1));
    assert_eq!(net.events(A), ["Failure(PeerNoResponse): no_response by caller", "Unwatch bob"]);
    assert_eq!(net.sent(A), ["end caller no_response"]);
    assert_eq!(net.events(B), ["Failure(InvitationExpire): no_response by caller", "Unwatch alice"]);
    assert_eq!(net.sent(B), ["ended callee"]);
}

#[test]
pub fn silent_callee_expires_after_ring_and_accept_windows() {
    let mut net = caller_in(RECEIVED);
    net.link_down(B);
    net.after(ms(64_999));
    assert!(net.events(A).is_empty());
    net.after(ms(1));
    assert_eq!(net.events(A), ["Failure(InvitationExpire): expired by caller"]);
    assert_eq!(net.sent(A), ["end caller expired"]);
    assert_eq!(net.events(B).last().unwrap(), "Failure(InvitationExpire): expired by callee", "by its own ring window");
}

#[test]
pub fn send_while_not_logged_in_fails_once() {
    let mut net = Net::out(Config::default());
    net.send();
    assert_eq!(net.events(A), ["Failure(NotLoggedin): not_logged_in by caller"]);
    assert_eq!(net.cancel(), Err(Error::AlreadyEnd));
    net.up(A);
    net.up(B);
    net.after(secs(300));
    assert!(net.events(A).is_empty() && net.sent(A).is_empty() && net.events(B).is_empty());
}

#[test]
pub fn failed_login_fails_the_send_that_it_held() {
    let mut net = Net::out(Config::default());
    net.login(A);
    net.send();
    assert!(net.events(A).is_empty() && net.sent(A).is_empty(), "held");
    net.login_failed(A);
    assert_eq!(net.events(A), ["Failure(NotLoggedin): not_logged_in by caller"]);
    assert_eq!(net.cancel(), Err(Error::AlreadyEnd));
    net.up(A);
    net.after(secs(300));
    assert!(net.events(A).is_empty() && net.sent(A).is_empty());
}

#[test]
fn leaving_during_the_login_fails_the_held_send_and_sends_nothing() {
    for (leave, reason) in [(Net::logout as fn(&mut Net, usize), "logged_out"), (Net::kick, "kicked")] {
        let mut net = Net::out(Config::default());
        net.up(B);
        net.login(A);
        net.send();
        leave(&mut net, A);
        assert_eq!(net.events(A), [format!("Failure(NotLoggedin): {reason} by caller")]);
        net.up(A);
        net.after(secs(200));
        assert!(net.sent(A).is_empty() && net.events(B).is_empty());
        assert_eq!(net.engine(A).stats().remembered, 0, "nobody knows its id");
    }
}

fn leaving_from(state: State, how: fn(&mut Net, usize), reason: &str) {
    let mut net = caller_in(state);
    how(&mut net, A);
    assert_eq!(net.events(A), [format!("Failure(NotLoggedin): {reason} by caller")]);
    assert_eq!(net.sent(A), [format!("end caller {reason}")]);
    net.run();
    assert_eq!(net.events(B), [format!("Canceled: {reason} by caller")]);
    assert_eq!(net.sent(B), ["ended callee"]);
}

#[test]
pub fn logout_before_the_acknowledgement_shows_canceled_at_the_callee() {
    leaving_from(SENT, Net::logout, "logged_out");
}

#[test]
pub fn logout_after_the_acknowledgement_shows_canceled_at_the_callee() {
    leaving_from(RECEIVED, Net::logout, "logged_out");
}

#[test]
pub fn release_before_the_acknowledgement_shows_canceled_at_the_callee() {
    leaving_from(SENT, Net::release, "released");
}

#[test]
pub fn release_after_the_acknowledgement_shows_canceled_at_the_callee() {
    leaving_from(RECEIVED, Net::release, "released");
}

fn silent_end_from(state: State, how: fn(&mut Net, usize), reason: &str) {
    let mut net = caller_in(state);
    how(&mut net, A);
    assert_eq!(net.events(A), [format!("Failure(NotLoggedin): {reason} by caller")]);
    assert!(net.sent(A).is_empty(), "a session ended from outside sends nothing");
    net.after(secs(59));
    assert!(net.sent(A).is_empty());
    assert!(!net.events(B).iter().any(|event| event.contains(" by ")), "the callee cannot know yet");
    net.after(secs(1));
    assert_eq!(net.events(B)[0], "Failure(InvitationExpire): expired by callee");
}

#[test]
pub fn kicked_caller_fails_silently_before_the_acknowledgement() {
    silent_end_from(SENT, Net::kick, "kicked");
}

#[test]
pub fn kicked_caller_fails_silently_after_the_acknowledgement() {
    silent_end_from(RECEIVED, Net::kick, "kicked");
}

#[test]
pub fn internal_error_fails_silently_before_the_acknowledgement() {
    silent_end_from(SENT, Net::fail, "error");
}

#[test]
pub fn internal_error_fails_silently_after_the_acknowledgement() {
    silent_end_from(RECEIVED, Net::fail, "error");
}

/// The callee ends for a cause of its own: what it fires, what it says, what the caller fires.
fn told_from(state: State, how: fn(&mut Net), callee: &str, says: &str, caller: &str) {
    let config = Config { windows: Windows { ring_ms: 10_000, ..Windows::default() }, ..Config::default() };
    let mut net = caller_in_with(state, config);
    how(&mut net);
    net.run();
    assert!(net.events(B).iter().any(|event| event == callee));
    assert_eq!(net.sent(B).iter().filter(|sent| sent.starts_with("end ")).collect::<Vec<_>>(), [says]);
    assert_eq!(net.events(A).iter().filter(|event| !event.contains("atch ")).collect::<Vec<_>>(), [caller]);
    assert_eq!(net.sent(A).last().unwrap(), "ended caller");
}

fn callee_expires_from(state: State) {
    told_from(
        state,
        |net| net.after(secs(10)),
        "Failure(InvitationExpire): expired by callee",
        "end callee expired",
        "Failure(InvitationExpire): expired by callee",
    );
}

#[test]
pub fn unanswered_ring_expires_on_both_sides_before_the_acknowledgement() {
    callee_expires_from(SENT);
}

#[test]
pub fn unanswered_ring_expires_on_both_sides() {
    callee_expires_from(RECEIVED);
}

fn callee_leaves_from(state: State, how: fn(&mut Net), reason: &str) {
    told_from(
        state,
        how,
        &format!("Failure(PeerOffline): {reason} by callee"),
        &format!("end callee {reason}"),
        &format!("Failure(PeerOffline): {reason} by callee"),
    );
}

#[test]
pub fn callee_logging_out_is_offline_before_the_acknowledgement() {
    callee_leaves_from(SENT, |net| net.logout(B), "logged_out");
}

#[test]
pub fn callee_logging_out_is_offline() {
    callee_leaves_from(RECEIVED, |net| net.logout(B), "logged_out");
}

#[test]
pub fn callee_releasing_is_offline_before_the_acknowledgement() {
    callee_leaves_from(SENT, |net| net.release(B), "released");
}

#[test]
pub fn callee_releasing_is_offline() {
    callee_leaves_from(RECEIVED, |net| net.release(B), "released");
}

fn callee_unconfirmed_from(state: State) {
    told_from(
        state,
        |net| {
            net.lose(B, "accept(");
            net.accept(B).unwrap();
            net.after(secs(5));
        },
        "Failure(AcceptFailure): accept_unconfirmed by callee",
        "end callee accept_unconfirmed",
        "Failure(PeerNoResponse): accept_unconfirmed by callee",
    );
}

#[test]
pub fn lost_accept_is_no_response_at_the_caller_before_the_acknowledgement() {
    callee_unconfirmed_from(SENT);
}

#[test]
pub fn lost_accept_is_no_response_at_the_caller() {
    callee_unconfirmed_from(RECEIVED);
}

fn caller_lost_from(state: State) {
    told_from(
        state,
        |net| {
            net.after(ms(500));
            net.presence(B, ALICE, Presence::Offline);
        },
        "Failure(PeerOffline): caller_lost by callee",
        "end callee caller_lost",
        "Failure(InvitationExpire): caller_lost by callee",
    );
}

#[test]
pub fn caller_taken_for_lost_expires_before_the_acknowledgement() {
    caller_lost_from(SENT);
}

#[test]
pub fn caller_taken_for_lost_expires() {
    caller_lost_from(RECEIVED);
}

/// The callee's session ended silently; logged in again, it answers the repeated invite with its outcome.
fn silent_callee_answers_from_sent(how: fn(&mut Net, usize), reason: &str, caller: &str) {
    let mut net = caller_in(SENT);
    how(&mut net, B);
    assert_eq!(net.events(B), [format!("Failure(PeerOffline): {reason} by callee")]);
    assert!(net.sent(B).is_empty(), "it sends nothing");
    net.up(B);
    net.after(ms(500));
    assert_eq!(net.events(A), ["Watch bob", caller, "Unwatch bob"]);
    assert_eq!(net.sent(B), [format!("end callee {reason}")]);
    assert!(net.events(B).is_empty(), "it does not ring again");
}

#[test]
pub fn kicked_callee_answers_the_repeated_invite_with_its_end() {
    silent_callee_answers_from_sent(Net::kick, "kicked", "Failure(PeerOffline): kicked by callee");
}

#[test]
pub fn failed_callee_answers_the_repeated_invite_with_its_end() {
    silent_callee_answers_from_sent(Net::fail, "error", "Failure(InvitationExpire): error by callee");
}

fn told_by_injection(reason: EndReason, caller: &str) {
    let mut net = caller_in(RECEIVED);
    net.inject(A, BOB, 2, Message::End { side: EndSide::Callee, to: None, reason, response: "".into() });
    assert_eq!(net.events(A), [caller]);
    assert_eq!(net.sent(A), ["ended caller"]);
}

#[test]
pub fn kicked_callee_is_offline() {
    told_by_injection(EndReason::Kicked, "Failure(PeerOffline): kicked by callee");
}

#[test]
pub fn end_of_the_callee_for_an_unknown_reason_expires() {
    told_by_injection(EndReason::Error, "Failure(InvitationExpire): error by callee");
    // What only a caller says is unknown from a callee.
    told_by_injection(EndReason::Canceled, "Failure(InvitationExpire): error by callee");
}
