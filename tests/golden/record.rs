//! From the inputs of a scene to a transcript: the engine runs, and what it does is written down so that it holds for
//! any implementation. What the subject makes up gets a name; a repetition, whose pause may vary, gets a range.

use std::collections::HashMap;
use std::time::Duration;

use rtm_call::engine::Config;
use serde_json::{Map, Value, json};

use crate::bind::{Bindings, expand, shorten};
use crate::scenes::Scene;
use crate::subject::{Out, Subject};
use crate::text;

/// A message that may be repeated: when it was sent last, at the earliest and at the latest, and how often before.
struct Sending {
    from: Duration,
    to: Duration,
    repeated: u32,
}

/// The transcript of `scene`; `seed` decides what the subject makes up, and must not show in it.
pub fn record(scene: &Scene, seed: u64) -> Value {
    let mut transcript = Map::new();
    transcript.insert("name".into(), scene.name.as_str().into());
    transcript.insert("title".into(), scene.title.as_str().into());
    transcript.insert("user".into(), scene.user.into());
    if !scene.settings.is_null() {
        transcript.insert("settings".into(), scene.settings.clone());
    }
    if !scene.needs.is_empty() {
        transcript.insert("needs".into(), json!(scene.needs));
    }
    let mut transcript = Value::Object(transcript);
    let mut subject = Subject::new(&transcript, Config::default(), seed);
    let mut bindings = Bindings::default();
    let mut sendings = HashMap::new();
    let mut steps = Vec::new();
    for step in &scene.steps {
        let input = expand(&bindings.fill(step).unwrap_or_else(|missing| panic!("{}: {missing}", scene.name)));
        let done = subject.step(&input);
        if let Some((name, value)) = done.made {
            bindings.bind(name, value);
        }
        let mut step = step.clone();
        if let Some(answer) = done.answer {
            step["answer"] = answer.into();
        }
        if let Some(state) = done.state {
            step["state"] = state.into();
        }
        let expect: Vec<Value> = done.outs.into_iter().map(|out| expectation(out, &bindings, &mut sendings)).collect();
        step["expect"] = expect.into();
        steps.push(step);
    }
    transcript["steps"] = steps.into();
    transcript
}

fn expectation(out: Out, bindings: &Bindings, sendings: &mut HashMap<String, Sending>) -> Value {
    let mut value = shorten(&bindings.name(&out.value));
    value["at"] = (out.at.as_millis() as u64).into();
    if value["out"] != "message" {
        return value;
    }
    let kind = text(&value["message"], "type").to_owned();
    if !matches!(kind.as_str(), "invite" | "accept" | "end" | "message") {
        return value;
    }
    let key = format!("{} {}", value["to"], value["message"]);
    let before = sendings.get(&key);
    let sending = match before {
        Some(before) if out.timed => {
            let longest = Duration::from_millis(if kind == "accept" { 1_000 } else { 4_000 });
            let pause = Duration::from_millis(500).saturating_mul(1 << before.repeated.min(16)).min(longest);
            Sending { from: before.from + pause * 3 / 4, to: before.to + pause, repeated: before.repeated + 1 }
        }
        // A peer message that goes out again with the link keeps its pauses.
        Some(before) if kind == "message" => Sending { from: out.at, to: out.at, repeated: before.repeated },
        _ => Sending { from: out.at, to: out.at, repeated: 0 },
    };
    assert!(
        sending.from <= out.at && out.at <= sending.to,
        "{value} comes outside of {:?}..{:?}",
        sending.from,
        sending.to
    );
    if sending.from != sending.to {
        value["at"] = json!([sending.from.as_millis() as u64, sending.to.as_millis() as u64]);
    }
    sendings.insert(key, sending);
    value
}
