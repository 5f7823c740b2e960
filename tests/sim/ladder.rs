//! The ladder of a world: who did, sent, read and heard what, when; a column for each service.

use std::fmt::Write as _;
use std::time::Duration;

use rtm_call::time::Instant;

pub struct Ladder {
    start: Instant,
    rows: Vec<(Instant, Option<usize>, String)>,
    names: Vec<String>,
}

const WIDTH: usize = 38;

impl Ladder {
    pub fn new(start: Instant) -> Ladder {
        Ladder { start, rows: Vec::new(), names: Vec::new() }
    }

    pub fn name(&mut self, station: usize, name: String) {
        assert_eq!(station, self.names.len(), "services are named in their order");
        self.names.push(name);
    }

    pub fn note(&mut self, at: Instant, station: Option<usize>, what: String) {
        self.rows.push((at, station, what));
    }

    pub fn print(mut self) -> String {
        // A line of the log may be delivered late; it bears its own time.
        self.rows.sort_by_key(|row| row.0);
        let mut out = format!("{:>11}", "seconds");
        for name in &self.names {
            let _ = write!(out, "  {name:<WIDTH$}");
        }
        out.push('\n');
        for (at, station, what) in &self.rows {
            let since: Duration = at.since(self.start);
            let line = match station {
                None => format!("-- {what}"),
                Some(station) => format!("{}{what}", " ".repeat((WIDTH + 2) * station)),
            };
            let _ = writeln!(out, "{:>11.6}  {line}", since.as_secs_f64());
        }
        out
    }
}
