//! A ladder as text: two columns, this side on the left, the peer on the right, at most 100 characters a line.

use std::fmt::Write;

use super::words::Seconds;
use super::{Entry, Ladder, Rung, Subject, What};
use crate::codes::EndSide;

const WIDTH: usize = 100;
/// What a column of times takes.
const TIME: usize = 9;
/// What the left column takes, unless the right one needs more.
const LEFT: usize = 42;
/// What stands between them.
const BETWEEN: usize = " <-- ".len();
/// What is shown of a user id; of a longer one the middle is left out.
const ID: usize = 26;

impl Ladder {
    pub(super) fn text(&self, subject: &Subject) -> String {
        let mut text = String::new();
        let (own, peer) = (plain(self.own_id()), plain(&subject.peer));
        heading(&mut text, &self.parties(subject), &subject.outcome());
        if self.entries.is_empty() {
            text += "  ";
            text += self.why_empty(subject);
            text += "\n";
        } else {
            let columns = format!("{:>TIME$}  {own:LEFT$}{:BETWEEN$}{peer}", "time", "");
            text += columns.trim_end();
            text.push('\n');
        }
        for rung in self.rungs() {
            match rung {
                Rung::Entry(entry) => self.line(&mut text, entry, subject),
                Rung::LeftOut(count) => {
                    let _ = writeln!(text, "{:>TIME$}  ... {count} {} left out", "", entries(count));
                }
            }
        }
        if let Some(rule) = subject.end.rule {
            wrapped(&mut text, &format!("rule {}: {}", rule.name(), rule.sentence()));
        }
        text
    }

    /// "<id>, alice -> bob"
    pub(super) fn parties(&self, subject: &Subject) -> String {
        let (own, peer) = (plain(self.own_id()), plain(&subject.peer));
        let (caller, callee) = if subject.side == EndSide::Caller { (own, peer) } else { (peer, own) };
        match subject.id {
            Some(id) => format!("{id}, {caller} -> {callee}"),
            None => format!("without an id, {caller} -> {callee}"),
        }
    }

    /// The own user id, "-" before there is one.
    pub(super) fn own_id(&self) -> &str {
        self.own.as_deref().unwrap_or("-")
    }

    pub(super) fn why_empty(&self, subject: &Subject) -> &'static str {
        match (self.limit, subject.id) {
            (0, _) => "no ladder was kept: the service wanted 0 entries when this invitation was made",
            (_, None) => "nothing has happened to it yet",
            (_, Some(_)) => "there is no entry",
        }
    }

    fn line(&self, text: &mut String, entry: &Entry, subject: &Subject) {
        let (at, words) = (Seconds(entry.at).to_string(), self.words(entry, subject));
        let _ = match entry.what {
            What::Sent(_) => writeln!(text, "{at:>TIME$}  {words:LEFT$} -->"),
            What::Read(_) => {
                let left = LEFT.min(WIDTH.saturating_sub(at.len().max(TIME) + 2 + BETWEEN + words.len()));
                writeln!(text, "{at:>TIME$}  {:left$} <-- {words}", "")
            }
            What::Closed(..) => writeln!(text, "{at:>TIME$}  * {words}"),
            _ => writeln!(text, "{at:>TIME$}  {words}"),
        };
    }
}

/// The first line, or two if it is a long one.
fn heading(text: &mut String, parties: &str, outcome: &str) {
    let one = format!("call {parties}: {outcome}");
    if one.len() <= WIDTH {
        *text += &one;
    } else {
        let _ = write!(text, "call {parties}:\n  {outcome}");
    }
    text.push('\n');
}

/// A user id in printable ASCII, each character in one column; of a long one the middle is left out.
pub(super) fn plain(id: &str) -> String {
    let shown: Vec<char> = id.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect();
    if shown.len() <= ID {
        return shown.into_iter().collect();
    }
    let half = (ID - 3) / 2;
    let (start, end) = (&shown[..ID - 3 - half], &shown[shown.len() - half..]);
    start.iter().chain(&['.'; 3]).chain(end).collect()
}

pub(super) fn entries(count: u16) -> &'static str {
    if count == 1 { "entry" } else { "entries" }
}

/// A paragraph in lines that fit, all but the first indented.
fn wrapped(text: &mut String, paragraph: &str) {
    let mut width = 0;
    for word in paragraph.split(' ') {
        if width > 0 && width + 1 + word.len() > WIDTH {
            *text += "\n ";
            width = 1;
        }
        if width > 0 {
            text.push(' ');
            width += 1;
        }
        *text += word;
        width += word.len();
    }
    text.push('\n');
}
