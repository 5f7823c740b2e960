//! Golden transcripts (docs/CONFORMANCE.md): recorded from the engine, reviewed, and held against it.
//! `RTM_CALL_WRITE_GOLDEN=1 cargo test --test golden`, which is `./dev golden --write`, writes the set anew.

mod bind;
mod cover;
mod page;
mod play;
mod record;
mod scenes;
mod subject;

use std::fs;
use std::path::{Path, PathBuf};

use rtm_call::engine::Config;
use serde_json::{Value, json};

/// The version of the format.
const FORMAT: u32 = 1;

/// A field that is text.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("there is no text '{name}' in {value}"))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Whether the set is to be written.
fn writing() -> bool {
    std::env::var_os("RTM_CALL_WRITE_GOLDEN").is_some_and(|write| write == "1")
}

/// The set as the engine makes it: name and content of each file.
fn made(seed: u64) -> Vec<(&'static str, Value)> {
    let file = |(name, title, scenes): (&'static str, &str, Vec<scenes::Scene>)| {
        let transcripts: Vec<Value> = scenes.iter().map(|scene| record::record(scene, seed)).collect();
        let file = json!({
            "format": "rtm-call golden transcripts", "version": FORMAT, "protocol": "1.0",
            "title": title, "transcripts": transcripts,
        });
        (name, file)
    };
    scenes::all().into_iter().map(file).collect()
}

/// The set as it is in the repository; while it is written, as it will be.
fn kept() -> Vec<(&'static str, Value)> {
    if writing() {
        return made(1);
    }
    let read = |(name, ..): (&'static str, &str, Vec<scenes::Scene>)| {
        let text = fs::read_to_string(folder().join(format!("{name}.json"))).expect("the set is written");
        (name, serde_json::from_str(&text).expect("it is JSON"))
    };
    scenes::all().into_iter().map(read).collect()
}

/// All transcripts of a set.
fn transcripts(set: &[(&'static str, Value)]) -> Vec<Value> {
    let all = set.iter().flat_map(|(_, file)| file["transcripts"].as_array().expect("a file has transcripts"));
    all.cloned().collect()
}

/// One step a line, so that a change is a readable difference.
fn printed(file: &Value) -> String {
    let mut out = String::from("{\n");
    for name in ["format", "version", "protocol", "title"] {
        out += &format!("  \"{name}\": {},\n", file[name]);
    }
    out += "  \"transcripts\": [\n";
    let transcripts = file["transcripts"].as_array().expect("a file has transcripts");
    for (number, transcript) in transcripts.iter().enumerate() {
        out += "    {\n";
        for name in ["name", "title", "user", "settings", "needs"] {
            if !transcript[name].is_null() {
                out += &format!("      \"{name}\": {},\n", transcript[name]);
            }
        }
        out += "      \"steps\": [\n";
        let steps = transcript["steps"].as_array().expect("a transcript has steps");
        for (number, step) in steps.iter().enumerate() {
            let comma = if number + 1 < steps.len() { "," } else { "" };
            let mut input = step.clone();
            let expect = input.as_object_mut().and_then(|input| input.remove("expect"));
            let expect = expect.as_ref().and_then(Value::as_array).expect("a step has expectations");
            let line = fields(&input, &["at", "do"]);
            if expect.is_empty() {
                out += &format!("        {{ {line}, \"expect\": [] }}{comma}\n");
                continue;
            }
            out += &format!("        {{ {line}, \"expect\": [\n");
            for (number, value) in expect.iter().enumerate() {
                let comma = if number + 1 < expect.len() { "," } else { "" };
                let value = fields(value, &["at", "out", "to", "event", "call", "caller", "id", "state"]);
                out += &format!("          {{ {value} }}{comma}\n");
            }
            out += &format!("        ] }}{comma}\n");
        }
        out += "      ]\n";
        out += if number + 1 < transcripts.len() { "    },\n" } else { "    }\n" };
    }
    out += "  ]\n}\n";
    out
}

/// The fields of an object in one line, those named first.
fn fields(value: &Value, first: &[&str]) -> String {
    let fields = value.as_object().expect("it is an object");
    let known = first.iter().filter_map(|name| fields.get_key_value(*name));
    let rest = fields.iter().filter(|(name, _)| !first.contains(&name.as_str()));
    let all: Vec<_> = known.chain(rest).map(|(name, value)| format!("\"{name}\": {value}")).collect();
    all.join(", ")
}

#[test]
fn the_set_in_the_repository_is_what_the_engine_does() {
    let made = made(1);
    for (name, file) in &made {
        let path = folder().join(format!("{name}.json"));
        let printed = printed(file);
        assert_eq!(serde_json::from_str::<Value>(&printed).expect("it is JSON"), *file, "{name}.json loses something");
        if writing() {
            fs::write(&path, &printed).expect("it can be written");
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        let differing = kept.lines().zip(printed.lines()).position(|(kept, made)| kept != made);
        assert!(
            kept == printed,
            "tests/golden/{name}.json differs from line {} on; if that is meant: ./dev golden --write, and review it",
            differing.unwrap_or(0) + 1
        );
    }
    page::check(&made);
}

#[test]
fn nothing_in_the_set_depends_on_what_the_engine_made_up() {
    let first = made(1);
    for seed in 2..40 {
        for ((name, one), (_, two)) in first.iter().zip(made(seed)) {
            let pairs = one["transcripts"]
                .as_array()
                .into_iter()
                .flatten()
                .zip(two["transcripts"].as_array().into_iter().flatten());
            for (one, two) in pairs {
                assert_eq!(one, two, "{name}: with seed {seed} something else happens");
            }
        }
    }
}

#[test]
fn the_engine_follows_every_transcript() {
    for transcript in transcripts(&kept()) {
        for seed in [3, 1_000_003] {
            play::play(&transcript, Config::default(), seed).unwrap_or_else(|differs| panic!("{differs}"));
        }
    }
}

#[test]
fn every_kind_of_difference_is_noticed() {
    let mut tried = 0;
    for transcript in transcripts(&kept()) {
        for (number, step) in transcript["steps"].as_array().expect("a transcript has steps").iter().enumerate() {
            for (nth, expected) in step["expect"].as_array().expect("a step has expectations").iter().enumerate() {
                for (field, value) in expected.as_object().expect("an expectation is an object") {
                    let mut planted = transcript.clone();
                    let place = &mut planted["steps"][number]["expect"][nth][field];
                    *place = match value {
                        Value::String(text) => format!("{text}x").into(),
                        Value::Number(number) => (number.as_u64().expect("all are whole") + 1).into(),
                        _ => json!("planted"),
                    };
                    let differs = play::play(&planted, Config::default(), 5);
                    assert!(differs.is_err(), "nobody notices another {field} in {expected}");
                    tried += 1;
                }
                let mut less = transcript.clone();
                less["steps"][number]["expect"].as_array_mut().expect("it is a list").remove(nth);
                assert!(play::play(&less, Config::default(), 5).is_err(), "nobody notices one too many: {expected}");
            }
        }
    }
    assert!(tried > 5_000, "{tried}");
}

/// Each rule of the contract, broken, shows in a transcript.
#[cfg(feature = "planted")]
#[test]
fn every_planted_bug_shows_in_a_transcript() {
    use rtm_call::engine::planted::{Planted, Rule};
    let set = transcripts(&kept());
    let mut missed = Vec::new();
    for &rule in Rule::ALL {
        let config = Config { planted: Planted(Some(rule)), ..Config::default() };
        let shows = set.iter().find_map(|transcript| {
            let played = std::panic::catch_unwind(|| play::play(transcript, config, 7));
            played.map_or(Some("a panic".into()), |played| played.err())
        });
        match shows {
            Some(differs) => println!("{rule:?}: {differs}"),
            None => missed.push(rule),
        }
    }
    assert!(missed.is_empty(), "no transcript shows {missed:?}");
}
