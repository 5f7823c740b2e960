//! A counterexample for people: one line a step, who did what, what went out and what the application was shown.

use crate::message::Message;
use crate::node::Node;
use crate::oracle::Broken;
use crate::scenario::Scenario;
use crate::settle;
use crate::step::Step;
use crate::world::{Act, Lab};

/// The steps that lead from the beginning to a broken promise.
pub struct Ladder {
    pub steps: usize,
    pub broken: Broken,
    pub lines: Vec<String>,
}

/// Replays `acts` on the real engines and writes down what happens.
pub fn write(lab: &Lab, acts: &[Act], broken: Broken) -> Ladder {
    let scenario = &lab.scenario;
    let mut nodes: Vec<Node> = (0..scenario.nodes.len()).map(|n| Node::new(scenario, n)).collect();
    let mut lines = Vec::new();
    for act in acts {
        let step = nodes[act.n].step(scenario, &lab.messages, &act.input);
        let start = &scenario.nodes[act.n];
        lines.push(line(start.name, &act.input.describe(&lab.messages), start.user, &step));
    }
    let mut after = Vec::new();
    let refs: Vec<&Node> = nodes.iter().collect();
    if settle::together(scenario, &refs, broken.weight, Some(&mut after)).is_err_and(|again| again == broken) {
        lines.push("and from here on nothing is lost any more:".into());
        lines.extend(after.into_iter().take(40));
    }
    lines.push(format!("  broken: {}", broken.promise));
    lines.push(format!("  {}", states(scenario, &nodes)));
    Ladder { steps: acts.len(), broken, lines }
}

/// One step.
pub fn line(name: &str, what: &str, user: &'static str, step: &Step) -> String {
    let sent: Vec<String> =
        step.sent.iter().map(|(to, bytes)| Message::new(user, to, bytes.clone()).to_string()).collect();
    let mut line = format!("  {name:<6} {what:<44}");
    if !sent.is_empty() {
        line.push_str(&format!(" -> {}", sent.join("; ")));
    }
    if !step.shown.is_empty() {
        line.push_str(&format!("  ** {}", step.shown.join(", ")));
    }
    line
}

fn states(scenario: &Scenario, nodes: &[Node]) -> String {
    let mut states = Vec::new();
    for (start, node) in scenario.nodes.iter().zip(nodes) {
        for (of, (sender, _)) in scenario.calls.iter().enumerate() {
            if *sender == node.n {
                states.push(format!("{}: {:?}", start.name, node.locals[of].state));
            }
        }
        states.extend(node.remotes.iter().map(|remote| format!("{}: {:?}", start.name, remote.state)));
    }
    states.join(", ")
}
