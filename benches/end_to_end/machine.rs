//! What the machine says: what it is, and what this process has used of it.
#![allow(unsafe_code)]

use std::process::Command;

use super::affinity;

/// What figures depend on.
pub fn describe() -> Vec<(String, String)> {
    let cores = affinity::cores().len();
    let described = [
        ("processor", format!("{}, {cores} cores for this process", platform::processor())),
        ("system", platform::system()),
        ("compiler", said(Command::new("rustc").arg("--version"))),
        ("library", format!("rtm-call {}, built as for a release", env!("CARGO_PKG_VERSION"))),
        ("load at the beginning", load()),
    ];
    described.map(|(what, which)| (what.into(), which)).into()
}

/// How busy the machine is.
pub fn load() -> String {
    platform::load()
}

/// What a command prints first.
pub fn said(command: &mut Command) -> String {
    let output = command.output().ok().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    output.and_then(|text| text.lines().next().map(str::to_owned)).unwrap_or("not known".into())
}

/// Seconds of processor time that this process has used, in itself and in the system.
pub fn cpu_seconds() -> f64 {
    platform::cpu_seconds()
}

/// Bytes of memory that this process has in use.
pub fn resident_bytes() -> u64 {
    platform::resident_bytes()
}

/// The threads of this process: their names, and how often they have waited. Nothing where the system does
/// not tell.
pub fn threads() -> Option<Vec<Thread>> {
    platform::threads()
}

/// One thread.
pub struct Thread {
    pub name: String,
    /// How often it has gone to sleep by itself.
    pub waits: u64,
}

#[cfg(target_os = "linux")]
mod platform {
    use std::fs;

    use super::Thread;

    pub fn processor() -> String {
        field("/proc/cpuinfo", "model name")
    }

    pub fn system() -> String {
        let name = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let name = name.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("Linux").trim_matches('"');
        format!("{name}, kernel {}", fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim())
    }

    pub fn load() -> String {
        let all = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        all.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    }

    pub fn cpu_seconds() -> f64 {
        // SAFETY: the struct is made of numbers, and is written to.
        let usage = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            assert_eq!(libc::getrusage(libc::RUSAGE_SELF, &raw mut usage), 0, "a process may ask about itself");
            usage
        };
        let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
        seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    pub fn resident_bytes() -> u64 {
        let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
        let resident: u64 = pages.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
        // SAFETY: asks for a number.
        resident * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64
    }

    pub fn threads() -> Option<Vec<Thread>> {
        let tasks = fs::read_dir("/proc/self/task").ok()?;
        let threads = tasks.flatten().map(|task| {
            let status = task.path().join("status");
            let status = status.to_str().expect("it is /proc/self/task/<number>/status");
            Thread { name: field(status, "Name"), waits: field(status, "voluntary_ctxt_switches").parse().unwrap_or(0) }
        });
        Some(threads.collect())
    }

    /// What a file of lines `name: value` says.
    fn field(file: &str, name: &str) -> String {
        let text = fs::read_to_string(file).unwrap_or_default();
        let value = text.lines().filter_map(|line| line.split_once(':')).find(|(known, _)| known.trim() == name);
        value.map_or("not known".into(), |(_, value)| value.trim().into())
    }
}

#[cfg(windows)]
mod platform {
    use std::process::Command;

    use windows_sys::Win32::Foundation::FILETIME;
    use windows_sys::Win32::System::ProcessStatus::{K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
    use windows_sys::Win32::System::Threading::{GetCurrentProcess, GetProcessTimes};

    use super::Thread;

    pub fn processor() -> String {
        std::env::var("PROCESSOR_IDENTIFIER").unwrap_or("not known".into())
    }

    pub fn system() -> String {
        super::said(Command::new("cmd").args(["/c", "ver"]))
    }

    pub fn load() -> String {
        "not known".into()
    }

    pub fn cpu_seconds() -> f64 {
        let zero = FILETIME { dwLowDateTime: 0, dwHighDateTime: 0 };
        let [mut created, mut exited, mut kernel, mut user] = [zero; 4];
        let times = [&raw mut created, &raw mut exited, &raw mut kernel, &raw mut user];
        // SAFETY: four structs of ours are written to.
        unsafe { GetProcessTimes(GetCurrentProcess(), times[0], times[1], times[2], times[3]) };
        let seconds =
            |time: FILETIME| (u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime)) as f64 / 1e7;
        seconds(kernel) + seconds(user)
    }

    pub fn resident_bytes() -> u64 {
        // SAFETY: the struct is made of numbers, and as large as said.
        unsafe {
            let mut counters: PROCESS_MEMORY_COUNTERS = std::mem::zeroed();
            K32GetProcessMemoryInfo(GetCurrentProcess(), &raw mut counters, size_of_val(&counters) as u32);
            counters.WorkingSetSize as u64
        }
    }

    pub fn threads() -> Option<Vec<Thread>> {
        None
    }
}
