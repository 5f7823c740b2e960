//! The transition tables and the call/state tables, from their one source: each row has a scenario that shows it, and what
//! the scenario showed is the row.

use rtm_call::codes::{EndSide, LocalInvitationErr, RemoteInvitationErr};
use rtm_call::engine::{EndRule, local, remote};
use rtm_call::error::Error;

use crate::local as caller;
use crate::net::{A, B, Net, Seen, take_seen};
use crate::remote as callee;

/// Input, state it comes in, the name of the scenario, and the scenario.
type Covered<I, S> = (I, S, &'static str, fn());

macro_rules! rows {
    ($side:ident, $module:ident: $($input:ident in $state:ident => $test:ident,)+) => {
        &[$(($side::Input::$input, $side::State::$state, stringify!($test), $module::$test as fn())),+]
    };
}

const LOCAL: &[Covered<local::Input, local::State>] = rows! { local, caller:
    Send in Idle => send_hands_the_invite_to_the_carrier_and_is_sent,
    Received in SentToRemote => acknowledgement_fires_received_by_peer_once,
    Accepted in SentToRemote => accept_overtaking_the_acknowledgement_fires_both_in_order,
    Accepted in ReceivedByRemote => accept_is_recorded_and_confirmed,
    Refused in SentToRemote => refuse_overtaking_the_acknowledgement_fires_both_in_order,
    Refused in ReceivedByRemote => refuse_ends_both_sides_refused,
    Cancel in SentToRemote => cancel_before_the_acknowledgement_cancels_both_sides,
    Cancel in ReceivedByRemote => cancel_after_the_acknowledgement_cancels_both_sides,
    Unreachable in SentToRemote => unacknowledged_invite_to_an_offline_callee_is_unreachable,
    NoResponse in SentToRemote => unacknowledged_invite_ends_with_no_response,
    Expired in ReceivedByRemote => silent_callee_expires_after_ring_and_accept_windows,
    NotLoggedIn in Idle => send_while_not_logged_in_fails_once,
    NotLoggedIn in SentToRemote => failed_login_fails_the_send_that_it_held,
    LoggedOut in SentToRemote => logout_before_the_acknowledgement_shows_canceled_at_the_callee,
    LoggedOut in ReceivedByRemote => logout_after_the_acknowledgement_shows_canceled_at_the_callee,
    Released in SentToRemote => release_before_the_acknowledgement_shows_canceled_at_the_callee,
    Released in ReceivedByRemote => release_after_the_acknowledgement_shows_canceled_at_the_callee,
    Kicked in SentToRemote => kicked_caller_fails_silently_before_the_acknowledgement,
    Kicked in ReceivedByRemote => kicked_caller_fails_silently_after_the_acknowledgement,
    Failed in SentToRemote => internal_error_fails_silently_before_the_acknowledgement,
    Failed in ReceivedByRemote => internal_error_fails_silently_after_the_acknowledgement,
    CalleeExpired in SentToRemote => unanswered_ring_expires_on_both_sides_before_the_acknowledgement,
    CalleeExpired in ReceivedByRemote => unanswered_ring_expires_on_both_sides,
    CalleeLoggedOut in SentToRemote => callee_logging_out_is_offline_before_the_acknowledgement,
    CalleeLoggedOut in ReceivedByRemote => callee_logging_out_is_offline,
    CalleeReleased in SentToRemote => callee_releasing_is_offline_before_the_acknowledgement,
    CalleeReleased in ReceivedByRemote => callee_releasing_is_offline,
    CalleeUnconfirmed in SentToRemote => lost_accept_is_no_response_at_the_caller_before_the_acknowledgement,
    CalleeUnconfirmed in ReceivedByRemote => lost_accept_is_no_response_at_the_caller,
    CalleeKicked in SentToRemote => kicked_callee_answers_the_repeated_invite_with_its_end,
    CalleeKicked in ReceivedByRemote => kicked_callee_is_offline,
    CalleeLostCaller in SentToRemote => caller_taken_for_lost_expires_before_the_acknowledgement,
    CalleeLostCaller in ReceivedByRemote => caller_taken_for_lost_expires,
    CalleeFailed in SentToRemote => failed_callee_answers_the_repeated_invite_with_its_end,
    CalleeFailed in ReceivedByRemote => end_of_the_callee_for_an_unknown_reason_expires,
};

const REMOTE: &[Covered<remote::Input, remote::State>] = rows! { remote, callee:
    Invite in Idle => invite_rings_and_is_acknowledged,
    Accept in InvitationReceived => accept_waits_for_the_confirmation,
    Confirmed in AcceptSentToLocal => confirmation_of_this_instance_is_accepted,
    Refuse in InvitationReceived => refuse_ends_refused_at_once_and_is_told,
    Expired in InvitationReceived => ring_window_expires_on_both_sides,
    CallerLost in InvitationReceived => ringing_invitation_of_a_lost_caller_ends,
    Unconfirmed in AcceptSentToLocal => unconfirmed_accept_fails_and_the_caller_hears_so,
    UnconfirmedCallerGone in AcceptSentToLocal => unconfirmed_accept_of_a_caller_known_gone_is_peer_offline,
    LoggedOut in InvitationReceived => logout_while_ringing_is_peer_offline_on_both_sides,
    LoggedOutAccepting in AcceptSentToLocal => logout_while_accepting_leaves_the_callers_outcome_unknown,
    Released in InvitationReceived => release_while_ringing_is_peer_offline_on_both_sides,
    ReleasedAccepting in AcceptSentToLocal => release_while_accepting_leaves_the_callers_outcome_unknown,
    Kicked in InvitationReceived => kicked_while_ringing_ends_silently,
    KickedAccepting in AcceptSentToLocal => kicked_while_accepting_leaves_the_callers_outcome_unknown,
    Failed in InvitationReceived => internal_error_while_ringing_ends_silently,
    FailedAccepting in AcceptSentToLocal => internal_error_while_accepting_leaves_the_callers_outcome_unknown,
    CallerCanceled in InvitationReceived => cancel_while_ringing_is_canceled,
    CallerCanceled in AcceptSentToLocal => cancel_while_accepting_is_canceled,
    CallerLoggedOut in InvitationReceived => caller_logging_out_while_ringing_is_canceled,
    CallerLoggedOut in AcceptSentToLocal => caller_logging_out_while_accepting_is_canceled,
    CallerReleased in InvitationReceived => caller_releasing_while_ringing_is_canceled,
    CallerReleased in AcceptSentToLocal => caller_releasing_while_accepting_is_canceled,
    CallerKicked in InvitationReceived => kicked_caller_answers_a_late_acknowledgement_with_its_end,
    CallerKicked in AcceptSentToLocal => kicked_caller_answers_a_late_accept_with_its_end,
    CallerFailed in InvitationReceived => end_of_the_caller_for_an_unknown_reason_is_canceled_while_ringing,
    CallerFailed in AcceptSentToLocal => end_of_the_caller_for_an_unknown_reason_is_canceled_while_accepting,
    CallerExpired in InvitationReceived => callers_own_limit_expires_the_ringing_callee,
    CallerExpired in AcceptSentToLocal => callers_own_limit_expires_the_accepting_callee,
    CallerNoResponse in InvitationReceived => callers_acknowledge_window_expires_the_ringing_callee,
    CallerNoResponse in AcceptSentToLocal => callers_acknowledge_window_expires_the_accepting_callee,
    CallerUnreachable in InvitationReceived => callee_taken_for_offline_expires_while_ringing,
    CallerUnreachable in AcceptSentToLocal => callee_taken_for_offline_expires_while_accepting,
    AnsweredElsewhere in InvitationReceived => confirmation_of_another_instance_ends_the_ringing_one_answered_elsewhere,
    AnsweredElsewhere in AcceptSentToLocal => confirmation_of_another_instance_ends_the_accepting_one_answered_elsewhere,
    RefusedElsewhere in InvitationReceived => late_acknowledgement_of_another_instance_is_answered_refused_elsewhere,
    RefusedElsewhere in AcceptSentToLocal => late_accept_of_another_instance_is_answered_refused_elsewhere,
};

/// Checks `covered` against the rows of a table: nothing missing, nothing left over, and every scenario shows its row.
fn check<I: Copy + PartialEq + std::fmt::Debug, S: Copy + PartialEq + std::fmt::Debug>(
    rows: &[(I, S, Seen)],
    covered: &[Covered<I, S>],
) {
    for (n, (input, state, test, _)) in covered.iter().enumerate() {
        assert!(
            rows.iter().any(|(i, s, _)| i == input && s == state),
            "{test}: there is no row {input:?} in {state:?}"
        );
        assert!(!covered[..n].iter().any(|(i, s, ..)| i == input && s == state), "{input:?} in {state:?} twice");
    }
    for (input, state, row) in rows {
        let found = covered.iter().find(|(i, s, ..)| i == input && s == state);
        let (_, _, test, scenario) = found.unwrap_or_else(|| panic!("no test shows {input:?} in {state:?}"));
        take_seen();
        scenario();
        let seen = take_seen();
        assert!(seen.contains(row), "{test} does not show {input:?} in {state:?}: {row:?}; it showed {seen:?}");
    }
}

#[test]
fn every_row_of_the_callers_table_has_a_scenario_that_shows_it() {
    let rows = local::TABLE.iter().flat_map(|row| {
        let seen = |from: local::State| Seen::Local(from, row.to, row.code, row.reason, row.by, row.tell);
        row.from.iter().map(move |from| (row.on, *from, seen(*from)))
    });
    let rows: Vec<_> = rows.collect();
    assert_eq!(rows.len(), LOCAL.len());
    check(&rows, LOCAL);
}

#[test]
fn every_row_of_the_callees_table_has_a_scenario_that_shows_it() {
    let rows = remote::TABLE.iter().flat_map(|row| {
        let seen = |from: remote::State| Seen::Remote(from, row.to, row.code, row.reason, row.by, row.tell);
        row.from.iter().map(move |from| (row.on, *from, seen(*from)))
    });
    let rows: Vec<_> = rows.collect();
    assert_eq!(rows.len(), REMOTE.len());
    check(&rows, REMOTE);
}

#[test]
fn tables_are_in_the_order_of_their_inputs() {
    for (n, row) in local::TABLE.iter().enumerate() {
        assert_eq!(row.on as usize, n);
        for from in row.from {
            assert_eq!(local::step(*from, row.on).map(|found| found.on), Some(row.on));
        }
    }
    for (n, row) in remote::TABLE.iter().enumerate() {
        assert_eq!(row.on as usize, n);
        for from in row.from {
            assert_eq!(remote::step(*from, row.on).map(|found| found.on), Some(row.on));
        }
    }
}

#[test]
fn nothing_moves_an_ended_invitation_and_nothing_moves_backwards() {
    for state in local::State::ALL {
        for row in &local::TABLE {
            if let Some(row) = local::step(*state, row.on) {
                assert!(!local::ended(*state), "{row:?}");
                assert!(row.to > *state, "{row:?}");
            }
        }
        assert_eq!(local::ended(*state), *state >= local::State::AcceptedByRemote);
    }
    for state in remote::State::ALL {
        for row in &remote::TABLE {
            if let Some(row) = remote::step(*state, row.on) {
                assert!(!remote::ended(*state), "{row:?}");
                assert!(row.to > *state, "{row:?}");
            }
        }
        assert_eq!(remote::ended(*state), *state >= remote::State::Refused);
    }
}

#[test]
fn rows_that_fail_have_a_code_and_rows_that_end_have_a_reason_and_a_side() {
    for row in &local::TABLE {
        assert_eq!(row.code != LocalInvitationErr::Ok, row.to == local::State::Failure, "{row:?}");
        assert_eq!(row.by != EndSide::None, local::ended(row.to), "{row:?}");
        assert_eq!(row.reason as i32 != 0, local::ended(row.to), "{row:?}");
        assert!(row.tell.is_none() || row.by == EndSide::Caller, "only whoever ends first tells: {row:?}");
    }
    for row in &remote::TABLE {
        assert_eq!(row.code != RemoteInvitationErr::Ok, row.to == remote::State::Failure, "{row:?}");
        assert_eq!(row.by != EndSide::None, remote::ended(row.to), "{row:?}");
        assert_eq!(row.reason as i32 != 0, remote::ended(row.to), "{row:?}");
        assert!(row.tell.is_none() || row.by == EndSide::Callee, "only whoever ends first tells: {row:?}");
    }
}

/// SPEC section 2, the call/state table; the numbers of the API codes.
const LOCAL_CALLS: [(local::Verb, [i32; 7]); 2] =
    [(local::Verb::Send, [0, 5, 5, 3, 3, 3, 3]), (local::Verb::Cancel, [2, 0, 0, 3, 3, 3, 3])];
const REMOTE_CALLS: [(remote::Verb, [i32; 7]); 2] =
    [(remote::Verb::Accept, [2, 0, 4, 3, 3, 3, 3]), (remote::Verb::Refuse, [2, 0, 4, 3, 3, 3, 3])];

fn number(answer: Result<(), Error>) -> i32 {
    answer.map_or_else(|error| error.status() as i32, |()| 0)
}

#[test]
fn every_call_answers_in_every_state_as_the_contract_says() {
    for (verb, answers) in LOCAL_CALLS {
        for (state, expected) in local::State::ALL.iter().zip(answers) {
            assert_eq!(number(local::answer(verb, *state)), expected, "{verb:?} in {state:?}");
        }
    }
    for (verb, answers) in REMOTE_CALLS {
        for (state, expected) in remote::State::ALL.iter().zip(answers) {
            assert_eq!(number(remote::answer(verb, *state)), expected, "{verb:?} in {state:?}");
        }
    }
}

/// A net with an invitation in `state`, where the engine has one.
fn in_local(state: local::State) -> Option<Net> {
    use local::State::*;
    let mut net = caller::caller_in(if state == SentToRemote { SentToRemote } else { ReceivedByRemote });
    match state {
        Idle => return None,
        SentToRemote | ReceivedByRemote => {}
        AcceptedByRemote => net.accept(B).unwrap(),
        RefusedByRemote => net.refuse(B).unwrap(),
        Canceled => net.cancel().unwrap(),
        Failure => net.logout(A),
    }
    net.run();
    Some(net)
}

fn in_remote(state: remote::State) -> Option<Net> {
    use remote::State::*;
    let mut net = callee::callee_in(if state == AcceptSentToLocal { AcceptSentToLocal } else { InvitationReceived });
    match state {
        Idle => return None,
        InvitationReceived | AcceptSentToLocal => {}
        Refused => net.refuse(B).unwrap(),
        Accepted => net.accept(B).unwrap(),
        Canceled => net.cancel().unwrap(),
        Failure => net.logout(B),
    }
    net.run();
    Some(net)
}

#[test]
fn the_engine_answers_every_call_as_its_table_says() {
    for state in local::State::ALL {
        if let Some(mut net) = in_local(*state) {
            assert_eq!(net.cancel(), local::answer(local::Verb::Cancel, *state), "cancel in {state:?}");
        }
    }
    for state in remote::State::ALL {
        if let Some(mut net) = in_remote(*state) {
            assert_eq!(net.accept(B), remote::answer(remote::Verb::Accept, *state), "accept in {state:?}");
        }
        if let Some(mut net) = in_remote(*state) {
            assert_eq!(net.refuse(B), remote::answer(remote::Verb::Refuse, *state), "refuse in {state:?}");
        }
    }
}

#[test]
fn an_end_unacknowledged_answers_calls_like_one_that_is() {
    let mut net = caller::caller_in(local::State::ReceivedByRemote);
    net.link_down(B);
    net.cancel().unwrap();
    net.run();
    assert_eq!(net.cancel(), Err(Error::AlreadyEnd));
    net.refuse(B).unwrap();
    assert_eq!(net.refuse(B), Err(Error::AlreadyEnd));
    assert_eq!(net.accept(B), Err(Error::AlreadyEnd));
}

/// The words beside the tables are in step with them: each row has its own stable name and a sentence of one line.
#[test]
fn every_row_has_a_name_and_a_sentence() {
    let mut words = Vec::new();
    for (place, row) in local::TABLE.iter().enumerate() {
        assert_eq!((row.on as usize, row.on.of_words()), (place, row.on));
        words.push((EndSide::Caller, row.on.name(), row.on.sentence()));
    }
    for (place, row) in remote::TABLE.iter().enumerate() {
        assert_eq!((row.on as usize, row.on.of_words()), (place, row.on));
        words.push((EndSide::Callee, row.on.name(), row.on.sentence()));
    }
    for (at, (side, name, sentence)) in words.iter().enumerate() {
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        assert!(sentence.len() > 10 && sentence.len() <= 90 && sentence.is_ascii(), "{sentence}");
        assert!(!sentence.contains([';', '#', '\n']) && !sentence.ends_with('.'), "{sentence}");
        assert!(words[..at].iter().all(|before| (before.0, before.1) != (*side, *name)), "{name} twice");
        assert!(words[..at].iter().all(|before| before.0 != *side || before.2 != *sentence), "{sentence} twice");
    }
    let rule = EndRule::Local(local::Input::Unreachable);
    assert_eq!((rule.name(), rule.code()), ("unreachable", Some("RTM_LOCAL_INVITATION_ERR_PEER_OFFLINE")));
    assert_eq!(rule.sentence(), local::Input::Unreachable.sentence());
    let rule = EndRule::Remote(remote::Input::Unconfirmed);
    assert_eq!((rule.name(), rule.code()), ("unconfirmed", Some("RTM_REMOTE_INVITATION_ERR_ACCEPT_FAILURE")));
    assert_eq!(rule.sentence(), remote::Input::Unconfirmed.sentence());
    assert_eq!(EndRule::Local(local::Input::Accepted).code(), None);
    assert_eq!(EndRule::Remote(remote::Input::Refuse).code(), None);
    // Names that somebody may have written down; they never change.
    assert_eq!(local::Input::NoResponse.name(), "no_response");
    assert_eq!(remote::Input::UnconfirmedCallerGone.name(), "unconfirmed_caller_gone");
}
