//! A ladder as a Mermaid sequence diagram. Caller on the left, callee on the right, whoever's ladder it is.

use std::fmt::Write;

use super::text::entries;
use super::words::Seconds;
use super::{Ladder, Rung, Subject, What};
use crate::codes::EndSide;

impl Ladder {
    pub(super) fn mermaid(&self, subject: &Subject) -> String {
        let mut text = String::from("sequenceDiagram\n");
        let (own, peer) = (escaped(self.own_id()), escaped(&subject.peer));
        let (me, other) = if subject.side == EndSide::Caller { ("caller", "callee") } else { ("callee", "caller") };
        let (caller, callee) = if subject.side == EndSide::Caller { (&own, &peer) } else { (&peer, &own) };
        let _ = writeln!(text, "    participant caller as {caller}\n    participant callee as {callee}");
        if let Some(id) = subject.id {
            let _ = writeln!(text, "    Note over caller,callee: call {id}");
        }
        if self.entries.is_empty() {
            let _ = writeln!(text, "    Note over {me}: {}", self.why_empty(subject).replace(':', ","));
        }
        for rung in self.rungs() {
            let entry = match rung {
                Rung::Entry(entry) => entry,
                Rung::LeftOut(count) => {
                    let _ = writeln!(text, "    Note over caller,callee: {count} {} left out", entries(count));
                    continue;
                }
            };
            let (at, words) = (Seconds(entry.at), self.words(entry, subject));
            let _ = match entry.what {
                What::Sent(_) => writeln!(text, "    {me}->>{other}: {at} s {words}"),
                What::Read(_) => writeln!(text, "    {other}->>{me}: {at} s {words}"),
                _ => writeln!(text, "    Note over {me}: {at} s {words}"),
            };
        }
        if let Some(rule) = subject.end.rule {
            let _ = writeln!(text, "    Note over caller,callee: rule {}: {}", rule.name(), rule.sentence());
        }
        text
    }
}

/// A user id that no Mermaid grammar can read anything into: all but letters and digits as character references.
fn escaped(id: &str) -> String {
    let mut text = String::new();
    for c in id.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => text.push(c),
            c if c.is_control() => text += "#63;", // A question mark: nobody wants a line break here.
            c => {
                let _ = write!(text, "#{};", u32::from(c));
            }
        }
    }
    // A participant needs a name; this one is a zero-width space.
    if text.is_empty() { "#8203;".into() } else { text }
}
