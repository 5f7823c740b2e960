//! SIPp beside the library, for comparison: a caller and a callee that play INVITE, 180, 200, ACK, BYE, 200 over UDP on the
//! loopback. It is a load generator with a prepared text for each message, so close to what SIP can do without an application.

use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::affinity;
use super::options::Options;
use super::report::{Report, Row, Sample};

/// Its clock ticks in milliseconds, so fewer are not enough to keep it busy; with more, packets are lost.
const OUTSTANDING: u64 = 500;

pub fn run(report: &mut Report, options: &Options) {
    let port = match free_port() {
        Ok(port) => port,
        Err(e) => return report.skip("SIPp", &format!("the loopback has no free port: {e}")),
    };
    let _callee = match callee(port) {
        Ok(callee) => callee,
        Err(e) => {
            return report.skip("SIPp", &format!("sipp cannot be run ({e}); it is in the Debian package sip-tester"));
        }
    };
    let calls = options.scaled(100_000);
    let rate = || {
        // The second run takes away what the program's start and end take.
        let took = caller(port, calls + 1)?.checked_sub(caller(port, 1)?)?;
        Some(calls as f64 / took.as_secs_f64())
    };
    let rates: Option<Vec<f64>> = (0..options.repetitions()).map(|_| rate()).collect();
    let Some(rates) = rates else { return report.skip("SIPp", "its calls did not succeed") };
    report.depends_on("SIPp", version());
    let row = Row::new("SIPp, calls", &Sample::from(rates), "a second");
    let any = format!("any of {} cores", affinity::cores().len());
    report.add(row.affinity(any).note(format!("UDP, two processes, {OUTSTANDING} outstanding")));
}

/// Its first line is empty.
fn version() -> String {
    let output = Command::new("sipp").arg("-v").output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("not known").into()
}

/// How long a caller takes for so many calls; nothing if one fails.
fn caller(port: u16, calls: u64) -> Option<Duration> {
    let began = Instant::now();
    let status = sipp("uac")
        .arg(format!("127.0.0.1:{port}"))
        // As fast as the bound on what is open allows.
        .args(["-r", "1000000", "-l", &OUTSTANDING.to_string(), "-m", &calls.to_string(), "-d", "0"])
        .status()
        .ok()?;
    status.success().then(|| began.elapsed())
}

fn callee(port: u16) -> std::io::Result<Callee> {
    sipp("uas").args(["-p", &port.to_string()]).spawn().map(Callee)
}

fn sipp(scenario: &str) -> Command {
    let mut command = Command::new("sipp");
    command.args(["-sn", scenario, "-i", "127.0.0.1", "-nostdin", "-buff_size", "1000000"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.current_dir(std::env::temp_dir()); // It may leave a file of errors.
    command
}

/// Gone when it is dropped.
struct Callee(Child);

impl Drop for Callee {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
