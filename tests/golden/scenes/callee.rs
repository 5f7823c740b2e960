//! The callee's side: alice calls bob.

use serde_json::json;

use super::{
    ID, PEER, PEER_TOO, Scene, another, another_invite, caller_end, caller_end_to, confirm, ended_by_caller, from,
    invite, invite_with, message,
};
use crate::subject::reasons;

const SHORT: [u32; 3] = [1_000, 2_000, 1_000];

pub fn scenes() -> Vec<Scene> {
    let mut all = course();
    all.extend(ends());
    all.extend(told());
    all.extend(elsewhere());
    all.extend(link());
    all.extend(late());
    all
}

fn course() -> Vec<Scene> {
    vec![
        Scene::callee("callee_accepts", "It rings, is accepted, and the caller confirms.")
            .hear(0, invite())
            .accept(3_000)
            .hear(3_100, confirm("${me}"))
            .until(300_000),
        Scene::callee(
            "callee_refuses",
            "It rings and is refused: the end at once, and an end message until that is acknowledged.",
        )
        .hear(0, invite())
        .refuse(3_000)
        .until(3_600)
        .hear(3_700, ended_by_caller())
        .until(300_000),
        Scene::callee(
            "callee_rings_once",
            "A repeated invite is acknowledged again and rings no more; other content is not looked at.",
        )
        .hear(0, invite())
        .hear(500, invite())
        .hear(600, {
            let mut other = invite();
            other["content"] = "something else".into();
            other
        })
        .until(700),
        Scene::callee(
            "callee_repeats_accept",
            "An accept is sent again, at most a second apart, until it is confirmed.",
        )
        .windows([30_000, 60_000, 3_000])
        .hear(0, invite())
        .accept(100)
        .until(2_650)
        .hear(2_650, confirm("${me}"))
        .until(10_000),
        Scene::callee("callee_accept_answers_invite", "An invite that comes again is answered with the accept.")
            .hear(0, invite())
            .accept(100)
            .hear(150, invite())
            .hear(300, confirm("${me}"))
            .until(10_000),
        Scene::callee("callee_own_accept_window", "The accept window of one answer.")
            .hear(0, invite())
            .step(100, "accept", json!({ "caller": "alice", "id": ID, "response": "", "accept_ms": 300 }))
            .until(400)
            .hear(410, ended_by_caller())
            .until(10_000),
        Scene::callee("callee_two_callers", "The same id from two callers is two invitations.")
            .hear(0, invite())
            .hear_from(10, "carol", invite())
            .accept(100)
            .step(200, "refuse", json!({ "caller": "carol", "id": ID, "response": "" }))
            .hear(300, confirm("${me}"))
            .hear_from(310, "carol", ended_by_caller())
            .until(1_000),
        Scene::callee("callee_longest_texts", "A content of 8192 bytes, a channel id of 64, a response of 8192.")
            .hear(0, {
                let mut longest = invite();
                longest["content"] = json!({ "$repeat": "x", "times": 8192 });
                longest["channel"] = json!({ "$repeat": "y", "times": 64 });
                longest
            })
            .step(10, "accept", json!({ "caller": "alice", "id": ID, "response": { "$repeat": "z", "times": 8192 } }))
            .hear(50, confirm("${me}")),
        Scene::callee(
            "callee_too_many_of_one_peer",
            "An invite beyond a bound is dropped, not acknowledged; its repetition rings when there is room.",
        )
        .setting("max_open_per_peer", 1)
        .hear(0, invite())
        .hear(10, another_invite())
        .hear(100, caller_end("canceled"))
        .hear(500, another_invite())
        .until(600),
        Scene::callee("callee_too_many", "The same for all peers together.")
            .setting("max_open", 1)
            .hear(0, invite())
            .hear_from(10, "carol", another_invite())
            .hear(100, caller_end("canceled"))
            .hear_from(500, "carol", another_invite())
            .until(600),
    ]
}

/// How an invitation ends for a cause of the callee's own side.
fn ends() -> Vec<Scene> {
    let mut all = vec![
        Scene::callee("callee_expires", "Nobody answers: the callee's ring window closes, and it tells the caller.")
            .windows(SHORT)
            .hear(0, invite())
            .until(2_000)
            .hear(2_010, ended_by_caller())
            .until(300_000),
        Scene::callee("callee_smaller_window", "The smaller of both sides' ring windows counts: here the invite's.")
            .hear(0, invite_with([30_000, 1_500, 5_000]))
            .until(1_500)
            .hear(1_510, ended_by_caller()),
        Scene::callee("callee_answers_stop_ringing", "An accept stops the ring window.")
            .windows([1_000, 2_000, 1_900])
            .hear(0, invite())
            .accept(1_900)
            .until(2_100)
            .hear(2_100, confirm("${me}"))
            .until(10_000),
        Scene::callee(
            "callee_unconfirmed",
            "The confirmation does not come: the accept window closes, the caller's outcome is unknown.",
        )
        .windows(SHORT)
        .hear(0, invite())
        .accept(100)
        .until(1_100)
        .hear(1_110, ended_by_caller())
        .until(300_000),
        Scene::callee("callee_unconfirmed_caller_gone", "The same, and the caller is known to be offline.")
            .windows(SHORT)
            .hear(0, invite())
            .accept(100)
            .presence(650, "alice", "offline")
            .until(1_100)
            .hear(1_110, ended_by_caller()),
        Scene::callee("callee_caller_lost", "It rings, and the caller is known to be gone.")
            .hear(0, invite())
            .until(600)
            .presence(700, "alice", "offline")
            .hear(750, ended_by_caller())
            .until(10_000),
        Scene::callee("callee_caller_unreachable", "A caller whose link broke is not gone yet.")
            .windows(SHORT)
            .hear(0, invite())
            .until(600)
            .presence(700, "alice", "unreachable")
            .until(2_000)
            .hear(2_010, ended_by_caller()),
    ];
    for (cause, word) in [
        ("logout", "logs out"),
        ("release", "releases the service"),
        ("kick", "is kicked"),
        ("internal_error", "fails internally"),
    ] {
        for accepting in [false, true] {
            let state = if accepting { "accepting" } else { "ringing" };
            let mut scene = Scene::callee(format!("callee_{cause}_{state}"), format!("The callee {word}, {state}."))
                .hear(0, invite());
            if accepting {
                scene = scene.accept(50);
            }
            if cause == "internal_error" {
                scene = scene.need("internal_error");
            }
            all.push(scene.step(100, cause, json!({})).until(10_000));
        }
    }
    all
}

/// What the caller's end shows, for every reason, known or not.
fn told() -> Vec<Scene> {
    let mut all = Vec::new();
    for reason in reasons().chain(["from_the_future"]) {
        for accepting in [false, true] {
            let state = if accepting { "accepting" } else { "ringing" };
            let mut scene = Scene::callee(
                format!("callee_told_{reason}_{state}"),
                format!("The caller's end says {reason}, {state}."),
            )
            .hear(0, invite());
            if accepting {
                scene = scene.accept(50);
            }
            all.push(scene.hear(100, caller_end(reason)).until(10_000));
        }
    }
    all
}

/// Another instance of the callee has it too.
fn elsewhere() -> Vec<Scene> {
    vec![
        Scene::callee("callee_answered_elsewhere", "A confirmation that names another instance ends the ringing here.")
            .hear(0, invite())
            .hear(100, confirm(PEER_TOO))
            .until(10_000),
        Scene::callee("callee_accept_too_late", "The same while the own accept is not confirmed.")
            .hear(0, invite())
            .accept(50)
            .hear(100, confirm(PEER_TOO))
            .until(10_000),
        Scene::callee(
            "callee_end_for_another",
            "An end that names another instance concerns only that one, and is not answered.",
        )
        .hear(0, invite())
        .hear(100, caller_end_to("answered_elsewhere", PEER_TOO))
        .accept(200)
        .hear(250, caller_end_to("refused_elsewhere", PEER_TOO))
        .hear(300, confirm("${me}"))
        .until(10_000),
        Scene::callee("callee_end_for_this", "An end that names this instance counts.")
            .hear(0, invite())
            .accept(50)
            .hear(100, caller_end_to("answered_elsewhere", "${me}"))
            .until(10_000),
        Scene::callee("callee_refused_elsewhere", "Another instance refused.")
            .hear(0, invite())
            .hear(100, caller_end_to("refused_elsewhere", "${me}"))
            .until(10_000),
    ]
}

fn link() -> Vec<Scene> {
    vec![
        Scene::callee(
            "callee_accepts_without_link",
            "The accept window starts with the link, anew after each reconnect.",
        )
        .windows([30_000, 60_000, 1_000])
        .hear(0, invite())
        .down(100)
        .accept(200)
        .until(5_000)
        .up(5_000)
        .down(5_200)
        .up(8_000)
        .until(9_000)
        .hear(9_010, ended_by_caller()),
        Scene::callee(
            "callee_accept_given_up",
            "An unconfirmed acceptance is closed one ring window after accept in any case.",
        )
        .windows([30_000, 4_000, 1_000])
        .hear(0, invite())
        .down(100)
        .accept(200)
        .until(4_200)
        .up(5_000)
        .hear(5_010, ended_by_caller())
        .until(10_000),
        Scene::callee("callee_ring_runs_without_link", "The ring window runs without a link.")
            .windows(SHORT)
            .hear(0, invite())
            .down(100)
            .until(2_000)
            .up(3_000)
            .hear(3_010, ended_by_caller()),
        Scene::callee(
            "callee_backlog_end_beats_invite",
            "In what arrived meanwhile an end is read before the invite: it does not ring.",
        )
        .down(0)
        .up_with(2_000, json!([from("alice", invite()), from("alice", caller_end("canceled"))]))
        .until(3_000),
        Scene::callee(
            "callee_backlog_confirm",
            "A confirmation that arrived meanwhile is read before the window is looked at.",
        )
        .windows([30_000, 60_000, 1_000])
        .hear(0, invite())
        .accept(100)
        .down(150)
        .up_with(20_000, json!([from("alice", confirm("${me}"))]))
        .until(30_000),
        Scene::callee(
            "callee_suspend_expires",
            "A window that closed during a suspend: it ends, and a repeated invite is answered with the end.",
        )
        .windows(SHORT)
        .hear(0, invite())
        .suspend(5_000)
        .hear(5_000, invite())
        .hear(5_010, ended_by_caller())
        .until(10_000),
        Scene::callee(
            "callee_suspend_confirm",
            "In ACCEPT_SENT what has arrived is read before the accept window closes.",
        )
        .windows(SHORT)
        .hear(0, invite())
        .accept(100)
        .suspend(5_000)
        .hear(5_000, confirm("${me}"))
        .until(10_000),
        Scene::callee("callee_suspend_unconfirmed", "Nothing had arrived: the accept window closes.")
            .windows(SHORT)
            .hear(0, invite())
            .accept(100)
            .suspend(5_000)
            .until(5_000)
            .hear(5_010, ended_by_caller())
            .until(10_000),
        Scene::callee("callee_end_waits_for_link", "A refusal waits for the link.")
            .hear(0, invite())
            .down(100)
            .refuse(200)
            .up(3_000)
            .hear(3_050, ended_by_caller())
            .until(10_000),
    ]
}

/// Races, and what comes after the end.
fn late() -> Vec<Scene> {
    vec![
        Scene::callee("race_accept_cancel", "The caller canceled before the accept reached it.")
            .hear(0, invite())
            .accept(1_000)
            .hear(1_010, caller_end("canceled"))
            .hear(1_020, caller_end_to("canceled", "${me}"))
            .until(10_000),
        Scene::callee("race_refuse_cancel", "Refusal and cancel cross: each side keeps its own end.")
            .hear(0, invite())
            .refuse(1_000)
            .hear(1_010, caller_end("canceled"))
            .until(10_000),
        Scene::callee("race_ring_answer", "The answer comes as the ring window closes: the window is first.")
            .windows(SHORT)
            .hear(0, invite())
            .accept(2_000)
            .hear(2_050, ended_by_caller())
            .until(10_000),
        Scene::callee("race_end_before_invite", "An end overtakes its invite: that does not ring, and is answered with the end.")
            .hear(0, caller_end("canceled"))
            .hear(10, invite())
            .hear(500, caller_end("canceled"))
            .until(10_000),
        Scene::callee("race_end_before_invite_other_reason", "The same with another reason.")
            .hear(0, caller_end("logged_out"))
            .hear(10, invite())
            .until(10_000),
        Scene::callee("late_end_before_invite_forgotten", "Such an end is remembered as long as an invitation, and forgotten then.")
            .hear(0, caller_end("canceled"))
            .hear(150_000, invite())
            .hear(300_000, invite())
            .until(300_100),
        Scene::callee("late_invite_after_accept", "An invite of an accepted invitation is answered with an accept, without a response.")
            .hear(0, invite())
            .accept(50)
            .hear(100, confirm("${me}"))
            .hear(500, invite())
            .hear(600, confirm("${me}"))
            .until(10_000),
        Scene::callee("late_invite_after_refusal", "An invite of a refused invitation is answered with the end; its response as long as that is not acknowledged.")
            .hear(0, invite())
            .refuse(50)
            .hear(100, invite())
            .hear(150, ended_by_caller())
            .hear(500, invite())
            .until(10_000),
        Scene::callee("late_invite_after_cancel", "An invite of a canceled invitation is answered with the end.")
            .hear(0, invite())
            .hear(50, caller_end("canceled"))
            .hear(100, invite())
            .until(10_000),
        Scene::callee("late_confirm_after_failure", "A confirmation after the end is dropped.")
            .windows(SHORT)
            .hear(0, invite())
            .accept(100)
            .until(1_100)
            .hear(1_110, confirm("${me}"))
            .hear(1_120, ended_by_caller())
            .until(10_000),
        Scene::callee("late_end_after_accept", "An end after the acceptance is acknowledged, and shows nothing.")
            .hear(0, invite())
            .accept(50)
            .hear(100, confirm("${me}"))
            .hear(200, caller_end_to("answered_elsewhere", PEER_TOO))
            .hear(300, caller_end("canceled"))
            .until(10_000),
        Scene::callee("late_forgotten_at_callee", "A forgotten invitation rings anew: nobody sends its invite so late.")
            .hear(0, invite())
            .hear(50, caller_end("canceled"))
            .hear(150_000, invite())
            .hear(300_000, invite())
            .until(300_100),
        Scene::callee("late_after_another_login", "The memory survives a logout and a new login of the same user; the end goes out again.")
            .hear(0, invite())
            .step(100, "logout", json!({}))
            .login(2_000)
            .up(2_000)
            .hear(2_050, invite())
            .hear(2_100, ended_by_caller())
            .hear(2_500, invite())
            .until(10_000),
        Scene::callee("late_after_kick", "A kicked session tells nobody; after a new login the invite is answered with the end.")
            .hear(0, invite())
            .step(100, "kick", json!({}))
            .login(2_000)
            .up(2_000)
            .hear(2_050, invite())
            .until(10_000),
        Scene::callee("stranger_at_callee", "Messages count from the other party only.")
            .hear(0, invite())
            .hear_from(10, "mallory", caller_end("canceled"))
            .hear_from(20, "mallory", confirm(PEER_TOO))
            .accept(50)
            .hear_from(60, "mallory", confirm("${me}"))
            .hear_from(70, "mallory", ended_by_caller())
            .hear(100, confirm("${me}"))
            .until(1_000),
        Scene::callee("stray_at_callee", "Messages of an invitation that is not known, or not in a state for it.")
            .hear(10, confirm("${me}"))
            .hear(20, ended_by_caller())
            .hear(100, invite())
            .hear(110, confirm("${me}"))
            .hear(120, ended_by_caller())
            .hear(130, message("received", ID, PEER, json!({})))
            .hear(140, message("accept", ID, PEER, json!({ "response": "" })))
            .hear(150, message("confirm", &another(), PEER, json!({ "to": "${me}" })))
            .until(200),
    ]
}
