//! Who may import whom. The layers: `ffi -> service -> engine -> error`, `service -> transport -> error`; engine and transport
//! never see each other, and the engine sees no thread, socket, clock or randomness (docs/ARCHITECTURE.md).

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer and the parts of the crate that it may name. What stands alone may be used by all.
const LAYERS: [(&str, &[&str]); 12] = [
    ("bytes", &[]),
    ("codes", &[]),
    ("error", &["codes"]),
    ("sync", &[]),
    ("time", &[]),
    ("sys", &["error", "sync"]),
    ("handles", &["error"]),
    ("engine", &["bytes", "codes", "error", "time"]),
    ("runtime", &["error", "sync", "sys", "time"]),
    ("transport", &["bytes", "codes", "error", "handles", "runtime", "sys", "time"]),
    ("service", &["codes", "engine", "error", "handles", "runtime", "sync", "sys", "time", "transport"]),
    ("testkit", &["codes", "engine", "error", "handles", "runtime", "service", "time", "transport"]),
];

/// What only the MQTT carrier may use, so that the library can do without it.
const OF_THE_MQTT_CARRIER: [&str; 4] = ["mio", "rustls", "rustls_platform_verifier", "tungstenite"];

/// What the engine must do without, so that it can run in a browser one day.
const NOT_IN_THE_ENGINE: [&str; 7] =
    ["std::thread", "std::net", "std::time::Instant", "std::time::SystemTime", "libc", "parking_lot", "getrandom"];

#[test]
fn each_layer_names_only_what_lies_below_it() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (layer, below) in LAYERS {
        for (file, line, text) in lines(layer) {
            for named in text.split("crate::").skip(1).flat_map(roots) {
                seen += 1;
                if named != layer && !below.contains(&named.as_str()) {
                    wrong.push(format!("{}:{line}: {layer} names {named}: {text}", file.display()));
                }
            }
        }
    }
    assert!(seen > 50, "the test looked at {seen} names, so it does not read the sources any more");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_engine_is_pure() {
    for (file, line, text) in lines("engine") {
        let found = NOT_IN_THE_ENGINE.iter().find(|name| text.contains(**name));
        assert!(found.is_none(), "{}:{line}: {text}", file.display());
    }
}

#[test]
fn sockets_and_tls_stay_inside_the_mqtt_carrier() {
    let mut seen = 0;
    for (layer, _) in LAYERS.into_iter().chain([("ffi", &[][..])]) {
        for (file, line, text) in lines(layer) {
            let named = OF_THE_MQTT_CARRIER.iter().find(|name| text.contains(&format!("{name}::")));
            let inside = file.components().any(|part| part.as_os_str() == "mqtt");
            seen += usize::from(named.is_some());
            assert!(named.is_none() || inside, "{}:{line}: {text}", file.display());
        }
    }
    assert!(seen > 5, "the test looked at {seen} names, so it does not read the sources any more");
}

/// The first names behind a `crate::`: one, or those in braces.
fn roots(path: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    match path.strip_prefix('{') {
        Some(list) => list.split([',', '}']).map(|part| word(part.trim())).filter(|name| !name.is_empty()).collect(),
        None => vec![word(path)],
    }
}

/// The lines of a layer, without tests and comments.
fn lines(layer: &str) -> Vec<(PathBuf, usize, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src.join(layer), &mut files);
    files.extend(Some(src.join(layer).with_extension("rs")).filter(|file| file.exists()));
    assert!(!files.is_empty(), "there is no layer {layer}");
    let mut lines = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file is text");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&text).to_owned();
        for (number, line) in code.lines().enumerate() {
            if !line.trim_start().starts_with("//") {
                lines.push((file.clone(), number + 1, line.trim().to_owned()));
            }
        }
    }
    lines
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match path.is_dir() {
            true if name != "tests" => collect(&path, files),
            false if name.ends_with(".rs") && name != "tests.rs" => files.push(path),
            _ => {}
        }
    }
}
