//! What the nodes of a world show together.

use rtm_call::codes::EndSide as Side;
use rtm_call::engine::{Instance, remote};

use crate::node::Node;
use crate::oracle::Broken;
use crate::scenario::Scenario;

/// SPEC section 3: who may be ACCEPTED when who is.
pub fn agree(scenario: &Scenario, nodes: &[&Node], of: usize, sender: usize, callee: &str) -> Result<(), Broken> {
    let chosen = nodes[sender].locals[of].accepted_by;
    let caller = scenario.nodes[sender].user;
    for node in nodes.iter().filter(|node| scenario.nodes[node.n].user == callee) {
        let here = node.remotes.iter().filter(|remote| remote.of == of && remote.caller == caller);
        let accepted =
            here.clone().filter(|remote| remote.state == remote::State::Accepted).map(|remote| remote.instance);
        let before = node.accepted_before.iter().filter(|(before, _)| *before == of).map(|(_, instance)| *instance);
        let accepted: Vec<Instance> = accepted.chain(before).collect();
        if chosen.is_none() && !accepted.is_empty() {
            return Err(Broken::outcome("a callee is ACCEPTED only if the caller is"));
        }
        if accepted.iter().any(|instance| Some(*instance) != chosen) {
            return Err(Broken::outcome("no other instance is ACCEPTED than the one the caller confirmed"));
        }
        for remote in here.filter(|remote| Some(remote.instance) == chosen) {
            let right = match remote.state {
                remote::State::AcceptSentToLocal | remote::State::Accepted => true,
                _ => remote.unconfirmed() && remote.by == Side::Callee,
            };
            if !right && !scenario.same_instance {
                return Err(Broken::outcome("the confirmed instance is ACCEPTED, or failed out of ACCEPT_SENT"));
            }
        }
    }
    let accepted = nodes
        .iter()
        .flat_map(|node| &node.remotes)
        .filter(|remote| remote.of == of && remote.caller == caller && remote.state == remote::State::Accepted);
    match accepted.count() {
        0 | 1 => Ok(()),
        _ => Err(Broken::outcome("one instance is ACCEPTED at most")),
    }
}
