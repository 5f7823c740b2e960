//! The shared library: how large it is with and without MQTT, how long it takes to start, and what its dependencies add.

use super::options::Options;
use super::report::Report;

#[cfg(not(target_os = "linux"))]
pub fn run(report: &mut Report, _options: &Options) {
    report.skip("size", "the size of the ELF library is measured on Linux");
}

#[cfg(target_os = "linux")]
pub fn run(report: &mut Report, options: &Options) {
    linux::run(report, options);
}

/// Loads the library at `path` and logs in over the hub; prints the microseconds that it took. In a process of its own.
#[cfg(target_os = "linux")]
pub fn start(path: &str) {
    println!("{}", linux::start(path));
}

#[cfg(target_os = "linux")]
mod linux {
    #![allow(unsafe_code)]

    use std::collections::BTreeMap;
    use std::ffi::{CString, c_char, c_void};
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::ptr::{null, null_mut};
    use std::sync::mpsc::{Sender, channel};
    use std::time::Instant;

    use rtm_call::ffi::config::rtm_service_config;
    use rtm_call::ffi::events::rtm_service_event_handler;
    use rtm_call::ffi::handles::rtm_service;

    use super::super::api::{BOUND, Status, must};
    use super::super::options::Options;
    use super::super::report::{Report, Row, Sample};

    /// Crates below this part of the code and data are added up.
    const WORTH_A_ROW: f64 = 0.01;

    pub fn run(report: &mut Report, options: &Options) {
        let builds = [("hub only", &["--no-default-features"][..]), ("with MQTT", &[])];
        for (name, features) in builds {
            let library = build(features);
            let stripped = library.with_extension("stripped");
            let strip = Command::new("strip").arg("-o").arg(&stripped).arg(&library).status();
            assert!(strip.is_ok_and(|status| status.success()), "strip is there and can read the library");
            let kibibytes = fs::metadata(&stripped).expect("strip wrote it").len() as f64 / 1024.0;
            report.add(Row::new(format!("shared library, {name}, stripped"), &kibibytes.into(), "KiB"));
            let path = stripped.to_str().expect("the path of the sources is UTF-8");
            let start = Sample::of(4 * options.repetitions(), || measured_start(path));
            let row = Row::new(format!("start, {name}: load, create a service, log in"), &start, "us");
            report.add(row.note("a new process each time, the library in the cache"));
            for (part, bytes) in parts(&library) {
                let kibibytes = bytes as f64 / 1024.0;
                report.add(Row::new(format!("of it, {name}: {part}"), &kibibytes.into(), "KiB"));
            }
        }
    }

    /// Builds the library as for a release, in a folder of its own.
    fn build(features: &[&str]) -> PathBuf {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/size");
        // Cargo's own variable, where it runs this program: with its toolchain.
        let cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["rustc", "--quiet", "--locked", "--release", "--lib", "--crate-type", "cdylib", "--target-dir"])
            .arg(&target)
            .args(features)
            .status();
        assert!(cargo.is_ok_and(|status| status.success()), "the library can be built");
        target.join("release/librtm_call.so")
    }

    /// The bytes of code and data by the crate that they are of, largest first, as far as names tell: what was inlined belongs
    /// to whoever called it.
    fn parts(library: &Path) -> Vec<(String, u64)> {
        let nm = Command::new("nm")
            .args(["--print-size", "--demangle", "--radix=d", "--defined-only"])
            .arg(library)
            .output();
        let symbols = nm.ok().filter(|nm| nm.status.success()).expect("nm is there and can read the library").stdout;
        let mut parts: BTreeMap<String, u64> = BTreeMap::new();
        for line in String::from_utf8_lossy(&symbols).lines() {
            let mut fields = line.splitn(4, ' ');
            let (_, size, _, name) = (fields.next(), fields.next(), fields.next(), fields.next());
            if let (Some(Ok(size)), Some(name)) = (size.map(str::parse::<u64>), name) {
                *parts.entry(owner(name)).or_default() += size;
            }
        }
        let all: u64 = parts.values().sum();
        let small = |bytes: &u64| (*bytes as f64) < all as f64 * WORTH_A_ROW;
        let rest: u64 = parts.values().filter(|bytes| small(bytes)).sum();
        let mut parts: Vec<_> = parts.into_iter().filter(|(_, bytes)| !small(bytes)).collect();
        parts.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        parts.push(("everything else".into(), rest));
        parts
    }

    /// The crate that a symbol is of: the first in its name that is not the standard library's, else that.
    fn owner(symbol: &str) -> String {
        const STANDARD: [&str; 7] =
            ["std", "core", "alloc", "hashbrown", "compiler_builtins", "gimli", "rustc_demangle"];
        if symbol.starts_with("ring_core_") {
            return "ring".into();
        }
        let crates = symbol.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').filter_map(|word| {
            let (first, rest) = word.split_once("::")?;
            let known = !first.is_empty() && !rest.is_empty() && first.starts_with(|c: char| c.is_ascii_lowercase());
            known.then_some(first)
        });
        let mut standard = false;
        for name in crates {
            if !STANDARD.contains(&name) {
                return name.into();
            }
            standard = true;
        }
        if standard || symbol.starts_with("__rust") || symbol.starts_with("rust_") {
            "the standard library".into()
        } else if symbol.starts_with("rtm_") {
            "rtm_call".into()
        } else {
            "without a name of a crate".into()
        }
    }

    fn measured_start(path: &str) -> f64 {
        let this = std::env::current_exe().expect("this program has a path");
        let output = Command::new(this).args(["--start", path]).output().expect("this program can be started again");
        let printed = String::from_utf8_lossy(&output.stdout);
        printed.trim().parse().expect("it prints a number")
    }

    /// The microseconds from before the library is loaded until a user is logged in.
    pub fn start(path: &str) -> f64 {
        type Create = unsafe extern "C" fn(*const rtm_service_config, *mut *mut rtm_service) -> Status;
        type Initialize =
            unsafe extern "C" fn(*mut rtm_service, *const c_char, *const rtm_service_event_handler) -> Status;
        type Login = unsafe extern "C" fn(*mut rtm_service, *const c_char, *const c_char) -> Status;

        unsafe extern "C" fn logged_in(context: *mut c_void) {
            // SAFETY: it is the sender below, which outlives the login.
            let _ = unsafe { &*context.cast::<Sender<()>>() }.send(());
        }
        let (tell, told) = channel::<()>();
        let path = CString::new(path).expect("no NUL");
        // SAFETY: a struct of optional functions and pointers, for which zero is NULL.
        let mut handler: rtm_service_event_handler = unsafe { std::mem::zeroed() };
        handler.struct_size = size_of::<rtm_service_event_handler>();
        handler.context = (&raw const tell).cast_mut().cast();
        handler.on_login_success = Some(logged_in);
        let began = Instant::now();
        // SAFETY: the library is this one, so the functions are of these types; the arguments are as they ask for.
        unsafe {
            let library = libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
            assert!(!library.is_null(), "the library can be loaded");
            let symbol = |name: &std::ffi::CStr| {
                let at = libc::dlsym(library, name.as_ptr());
                assert!(!at.is_null(), "{name:?} is exported");
                at
            };
            let create: Create = std::mem::transmute(symbol(c"rtm_service_create"));
            let initialize: Initialize = std::mem::transmute(symbol(c"rtm_service_initialize"));
            let login: Login = std::mem::transmute(symbol(c"rtm_service_login"));
            let mut service = null_mut();
            must(create(null(), &raw mut service));
            must(initialize(service, c"bench".as_ptr(), &raw const handler));
            must(login(service, null(), c"user".as_ptr()));
        }
        told.recv_timeout(BOUND).expect("the hub is there");
        let took = began.elapsed().as_secs_f64() * 1e6;
        std::mem::forget(tell); // The service is never released, and may tell more.
        took
    }
}
