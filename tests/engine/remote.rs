//! One test for each row of the callee's table, from each state, and what the caller sees of it.

use rtm_call::codes::{EndReason, EndSide};
use rtm_call::engine::message::Message;
use rtm_call::engine::remote::State;
use rtm_call::engine::{Config, Dropped, Instance, Presence};
use rtm_call::error::Error;

use crate::local::caller_in;
use crate::net::{A, ALICE, B, B2, Net, ms, secs};
use rtm_call::engine::local;

const RINGING: State = State::InvitationReceived;
const ACCEPTING: State = State::AcceptSentToLocal;

/// Bob rings, or has accepted while his accepts are lost; Alice is RECEIVED.
pub fn callee_in(state: State) -> Net {
    let mut net = caller_in(local::State::ReceivedByRemote);
    accepting_if(&mut net, state);
    net
}

fn accepting_if(net: &mut Net, state: State) {
    if state == ACCEPTING {
        net.lose(B, "accept(");
        net.accept(B).unwrap();
        net.run();
        net.forget();
    }
}

#[test]
pub fn invite_rings_and_is_acknowledged() {
    let mut net = Net::new();
    net.send();
    net.run();
    assert_eq!(net.events(B), ["Ring(alice, hello, room)"]);
    assert_eq!(net.sent(B), ["received"]);
    assert_eq!(net.engine(B).stats().open_remote, 1);
    assert_eq!(net.engine(B).stats().invitations_received, 1);
    net.inject(B, ALICE, 1, invite("hello"));
    assert!(net.events(B).is_empty(), "a repetition rings no more");
    assert_eq!(net.sent(B), ["received"], "but is acknowledged");
}

fn invite(content: &str) -> Message {
    Message::Invite { content: content.into(), channel: "room".into(), windows: Config::default().windows }
}

#[test]
fn same_id_with_other_content_is_a_repetition_the_first_wins() {
    let mut net = callee_in(RINGING);
    net.inject(B, ALICE, 1, invite("something else"));
    assert!(net.events(B).is_empty());
    assert_eq!(net.sent(B), ["received"]);
}

#[test]
pub fn accept_waits_for_the_confirmation() {
    let mut net = callee_in(RINGING);
    net.hold(A, "confirm");
    net.accept(B).unwrap();
    assert_eq!(net.sent(B), ["accept(yes)"]);
    net.run();
    assert!(net.events(B).is_empty(), "ACCEPT_SENT fires nothing");
    assert_eq!(net.accept(B), Err(Error::AlreadyAccept));
    assert_eq!(net.refuse(B), Err(Error::AlreadyAccept));
    net.let_go();
    assert_eq!(net.events(B), ["Accepted: accepted by callee"]);
}

#[test]
pub fn confirmation_of_this_instance_is_accepted() {
    let mut net = callee_in(RINGING);
    net.accept(B).unwrap();
    net.run();
    assert_eq!(net.events(B), ["Accepted: accepted by callee"]);
    assert_eq!(net.events(A), ["Accepted(yes): accepted by callee"]);
    assert_eq!(net.accept(B), Err(Error::AlreadyEnd));
    assert_eq!(net.refuse(B), Err(Error::AlreadyEnd));
}

#[test]
fn confirmation_before_any_accept_is_dropped() {
    let mut net = callee_in(RINGING);
    net.inject(B, ALICE, 1, Message::Confirm { to: Instance(2) });
    assert_eq!(net.drops(B), [Dropped::Stray]);
    assert!(net.events(B).is_empty());
    net.accept(B).unwrap();
    net.run();
    assert_eq!(net.events(B), ["Accepted: accepted by callee"], "it still rings");
}

#[test]
pub fn refuse_ends_refused_at_once_and_is_told() {
    let mut net = callee_in(RINGING);
    net.refuse(B).unwrap();
    assert_eq!(net.events(B), ["Refused: refused by callee"]);
    assert_eq!(net.sent(B), ["end callee refused(no)"]);
    net.run();
    assert_eq!(net.events(A), ["Refused(no): refused by callee"]);
    assert_eq!(net.refuse(B), Err(Error::AlreadyEnd));
}

#[test]
pub fn ring_window_expires_on_both_sides() {
    let mut net = callee_in(RINGING);
    net.after(ms(59_999));
    net.forget();
    net.after(ms(1));
    assert_eq!(net.events(B), ["Failure(InvitationExpire): expired by callee", "Unwatch alice"]);
    assert_eq!(net.sent(B), ["end callee expired"]);
    assert_eq!(net.events(A), ["Failure(InvitationExpire): expired by callee"]);
}

#[test]
pub fn ringing_invitation_of_a_lost_caller_ends() {
    let mut net = callee_in(RINGING);
    net.after(ms(500));
    assert_eq!(net.events(B), ["Watch alice"]);
    net.presence(B, ALICE, Presence::Unreachable);
    assert!(net.events(B).is_empty(), "its grace time is not over");
    net.presence(B, ALICE, Presence::Offline);
    assert!(net.events(B).contains(&"Failure(PeerOffline): caller_lost by callee".into()));
    assert_eq!(net.sent(B), ["end callee caller_lost"]);
    net.run();
    assert_eq!(net.events(A), ["Failure(InvitationExpire): caller_lost by callee"]);
}

#[test]
pub fn unconfirmed_accept_fails_and_the_caller_hears_so() {
    let mut net = callee_in(ACCEPTING);
    net.after(ms(4_999));
    net.forget();
    net.after(ms(1));
    assert!(net.events(B).contains(&"Failure(AcceptFailure): accept_unconfirmed by callee".into()));
    assert_eq!(net.sent(B), ["end callee accept_unconfirmed"]);
    assert_eq!(net.events(A), ["Failure(PeerNoResponse): accept_unconfirmed by callee"]);
}

#[test]
fn accepted_caller_keeps_its_end_when_the_confirmation_is_lost() {
    let mut net = callee_in(RINGING);
    net.lose(A, "confirm");
    net.accept(B).unwrap();
    net.after(secs(5));
    assert_eq!(net.events(A), ["Accepted(yes): accepted by callee"]);
    assert!(net.events(B).contains(&"Failure(AcceptFailure): accept_unconfirmed by callee".into()));
    net.after(secs(200));
    assert!(net.events(A).is_empty(), "the only tolerated disagreement stays");
}

#[test]
pub fn unconfirmed_accept_of_a_caller_known_gone_is_peer_offline() {
    let mut net = callee_in(ACCEPTING);
    net.after(ms(500));
    net.presence(B, ALICE, Presence::Offline);
    assert_eq!(net.events(B), ["Watch alice"], "ACCEPT_SENT waits for its window");
    net.after(ms(4_499));
    net.forget();
    net.after(ms(1));
    assert!(net.events(B).contains(&"Failure(PeerOffline): accept_unconfirmed by callee".into()));
    assert_eq!(net.sent(B), ["end callee accept_unconfirmed"]);
    assert_eq!(net.events(A), ["Failure(PeerNoResponse): accept_unconfirmed by callee"]);
}

fn leaving_from(state: State, how: fn(&mut Net, usize), own: &str, told: &str) {
    let mut net = callee_in(state);
    how(&mut net, B);
    assert_eq!(net.events(B), [format!("Failure(PeerOffline): {own} by callee")]);
    assert_eq!(net.sent(B), [format!("end callee {told}")]);
    net.run();
    assert_eq!(net.events(A), [format!("Failure(PeerOffline): {told} by callee")]);
    assert_eq!(net.sent(A), ["ended caller"]);
}

#[test]
pub fn logout_while_ringing_is_peer_offline_on_both_sides() {
    leaving_from(RINGING, Net::logout, "logged_out", "logged_out");
}

#[test]
pub fn logout_while_accepting_leaves_the_callers_outcome_unknown() {
    leaving_from(ACCEPTING, Net::logout, "accept_unconfirmed", "logged_out");
}

#[test]
pub fn release_while_ringing_is_peer_offline_on_both_sides() {
    leaving_from(RINGING, Net::release, "released", "released");
}

#[test]
pub fn release_while_accepting_leaves_the_callers_outcome_unknown() {
    leaving_from(ACCEPTING, Net::release, "accept_unconfirmed", "released");
}

fn silent_end_from(state: State, how: fn(&mut Net, usize), own: &str) {
    let mut net = callee_in(state);
    how(&mut net, B);
    assert_eq!(net.events(B), [format!("Failure(PeerOffline): {own} by callee")]);
    net.after(secs(64));
    assert!(net.sent(B).is_empty(), "it sends nothing");
    assert!(net.events(A).is_empty(), "the caller cannot know yet");
    net.after(secs(1));
    assert_eq!(net.events(A), ["Failure(InvitationExpire): expired by caller"]);
}

#[test]
pub fn kicked_while_ringing_ends_silently() {
    silent_end_from(RINGING, Net::kick, "kicked");
}

#[test]
pub fn kicked_while_accepting_leaves_the_callers_outcome_unknown() {
    silent_end_from(ACCEPTING, Net::kick, "accept_unconfirmed");
}

#[test]
pub fn internal_error_while_ringing_ends_silently() {
    silent_end_from(RINGING, Net::fail, "error");
}

#[test]
pub fn internal_error_while_accepting_leaves_the_callers_outcome_unknown() {
    silent_end_from(ACCEPTING, Net::fail, "accept_unconfirmed");
}

/// The caller ends for a cause of its own.
fn caller_ends_from(state: State, how: fn(&mut Net), reason: &str) {
    let mut net = callee_in(state);
    how(&mut net);
    net.run();
    assert_eq!(net.sent(A), [format!("end caller {reason}")]);
    assert_eq!(net.events(B), [format!("Canceled: {reason} by caller")]);
    assert_eq!(net.sent(B), ["ended callee"]);
    assert_eq!(net.accept(B), Err(Error::AlreadyEnd));
}

#[test]
pub fn cancel_while_ringing_is_canceled() {
    caller_ends_from(RINGING, |net| net.cancel().unwrap(), "canceled");
}

#[test]
pub fn cancel_while_accepting_is_canceled() {
    caller_ends_from(ACCEPTING, |net| net.cancel().unwrap(), "canceled");
}

#[test]
pub fn caller_logging_out_while_ringing_is_canceled() {
    caller_ends_from(RINGING, |net| net.logout(A), "logged_out");
}

#[test]
pub fn caller_logging_out_while_accepting_is_canceled() {
    caller_ends_from(ACCEPTING, |net| net.logout(A), "logged_out");
}

#[test]
pub fn caller_releasing_while_ringing_is_canceled() {
    caller_ends_from(RINGING, |net| net.release(A), "released");
}

#[test]
pub fn caller_releasing_while_accepting_is_canceled() {
    caller_ends_from(ACCEPTING, |net| net.release(A), "released");
}

/// The caller ended silently and logs in again: it answers what comes late with an end that names the asker.
fn silent_caller_answers(late: Message, state: State) {
    let mut net = callee_in(state);
    net.kick(A);
    net.up(A);
    net.forget();
    net.inject(A, "bob", 2, late);
    assert_eq!(net.sent(A), ["end caller kicked to 2"]);
    net.run();
    assert_eq!(net.events(B), ["Canceled: kicked by caller"]);
}

#[test]
pub fn kicked_caller_answers_a_late_acknowledgement_with_its_end() {
    silent_caller_answers(Message::Received, RINGING);
}

#[test]
pub fn kicked_caller_answers_a_late_accept_with_its_end() {
    silent_caller_answers(Message::Accept { response: "yes".into() }, ACCEPTING);
}

fn told_from(state: State, reason: EndReason, event: &str) {
    let mut net = callee_in(state);
    net.inject(B, ALICE, 1, Message::End { side: EndSide::Caller, to: None, reason, response: "".into() });
    assert_eq!(net.events(B), [event]);
    assert_eq!(net.sent(B), ["ended callee"]);
}

#[test]
pub fn end_of_the_caller_for_an_unknown_reason_is_canceled_while_ringing() {
    told_from(RINGING, EndReason::Error, "Canceled: error by caller");
    // What only a callee says is unknown from a caller.
    told_from(RINGING, EndReason::AcceptUnconfirmed, "Canceled: error by caller");
}

#[test]
pub fn end_of_the_caller_for_an_unknown_reason_is_canceled_while_accepting() {
    told_from(ACCEPTING, EndReason::Error, "Canceled: error by caller");
}

#[test]
pub fn callers_own_limit_expires_the_ringing_callee() {
    told_from(RINGING, EndReason::Expired, "Failure(InvitationExpire): expired by caller");
}

#[test]
pub fn callers_own_limit_expires_the_accepting_callee() {
    let mut net = callee_in(RINGING);
    net.after(secs(50));
    net.link_down(B);
    net.accept(B).unwrap();
    net.after(secs(15));
    assert_eq!(net.events(A), ["Failure(InvitationExpire): expired by caller"]);
    net.after(secs(1));
    net.forget();
    net.link_up(B, &[]);
    net.after(secs(4));
    assert!(net.events(B).contains(&"Failure(InvitationExpire): expired by caller".into()));
}

#[test]
pub fn callers_acknowledge_window_expires_the_ringing_callee() {
    let mut net = caller_in(local::State::SentToRemote);
    net.after(secs(30));
    assert_eq!(net.events(A)[1], "Failure(PeerNoResponse): no_response by caller");
    assert!(net.events(B).contains(&"Failure(InvitationExpire): no_response by caller".into()));
}

#[test]
pub fn callers_acknowledge_window_expires_the_accepting_callee() {
    let mut net = caller_in(local::State::SentToRemote);
    net.after(secs(28));
    accepting_if(&mut net, ACCEPTING);
    net.after(secs(2));
    assert_eq!(net.events(A)[0], "Failure(PeerNoResponse): no_response by caller");
    assert_eq!(net.events(B)[0], "Failure(InvitationExpire): no_response by caller");
}

fn unreachable_from(state: State) {
    let mut net = caller_in(local::State::SentToRemote);
    net.after(secs(28));
    net.presence(A, "bob", Presence::Offline);
    accepting_if(&mut net, state);
    net.forget();
    net.after(secs(2));
    assert!(net.events(A).contains(&"Failure(PeerOffline): unreachable by caller".into()));
    assert!(net.events(B).contains(&"Failure(InvitationExpire): unreachable by caller".into()));
}

#[test]
pub fn callee_taken_for_offline_expires_while_ringing() {
    unreachable_from(RINGING);
}

#[test]
pub fn callee_taken_for_offline_expires_while_accepting() {
    unreachable_from(ACCEPTING);
}

/// Two instances of Bob ring; the first answers.
fn two_bobs() -> Net {
    let mut net = Net::new();
    net.second_bob();
    net.send();
    net.run();
    assert_eq!(net.events(B), ["Ring(alice, hello, room)"]);
    assert_eq!(net.events(B2), ["Ring(alice, hello, room)"]);
    net.forget();
    net
}

#[test]
pub fn confirmation_of_another_instance_ends_the_ringing_one_answered_elsewhere() {
    let mut net = two_bobs();
    net.accept(B).unwrap();
    net.run();
    assert_eq!(net.events(A), ["Accepted(yes): accepted by callee"]);
    assert_eq!(net.events(B), ["Accepted: accepted by callee"]);
    assert_eq!(net.events(B2), ["Canceled: answered_elsewhere by caller"]);
    assert!(net.sent(B2).is_empty(), "nobody is told");
}

#[test]
pub fn confirmation_of_another_instance_ends_the_accepting_one_answered_elsewhere() {
    let mut net = two_bobs();
    net.lose(B2, "accept(");
    net.accept(B2).unwrap();
    net.accept(B).unwrap();
    net.run();
    assert_eq!(net.events(B2), ["Canceled: answered_elsewhere by caller"]);
    assert_eq!(net.events(B), ["Accepted: accepted by callee"]);
}

#[test]
fn the_second_of_two_accepts_is_answered_with_an_end_that_names_it() {
    let mut net = two_bobs();
    net.lose(A, "confirm");
    net.accept(B).unwrap();
    net.run();
    net.heal();
    net.forget();
    net.accept(B2).unwrap();
    net.run();
    assert_eq!(net.sent(A), ["end caller answered_elsewhere to 3"]);
    assert_eq!(net.events(B2), ["Canceled: answered_elsewhere by caller"]);
    assert_eq!(net.sent(B2), ["accept(yes)", "ended callee"]);
    assert!(net.events(B).is_empty() && net.sent(B).is_empty(), "the end names the other one");
    net.after(ms(500));
    assert_eq!(net.events(B), ["Watch alice", "Accepted: accepted by callee", "Unwatch alice"]);
    assert_eq!(net.sent(A), ["confirm 2"], "a repeated accept of the confirmed instance is confirmed again");
}

#[test]
pub fn late_acknowledgement_of_another_instance_is_answered_refused_elsewhere() {
    let mut net = Net::new();
    net.second_bob();
    net.hold(B2, "received");
    net.send();
    net.run();
    net.refuse(B).unwrap();
    net.run();
    assert!(net.events(A).contains(&"Refused(no): refused by callee".into()));
    net.forget();
    net.let_go();
    assert_eq!(net.sent(A), ["end caller refused_elsewhere to 3"]);
    assert_eq!(net.events(B2), ["Canceled: refused_elsewhere by caller"]);
    assert!(net.events(B).is_empty());
}

#[test]
pub fn late_accept_of_another_instance_is_answered_refused_elsewhere() {
    let mut net = two_bobs();
    net.hold(B2, "accept(");
    net.accept(B2).unwrap();
    net.refuse(B).unwrap();
    net.run();
    assert_eq!(net.events(A), ["Refused(no): refused by callee"]);
    net.forget();
    net.let_go();
    assert_eq!(net.sent(A), ["end caller refused_elsewhere to 3"]);
    assert_eq!(net.events(B2), ["Canceled: refused_elsewhere by caller"]);
}

#[test]
fn end_that_names_no_instance_ends_all_of_them() {
    let mut net = two_bobs();
    net.cancel().unwrap();
    net.run();
    assert_eq!(net.events(B), ["Canceled: canceled by caller"]);
    assert_eq!(net.events(B2), ["Canceled: canceled by caller"]);
}

#[test]
fn end_that_names_another_instance_is_ignored_and_not_acknowledged() {
    let mut net = callee_in(RINGING);
    let end = |to| Message::End { side: EndSide::Caller, to, reason: EndReason::Canceled, response: "".into() };
    net.inject(B, ALICE, 1, end(Some(Instance(99))));
    assert!(net.events(B).is_empty() && net.sent(B).is_empty());
    net.inject(B, ALICE, 1, end(Some(Instance(2))));
    assert_eq!(net.events(B), ["Canceled: canceled by caller"]);
    assert_eq!(net.sent(B), ["ended callee"]);
}
