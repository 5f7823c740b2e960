//! Writes the C headers into OUT_DIR (`./dev header` brings them to include/) and names the shared library.
//!
//! A header is its preamble, then one section for each file below, in this order: the file's first lines are the heading,
//! what it declares is cbindgen's.

use std::path::Path;
use std::{env, fs};

/// How long a line of the header may be.
const WIDTH: usize = 120;

/// Of rtm_call.h.
const SECTIONS: [&str; 24] = [
    "src/codes/status.rs",
    "src/ffi/library.rs",
    "src/ffi/handles.rs",
    "src/codes/invitation.rs",
    "src/codes/session.rs",
    "src/codes/peer.rs",
    "src/codes/settings.rs",
    "src/codes/transport.rs",
    "src/ffi/events.rs",
    "src/ffi/config.rs",
    "src/ffi/service.rs",
    "src/ffi/session.rs",
    "src/ffi/call_manager.rs",
    "src/ffi/local_call_invitation.rs",
    "src/ffi/remote_call_invitation.rs",
    "src/ffi/ladder.rs",
    "src/ffi/message.rs",
    "src/ffi/presence.rs",
    "src/ffi/log.rs",
    "src/ffi/record.rs",
    "src/ffi/transport.rs",
    "src/ffi/hub.rs",
    "src/ffi/doctor.rs",
    "src/ffi/texts.rs",
];

fn main() {
    for path in ["build.rs", "cbindgen.toml"] {
        println!("cargo::rerun-if-changed={path}");
    }
    write_header("rtm_call.h", "src/ffi/preamble.h", &SECTIONS);
    write_header("rtm_call_test.h", "src/ffi/test_preamble.h", &["src/codes/testkit.rs", "src/ffi/test_kit.rs"]);
    if variable("CARGO_CFG_TARGET_OS") == "linux" {
        let major = variable("CARGO_PKG_VERSION_MAJOR");
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,librtm_call.so.{major}");
        // The library's threads are never joined: dlclose must leave their code where it is.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}

fn write_header(name: &str, preamble: &str, sections: &[&str]) {
    for path in sections.iter().chain(&[preamble]) {
        println!("cargo::rerun-if-changed={path}");
    }
    let header = Path::new(&variable("OUT_DIR")).join(name);
    fs::write(header, whole_header(preamble, sections)).expect("OUT_DIR can be written to");
}

fn whole_header(preamble: &str, sections: &[&str]) -> String {
    let mut header = read(preamble);
    for name in ["VERSION", "VERSION_MAJOR", "VERSION_MINOR", "VERSION_PATCH"] {
        header = header.replace(&format!("@{name}@"), &variable(&format!("CARGO_PKG_{name}")));
    }
    let sections: Vec<String> = sections.iter().map(|path| section(path)).collect();
    header.replace("@SECTIONS@\n", &sections.join("\n"))
}

/// One section: a heading, which is a group of Doxygen's, and the declarations.
fn section(path: &str) -> String {
    let source = read(path);
    let heading: Vec<&str> = source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim_end).collect();
    let name = path.trim_start_matches("src/").trim_start_matches("ffi/").trim_end_matches(".rs").replace('/', "_");
    let mut text = format!("/**\n * @defgroup {name}{}\n", heading[0]);
    for line in &heading[1..] {
        text += &format!(" *{line}\n");
    }
    format!("{text} * @{{\n */\n\n{}\n\n/** @}} */\n", declarations(path))
}

fn declarations(path: &str) -> String {
    let config = cbindgen::Config::from_file("cbindgen.toml").expect("cbindgen.toml is right");
    let bindings = cbindgen::Builder::new().with_config(config).with_src(path).generate();
    let mut bytes = Vec::new();
    bindings.unwrap_or_else(|error| panic!("{path}: {error}")).write(&mut bytes);
    let text = String::from_utf8(bytes).expect("cbindgen writes UTF-8");
    tidy(text.trim())
}

/// Makes it look as if written by hand: comments of one line on one line, types by their typedef names, long lines wrapped, and
/// the enumerators of `rtm_status` and `rtm_ladder_format` shorter than by the name of the type.
fn tidy(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.replace("RTM_CALL_API\n", "RTM_CALL_API ").lines() {
        let line = line.replace("RTM_STATUS_", "RTM_").replace("RTM_LADDER_FORMAT_", "RTM_LADDER_");
        let by_typedef = || line.replace("struct rtm_", "rtm_").replace("enum rtm_", "rtm_");
        lines.push(wrapped(if line.starts_with("typedef ") { line } else { by_typedef() }));
        if let [.., start, only, end] = &lines[..]
            && (start.trim(), end.trim()) == ("/**", "*/")
            && let Some(comment) = only.trim().strip_prefix("* ")
        {
            let joined = format!("{} {comment} */", start.trim_end());
            if joined.len() <= WIDTH {
                lines.truncate(lines.len() - 3);
                lines.push(joined);
            }
        }
    }
    lines.join("\n")
}

/// Breaks the parameters of a function that does not fit into a line.
fn wrapped(line: String) -> String {
    if line.len() <= WIDTH || !line.ends_with(");") {
        return line;
    }
    let start = line.find(")(").map_or_else(|| line.find('(').expect("it ends with the other"), |at| at + 1) + 1;
    let (mut text, mut width) = (line[..start].to_owned(), start);
    for (index, parameter) in line[start..].split_inclusive(", ").enumerate() {
        if index > 0 && width + parameter.trim_end().len() > WIDTH {
            text = format!("{}\n{}", text.trim_end(), " ".repeat(start));
            width = start;
        }
        text += parameter;
        width += parameter.len();
    }
    text
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}
