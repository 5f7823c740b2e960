//! The C++ header leaves nothing of the C header out.

use std::fs;
use std::path::Path;

const HEADER: &str = include_str!("../include/rtm_call.h");
const NUMBERS_TEST: &str = include_str!("cpp/codes.cpp");

/// How functions, structs and numbers begin that C++ has no need of: a service brings its call manager along, and a
/// carrier is written in C, and so is whoever checks a broker. Nor does it need user data: lambdas capture what belongs to them.
const LEFT_TO_C: [&str; 3] = ["rtm_call_manager_release", "rtm_transport", "rtm_doctor"];

fn is_left_to_c(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    LEFT_TO_C.iter().any(|start| name.starts_with(start)) || name.ends_with("_user_data")
}

fn cpp_header() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/rtm_call");
    let mut text = String::new();
    for folder in [folder.join("detail"), folder] {
        for file in fs::read_dir(folder).expect("the folder is there") {
            let path = file.expect("it can be listed").path();
            if path.is_file() {
                text += &fs::read_to_string(path).expect("it can be read");
            }
        }
    }
    text
}

/// The words of a text that may be names in C.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

#[test]
fn every_function_of_c_is_used() {
    let cpp = cpp_header();
    let used = |name: &str| words(&cpp).any(|word| word == name);
    let mut count = 0;
    for line in HEADER.lines().filter(|line| line.starts_with("RTM_CALL_API ")) {
        let name = words(line.split_once('(').expect("a function has parameters").0).last().expect("and a name");
        let copied = used(&format!("{name}_copy"));
        assert!(
            used(name) || copied || is_left_to_c(name),
            "{name}: use it in include/rtm_call/, or name it in LEFT_TO_C"
        );
        count += 1;
    }
    assert!(count > 100, "{count} functions were found");
}

#[test]
fn every_field_of_c_is_used() {
    let cpp = cpp_header();
    let mut count = 0;
    for (_, rest) in HEADER.match_indices("typedef struct ").map(|(at, start)| HEADER.split_at(at + start.len())) {
        let Some((name, body)) = rest.split_once(" {\n").filter(|(name, _)| !name.contains(';') && !is_left_to_c(name))
        else {
            continue;
        };
        let body = body.split_once(&format!("\n}} {name};")).expect("a struct ends").0;
        // Four blanks, then a field; more begin the second line of a callback's parameters.
        for line in body.lines().filter_map(|line| line.strip_prefix("    ")) {
            if !line.starts_with(|c: char| c.is_ascii_lowercase()) {
                continue;
            }
            let field = match line.split_once("(*") {
                Some((_, callback)) => words(callback).next(),
                None => words(line.trim_end_matches(';')).last(),
            };
            let field = field.expect("a field has a name");
            if field == "reserved" {
                continue;
            }
            let used = cpp.contains(&format!(".{field}"));
            assert!(used, "{name}::{field}: use it in include/rtm_call/, or name the struct in LEFT_TO_C");
            count += 1;
        }
    }
    assert!(count > 60, "{count} fields were found");
}

#[test]
fn every_number_of_c_is_compared() {
    let mut count = 0;
    for line in HEADER.lines() {
        let Some((name, _)) = line.strip_prefix("    RTM_").and_then(|line| line.split_once(" = ")) else { continue };
        if is_left_to_c(&format!("RTM_{name}")) {
            continue;
        }
        assert!(NUMBERS_TEST.contains(&format!(", RTM_{name});")), "RTM_{name}: compare it in tests/cpp/codes.cpp");
        count += 1;
    }
    assert!(count > 120, "{count} numbers were found");
}
