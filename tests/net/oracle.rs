//! What must hold of every call whatever the network did (SPEC section 3), told from the stories of both sides.

use std::collections::BTreeMap;

use rtm_call::codes::EndReason;
use rtm_call::engine::CallId;

use super::party::Party;
use super::story::{Call, Kind, Seen};

/// What both sides told of one call, in order on each side.
#[derive(Default)]
struct Sides {
    local: Vec<Call>,
    /// By instance: each is a service here.
    remotes: BTreeMap<usize, Vec<Call>>,
}

/// Checks every call that ended between these parties; how many there were. `all_over`: none may be open any more.
pub fn check(parties: &[&Party], all_over: bool) -> usize {
    let mut calls: BTreeMap<CallId, Sides> = BTreeMap::new();
    for (number, party) in parties.iter().enumerate() {
        for entry in party.story.entries() {
            let Seen::Call(call) = entry.seen else { continue };
            let sides = calls.entry(call.id).or_default();
            if call.kind.is_local() {
                sides.local.push(call);
            } else {
                sides.remotes.entry(number).or_default().push(call);
            }
        }
    }
    for (id, sides) in &calls {
        if let Err(wrong) = sides.check(all_over) {
            let stories: String = parties.iter().map(|party| format!("{}\n", party.story)).collect();
            panic!("call {id}: {wrong}; what was told:\n{stories}");
        }
    }
    calls.len()
}

impl Sides {
    fn check(&self, all_over: bool) -> Result<(), String> {
        one_end("the caller", &self.local, all_over)?;
        let kinds: Vec<Kind> = self.local.iter().map(|call| call.kind).collect();
        let received = kinds.iter().filter(|kind| **kind == Kind::LocalReceived).count();
        if received > 1 {
            return Err(format!("the caller was told {received} times that it rings"));
        }
        if received == 0 && kinds.iter().any(|kind| matches!(kind, Kind::LocalAccepted | Kind::LocalRefused)) {
            return Err("an answer came, and nobody was told before that it rings".into());
        }
        let caller_accepted = kinds.contains(&Kind::LocalAccepted);
        let mut accepting = 0;
        for remote in self.remotes.values() {
            one_end("the callee", remote, all_over)?;
            if remote[0].kind != Kind::RemoteReceived {
                return Err(format!("the callee's first callback is {:?}", remote[0].kind));
            }
            let rings = remote.iter().filter(|call| call.kind == Kind::RemoteReceived).count();
            if rings != 1 {
                return Err(format!("it rang {rings} times in one instance"));
            }
            let end = remote.iter().find(|call| call.kind.is_terminal());
            if end.is_some_and(|end| end.kind == Kind::RemoteAccepted) && !self.local.is_empty() && !caller_accepted {
                return Err("the callee is ACCEPTED, the caller is not".into());
            }
            let unconfirmed =
                |end: &Call| end.kind == Kind::RemoteFailure && end.reason == EndReason::AcceptUnconfirmed;
            accepting += usize::from(end.is_none_or(|end| end.kind == Kind::RemoteAccepted || unconfirmed(end)));
        }
        if caller_accepted && !self.remotes.is_empty() && accepting == 0 {
            return Err("the caller is ACCEPTED, and no instance of the callee is, or has tried to be".into());
        }
        Ok(())
    }
}

/// The last callback is the only one that ends it.
fn one_end(who: &str, calls: &[Call], all_over: bool) -> Result<(), String> {
    let ends = calls.iter().filter(|call| call.kind.is_terminal()).count();
    match calls.last() {
        None => Ok(()),
        Some(_) if ends > 1 => Err(format!("{who} has {ends} ends")),
        Some(last) if ends == 1 && !last.kind.is_terminal() => {
            Err(format!("{who} is told {:?} after the end", last.kind))
        }
        Some(_) if ends == 0 && all_over => Err(format!("{who} has no end")),
        Some(_) => Ok(()),
    }
}
