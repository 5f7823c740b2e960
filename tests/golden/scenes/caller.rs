//! The caller's side: alice calls bob.

use serde_json::json;

use super::{PEER_TOO, Scene, accepted, accepted_by, callee_end, ended_by_callee, from, received, received_by};
use crate::subject::reasons;

/// Short windows: one repetition of an invite at most falls into the first.
const SHORT: [u32; 3] = [1_000, 2_000, 1_000];

pub fn scenes() -> Vec<Scene> {
    let mut all = course();
    all.extend(ends());
    all.extend(told());
    all.extend(link());
    all.extend(late());
    all
}

fn course() -> Vec<Scene> {
    vec![
        Scene::caller("caller_accepted", "The callee's library has it, the callee accepts, the caller confirms.")
            .send(0)
            .hear(50, received())
            .hear(3_000, accepted())
            .until(300_000),
        Scene::caller("caller_accept_overtakes_received", "An accept that comes first reports the receipt too.")
            .send(0)
            .hear(50, accepted())
            .hear(60, received())
            .until(20_000),
        Scene::caller("caller_refused", "The callee refuses; the end is acknowledged.")
            .send(0)
            .hear(50, received())
            .hear(3_000, callee_end("refused"))
            .until(300_000),
        Scene::caller("caller_refusal_overtakes_received", "A refusal that comes first reports the receipt too.")
            .send(0)
            .hear(50, callee_end("refused"))
            .until(20_000),
        Scene::caller("caller_received_twice", "The receipt is reported once.")
            .send(0)
            .hear(50, received())
            .hear(90, received())
            .hear(120, received_by(PEER_TOO))
            .hear(200, accepted()),
        Scene::caller("caller_texts", "Texts in any language, with what JSON has to escape.")
            .step(
                0,
                "send",
                json!({ "call": "c1", "callee": "bob+#$", "content": "日本語 \u{1F4DE} \"\\\n\t\u{7f}", "channel": "é" }),
            )
            .until(100),
        Scene::caller("caller_longest_texts", "Content of 8192 bytes and a channel id of 64.")
            .step(
                0,
                "send",
                json!({
                    "call": "c1", "callee": "bob",
                    "content": { "$repeat": "x", "times": 8192 },
                    "channel": { "$repeat": "y", "times": 64 },
                }),
            )
            .hear(50, received())
            .hear(90, {
                let mut accept = accepted();
                accept["response"] = json!({ "$repeat": "z", "times": 8192 });
                accept
            }),
        Scene::caller("caller_two_invitations", "Two to the same callee: each has its own outcome.")
            .send(0)
            .send_as(10, "c2")
            .hear(50, received())
            .hear(70, super::message("end", "${c2}", super::PEER, json!({ "side": "callee", "reason": "refused" })))
            .hear(90, accepted())
            .until(300),
        Scene::caller("caller_invites_herself", "One user is both sides of an invitation.")
            .step(0, "send", json!({ "call": "c1", "callee": "alice", "content": "note", "channel": "" }))
            .hear_from(
                10,
                "alice",
                json!({
                    "v": "1.0", "type": "invite", "id": "${c1}", "instance": "${me}", "content": "note", "channel": "",
                    "ack_ms": 30_000, "ring_ms": 60_000, "accept_ms": 5_000,
                }),
            )
            .hear_from(20, "alice", received_by("${me}"))
            .step(30, "accept", json!({ "caller": "alice", "id": "${c1}", "response": "yes" }))
            .hear_from(40, "alice", accepted_by("${me}"))
            .hear_from(50, "alice", super::message("confirm", "${c1}", "${me}", json!({ "to": "${me}" })))
            .until(300),
        Scene::caller("caller_own_windows", "The windows of one invitation travel in its invite.")
            .step(
                0,
                "send",
                json!({
                    "call": "c1", "callee": "bob", "content": "", "channel": "",
                    "windows": { "acknowledge_ms": 300, "ring_ms": 700, "accept_ms": 200 },
                }),
            )
            .hear(100, received())
            .hear(1_000, ended_by_callee())
            .until(1_050),
    ]
}

/// How an invitation ends for a cause of the caller's own side, or of nobody's.
fn ends() -> Vec<Scene> {
    let mut all = vec![
        Scene::caller("caller_cancels_sent", "Cancel before the callee's library has it.")
            .send(0)
            .cancel(100)
            .hear(150, ended_by_callee())
            .until(300_000),
        Scene::caller("caller_cancels_received", "Cancel while it rings.")
            .send(0)
            .hear(50, received())
            .cancel(100)
            .hear(150, ended_by_callee())
            .hear(160, ended_by_callee())
            .until(300_000),
        Scene::caller("caller_repeats_end", "An end is sent again, with growing pauses, until it is acknowledged.")
            .send(0)
            .cancel(100)
            .until(8_000)
            .hear(8_000, ended_by_callee())
            .until(300_000),
        Scene::caller(
            "caller_repeats_invite",
            "An invite is sent again, with growing pauses, until it is acknowledged.",
        )
        .send(0)
        .until(8_000)
        .hear(8_000, received())
        .until(60_000),
        Scene::caller("caller_no_response", "The acknowledge window closes; nothing is known of the callee.")
            .windows(SHORT)
            .send(0)
            .until(1_000)
            .hear(1_010, ended_by_callee())
            .until(300_000),
        Scene::caller("caller_unreachable", "The acknowledge window closes, and the callee is known to be offline.")
            .windows(SHORT)
            .send(0)
            .presence(600, "bob", "offline")
            .until(1_000)
            .hear(1_010, ended_by_callee()),
        Scene::caller("caller_peer_unreachable", "A broken link of the callee is not offline yet.")
            .windows(SHORT)
            .send(0)
            .presence(600, "bob", "unreachable")
            .until(1_000)
            .hear(1_010, ended_by_callee()),
        Scene::caller("caller_presence_is_stale", "What was heard before the own link broke does not count.")
            .windows(SHORT)
            .send(0)
            .presence(600, "bob", "offline")
            .down(700)
            .until(1_000)
            .up(1_100)
            .hear(1_110, ended_by_callee()),
        Scene::caller("caller_callee_comes_online", "A callee that comes online is sent the invite at once.")
            .send(0)
            .presence(600, "bob", "offline")
            .presence(700, "bob", "online")
            .hear(750, received())
            .until(1_000),
        Scene::caller(
            "caller_silent_callee",
            "A callee that falls silent: the caller's own limit is ring and accept window.",
        )
        .windows(SHORT)
        .send(0)
        .hear(100, received())
        .hear(900, received())
        .until(3_100)
        .hear(3_110, ended_by_callee())
        .until(300_000),
        Scene::out("caller_not_logged_in", "Nobody is logged in: it fails, and nothing is sent.", "alice")
            .send(0)
            .until(100)
            .login(200)
            .up(200)
            .until(1_000),
        Scene::out(
            "caller_send_held_by_login",
            "A send during the login goes out when that succeeds, and its window starts then.",
            "alice",
        )
        .windows(SHORT)
        .login(0)
        .send(100)
        .up(2_000)
        .until(3_000)
        .hear(3_010, ended_by_callee()),
        Scene::out("caller_login_fails", "The login that holds a send fails.", "alice")
            .login(0)
            .send(100)
            .step(500, "login_failed", json!({}))
            .until(1_000),
        Scene::out("caller_cancels_held_send", "Cancel while the login holds it: nothing is ever sent.", "alice")
            .login(0)
            .send(100)
            .cancel(200)
            .up(300)
            .until(2_000),
    ];
    for (cause, word) in [
        ("logout", "logs out"),
        ("release", "releases the service"),
        ("kick", "is kicked"),
        ("internal_error", "fails internally"),
    ] {
        for ringing in [false, true] {
            let state = if ringing { "received" } else { "sent" };
            let mut scene =
                Scene::caller(format!("caller_{cause}_{state}"), format!("The caller {word}, state {state}.")).send(0);
            if ringing {
                scene = scene.hear(50, received());
            }
            if cause == "internal_error" {
                scene = scene.need("internal_error");
            }
            all.push(scene.step(100, cause, json!({})).until(10_000));
        }
    }
    all
}

/// What the callee's end shows, for every reason, known or not.
fn told() -> Vec<Scene> {
    let mut all = Vec::new();
    for reason in reasons().chain(["from_the_future"]) {
        for ringing in [false, true] {
            let state = if ringing { "received" } else { "sent" };
            let mut scene = Scene::caller(
                format!("caller_told_{reason}_{state}"),
                format!("The callee's end says {reason}, state {state}."),
            )
            .send(0);
            if ringing {
                scene = scene.hear(50, received());
            }
            all.push(scene.hear(100, callee_end(reason)).until(10_000));
        }
    }
    all
}

fn link() -> Vec<Scene> {
    vec![
        Scene::caller("caller_sends_without_link", "Sent while the link is down: it goes out when that is up again.")
            .down(0)
            .send(100)
            .up(900)
            .hear(950, received())
            .until(1_000),
        Scene::caller(
            "caller_window_runs_without_link",
            "The acknowledge window runs without a link; what never left is not ended at the callee.",
        )
        .windows(SHORT)
        .down(0)
        .send(100)
        .until(1_100)
        .up(2_000)
        .until(10_000),
        Scene::caller(
            "caller_link_flaps",
            "What is not acknowledged goes out at once when the link is back, and its pauses start anew.",
        )
        .send(0)
        .down(100)
        .until(5_000)
        .up(5_000)
        .until(5_600)
        .hear(5_600, received())
        .until(6_000),
        Scene::caller("caller_end_waits_for_link", "An end waits for the link, like everything unacknowledged.")
            .send(0)
            .hear(50, received())
            .down(100)
            .cancel(200)
            .up(3_000)
            .hear(3_050, ended_by_callee())
            .until(10_000),
        Scene::caller(
            "caller_end_given_up",
            "An end that cannot be told is given up when the invitation is forgotten.",
        )
        .send(0)
        .hear(50, received())
        .down(100)
        .cancel(200)
        .until(300_000)
        .up(300_000)
        .until(310_000),
        Scene::caller(
            "caller_end_survives_login",
            "An end that is not acknowledged goes out again after the next login of the same user.",
        )
        .send(0)
        .hear(50, received())
        .cancel(100)
        .step(200, "logout", json!({}))
        .login(5_000)
        .up(5_100)
        .hear(5_150, ended_by_callee())
        .until(10_000),
        Scene::caller("caller_backlog_end_beats_accept", "In what arrived meanwhile, an end is read before an accept.")
            .send(0)
            .hear(50, received())
            .down(100)
            .up_with(2_000, json!([from("bob", accepted()), from("bob", callee_end("accept_unconfirmed"))]))
            .until(3_000),
        Scene::caller("caller_backlog_accept", "An accept that arrived meanwhile counts.")
            .send(0)
            .down(100)
            .up_with(2_000, json!([from("bob", received()), from("bob", accepted())]))
            .until(3_000),
        Scene::caller(
            "caller_suspend_closes_window",
            "A window that closed during a suspend closes before what arrives is read.",
        )
        .windows(SHORT)
        .send(0)
        .suspend(5_000)
        .hear(5_000, accepted())
        .hear(5_010, ended_by_callee())
        .until(10_000),
        Scene::caller(
            "caller_suspend_backlog",
            "After a suspend what arrived is one piece: the end is read before the accept.",
        )
        .windows(SHORT)
        .send(0)
        .hear(100, received())
        .suspend(2_000)
        .backlog(2_000, json!([from("bob", accepted()), from("bob", callee_end("expired"))]))
        .until(10_000),
    ]
}

/// Races, and what comes after the end.
fn late() -> Vec<Scene> {
    vec![
        Scene::caller("race_cancel_accept", "Cancel and accept cross: the caller has ended, and answers with its end.")
            .send(0)
            .hear(50, received())
            .cancel(1_000)
            .hear(1_010, accepted())
            .hear(1_100, ended_by_callee())
            .hear(1_200, accepted())
            .until(10_000),
        Scene::caller(
            "race_cancel_refuse",
            "Cancel and refusal cross: each side keeps its own end, and both are acknowledged.",
        )
        .send(0)
        .hear(50, received())
        .cancel(1_000)
        .hear(1_010, callee_end("refused"))
        .until(10_000),
        Scene::caller("race_cancel_expired", "Cancel and the callee's ring window cross.")
            .send(0)
            .hear(50, received())
            .cancel(1_000)
            .hear(1_010, callee_end("expired"))
            .until(10_000),
        Scene::caller(
            "race_cancel_received",
            "The receipt comes after the cancel: it is answered with an end that names the instance.",
        )
        .send(0)
        .cancel(40)
        .hear(50, received())
        .hear(90, ended_by_callee())
        .until(10_000),
        Scene::caller("race_window_accept", "The accept comes as the acknowledge window closes: the window is first.")
            .windows(SHORT)
            .send(0)
            .hear(1_000, accepted())
            .hear(1_050, ended_by_callee())
            .until(10_000),
        Scene::caller("late_accept_repeated", "A repeated accept of the confirmed instance is confirmed again.")
            .send(0)
            .hear(50, accepted())
            .hear(700, accepted())
            .hear(60_000, accepted()),
        Scene::caller(
            "late_accept_elsewhere",
            "Another instance that has it or accepts is told that it was answered elsewhere.",
        )
        .send(0)
        .hear(50, accepted())
        .hear(60, received_by(PEER_TOO))
        .hear(70, accepted_by(PEER_TOO))
        .hear(80, received()),
        Scene::caller(
            "late_refused_elsewhere",
            "After a refusal another instance is told that it was refused elsewhere.",
        )
        .send(0)
        .hear(50, callee_end("refused"))
        .hear(60, received_by(PEER_TOO))
        .hear(70, accepted_by(PEER_TOO)),
        Scene::caller("late_after_unconfirmed", "An acceptance whose confirmation never came was an answer, too.")
            .send(0)
            .hear(50, callee_end("accept_unconfirmed"))
            .hear(60, accepted_by(PEER_TOO)),
        Scene::caller("late_after_caller_lost", "After caller_lost another instance is told expired.")
            .send(0)
            .hear(50, callee_end("caller_lost"))
            .hear(60, accepted_by(PEER_TOO)),
        Scene::caller("late_after_no_response", "A callee that comes too late is told so.")
            .windows(SHORT)
            .send(0)
            .until(1_000)
            .hear(1_010, received())
            .hear(1_020, accepted())
            .hear(1_030, ended_by_callee())
            .until(10_000),
        Scene::caller("late_end_repeated", "A repeated end is acknowledged each time, and shows nothing.")
            .send(0)
            .hear(50, callee_end("logged_out"))
            .hear(600, callee_end("logged_out"))
            .hear(700, callee_end("refused")),
        Scene::caller("late_forgotten", "What is forgotten is not answered, but for an end.")
            .send(0)
            .hear(50, accepted())
            .hear(150_000, accepted())
            .hear(300_000, accepted())
            .hear(300_010, received())
            .hear(300_020, callee_end("expired")),
        Scene::caller("late_remembered_longer", "Long windows are remembered longer: their sum and a minute.")
            .windows([60_000, 200_000, 40_000])
            .send(0)
            .hear(50, accepted())
            .hear(350_000, accepted())
            .hear(400_000, accepted()),
        Scene::caller("late_after_logout", "The memory survives a logout and a new login of the same user.")
            .send(0)
            .hear(50, accepted())
            .step(1_000, "logout", json!({}))
            .login(2_000)
            .up(2_000)
            .hear(3_000, accepted())
            .hear(3_010, accepted_by(PEER_TOO)),
        Scene::caller(
            "stranger_at_caller",
            "Messages count from the other party only; an end of a stranger is acknowledged, and no more.",
        )
        .send(0)
        .hear_from(50, "mallory", received())
        .hear_from(60, "mallory", accepted())
        .hear_from(70, "mallory", callee_end("refused"))
        .hear_from(80, "mallory", ended_by_callee())
        .hear(100, received())
        .until(200),
        Scene::caller("stray_at_caller", "Messages of an invitation that is not known, or not in a state for it.")
            .hear(10, super::message("received", super::ID, super::PEER, json!({})))
            .hear(20, super::message("accept", super::ID, super::PEER, json!({ "response": "" })))
            .hear(30, super::message("ended", super::ID, super::PEER, json!({ "side": "callee" })))
            .hear(40, super::message("end", super::ID, super::PEER, json!({ "side": "callee", "reason": "refused" })))
            .send(100)
            .hear(150, ended_by_callee())
            .hear(160, super::message("confirm", "${c1}", super::PEER, json!({ "to": "${me}" })))
            .until(200),
        Scene::caller("stray_before_it_left", "An invitation whose invite never left cannot be answered.")
            .down(0)
            .send(100)
            .up_with(500, json!([from("bob", received()), from("bob", accepted()), from("bob", callee_end("refused"))]))
            .until(600),
    ]
}
