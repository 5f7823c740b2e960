//! Names for what an implementation makes up (`${c1}`), and short forms for long texts.

use serde_json::{Map, Value, json};

/// A text of one character longer than this is written shortly.
const LONG: usize = 200;

/// What has which name: ids of invitations, instances, numbers of peer messages.
#[derive(Default)]
pub struct Bindings(Vec<(String, String)>);

impl Bindings {
    pub fn bind(&mut self, name: String, value: String) {
        assert!(self.0.iter().all(|(_, known)| *known != value), "{name} is nothing new: {value}");
        self.0.push((name, value));
    }

    /// `value` with each `${name}` replaced; an error names one that is not bound.
    pub fn fill(&self, value: &Value) -> Result<Value, String> {
        try_strings(value, &|text| {
            let mut text = text.to_owned();
            for (name, bound) in &self.0 {
                text = text.replace(&format!("${{{name}}}"), bound);
            }
            if text.contains("${") { Err(format!("a name in {text} is not bound")) } else { Ok(text) }
        })
    }

    /// The way back: `value` with the names.
    pub fn name(&self, value: &Value) -> Value {
        let named = try_strings(value, &|text| {
            let found = self.0.iter().find(|(_, bound)| bound == text);
            Ok(found.map_or(text.to_owned(), |(name, _)| format!("${{{name}}}")))
        });
        named.expect("naming cannot fail")
    }
}

/// `value` with `{"$repeat": "x", "times": 3}` written out as `"xxx"`.
pub fn expand(value: &Value) -> Value {
    match value {
        Value::Object(fields) => match (fields.get("$repeat"), fields.get("times")) {
            (Some(Value::String(text)), Some(times)) => {
                text.repeat(times.as_u64().expect("times is a number") as usize).into()
            }
            _ => fields.iter().map(|(name, value)| (name.clone(), expand(value))).collect::<Map<_, _>>().into(),
        },
        Value::Array(values) => values.iter().map(expand).collect(),
        other => other.clone(),
    }
}

/// The way back, for long texts of one character.
pub fn shorten(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), shorten(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(values) => values.iter().map(shorten).collect(),
        Value::String(text) if text.len() > LONG => {
            let first = text.chars().next().expect("it is long");
            match text.chars().all(|c| c == first) {
                true => json!({ "$repeat": first.to_string(), "times": text.chars().count() }),
                false => value.clone(),
            }
        }
        other => other.clone(),
    }
}

fn try_strings(value: &Value, change: &dyn Fn(&str) -> Result<String, String>) -> Result<Value, String> {
    Ok(match value {
        Value::Object(fields) => {
            let mut changed = Map::new();
            for (name, value) in fields {
                changed.insert(name.clone(), try_strings(value, change)?);
            }
            changed.into()
        }
        Value::Array(values) => {
            values.iter().map(|value| try_strings(value, change)).collect::<Result<Vec<_>, _>>()?.into()
        }
        Value::String(text) => change(text)?.into(),
        other => other.clone(),
    })
}
