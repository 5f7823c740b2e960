//! Holds an implementation, here the engine, against a transcript.

use std::time::Duration;

use rtm_call::engine::Config;
use serde_json::Value;

use crate::bind::{Bindings, expand};
use crate::subject::{Out, Subject};
use crate::text;

/// The first difference between what `transcript` expects and what an engine with `config` does.
pub fn play(transcript: &Value, config: Config, seed: u64) -> Result<(), String> {
    let mut subject = Subject::new(transcript, config, seed);
    let mut bindings = Bindings::default();
    for (number, step) in transcript["steps"].as_array().expect("a transcript has steps").iter().enumerate() {
        let differs =
            |what: String| format!("{}, step {number} ({}): {what}", text(transcript, "name"), text(step, "do"));
        let mut input = step.clone();
        input.as_object_mut().expect("a step is an object").remove("expect");
        let input = expand(&bindings.fill(&input).map_err(differs)?);
        let done = subject.step(&input);
        if let Some((name, value)) = done.made {
            bindings.bind(name, value);
        }
        for (what, expected, actual) in [
            ("the answer", step["answer"].as_str(), done.answer.as_deref()),
            ("the state", step["state"].as_str(), done.state),
        ] {
            if expected != actual {
                return Err(differs(format!("{what} is {actual:?}, not {expected:?}")));
            }
        }
        let expected = step["expect"].as_array().expect("a step has expectations");
        for (expected, actual) in expected.iter().zip(&done.outs) {
            let expected = expand(&bindings.fill(expected).map_err(differs)?);
            same(&expected, actual).map_err(differs)?;
        }
        match (expected.get(done.outs.len()), done.outs.get(expected.len())) {
            (Some(missing), _) => return Err(differs(format!("this did not come: {missing}"))),
            (_, Some(more)) => return Err(differs(format!("this came too: {}", more.value))),
            _ => {}
        }
    }
    Ok(())
}

fn same(expected: &Value, actual: &Out) -> Result<(), String> {
    let mut fields = expected.clone();
    let at = fields.as_object_mut().and_then(|fields| fields.remove("at")).ok_or("an expectation has no time")?;
    if fields != actual.value {
        return Err(format!("this came: {}, expected was: {fields}", actual.value));
    }
    let ms = |at: &Value| at.as_u64().map(Duration::from_millis).ok_or("a time is no number");
    let fits = match &at {
        Value::Array(range) => ms(&range[0])? <= actual.at && actual.at <= ms(&range[1])?,
        at => ms(at)?.as_millis() == actual.at.as_millis(),
    };
    if fits { Ok(()) } else { Err(format!("this came at {:?}, not at {at} ms: {fields}", actual.at)) }
}
