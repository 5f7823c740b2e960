//! Why an invitation stands where it does, in a few sentences: who decided, by which rule, and what led there.

use std::fmt::Write;

use super::text::entries;
use super::words::Seconds;
use super::{Entry, Ladder, Rung, Subject, What};
use crate::codes::EndSide;
use crate::engine::message::reason_name;

impl Ladder {
    pub fn explain(&self, subject: &Subject) -> String {
        let mut text = format!("The call {} ", self.parties(subject));
        let Some(rule) = subject.end.rule else {
            let open = if subject.id.is_some() { "is open" } else { "was not sent" };
            let _ = writeln!(text, "{open}: {}.", subject.state_name());
            self.history(&mut text, subject);
            return text;
        };
        let _ = write!(text, "ended {}", subject.state_name());
        if let Some(code) = rule.code() {
            let _ = write!(text, " with {code}");
        }
        let decided = match subject.end.by {
            EndSide::Caller => "the caller's side decided it",
            EndSide::Callee => "the callee's side decided it",
            EndSide::None => "neither side decided it",
        };
        let _ = writeln!(text, ", reason {}; {decided}.", reason_name(subject.end.reason));
        let _ = writeln!(text, "Rule {}: {}.", rule.name(), rule.sentence());
        self.history(&mut text, subject);
        text
    }

    /// What led to the end, or to where it is now, and what came after the end.
    fn history(&self, text: &mut String, subject: &Subject) {
        if self.entries.is_empty() {
            let _ = writeln!(
                text,
                "Of what happened {}.",
                if self.limit == 0 { "no ladder was kept" } else { "nothing is known" }
            );
            return;
        }
        let mut links = Vec::new();
        let mut after = None;
        for rung in self.rungs() {
            match rung {
                Rung::Entry(Entry { what: What::Callback(_), .. }) => {}
                Rung::Entry(entry) if entry.what == What::End => after = Some(links.len()),
                Rung::Entry(entry) => links.push(self.link(entry, subject)),
                Rung::LeftOut(count) => links.push(format!("({count} {} left out)", entries(count))),
            }
        }
        let peer = super::text::plain(&subject.peer);
        let any = |which: fn(What) -> bool| self.entries.iter().any(|entry| which(entry.what));
        let unheard = any(|what| matches!(what, What::Sent(_))) && !any(|what| matches!(what, What::Read(_)));
        let mut before: Vec<_> = links.drain(..after.unwrap_or(links.len())).collect();
        if unheard && self.left_out == [0; 2] {
            before.push(format!("nothing was read from {peer}"));
        }
        let told = if after.is_some() { "What led to it" } else { "What happened so far" };
        let _ = writeln!(text, "{told}: {}.", before.join("; "));
        if !links.is_empty() {
            let _ = writeln!(text, "After the end: {}.", links.join("; "));
        }
    }

    fn link(&self, entry: &Entry, subject: &Subject) -> String {
        let at = Seconds(entry.at);
        match entry.what {
            What::Sent(kind) if entry.times > 1 => {
                let (kind, times, last) = (kind.name(), entry.times, Seconds(entry.more));
                format!("{at} s \"{kind}\" handed to the carrier {times} times, the last at {last} s")
            }
            What::Sent(kind) => format!("{at} s \"{}\" handed to the carrier", kind.name()),
            What::Read(kind) if entry.times > 1 => format!("{at} s \"{}\" read {} times", kind.name(), entry.times),
            What::Read(kind) => format!("{at} s \"{}\" read", kind.name()),
            _ => format!("{at} s {}", self.words(entry, subject)),
        }
    }
}
