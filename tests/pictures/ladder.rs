//! A recorded call as a picture: time runs down, the caller on the left, the callee on the right, messages between them.

use std::time::Duration;

use crate::record::{DELAY, Entry, Message, Side, What};
use crate::states::colour;
use crate::svg::{BLUE, GREY, INK, LINE, MONO, PALE, RED, Svg};

/// How much of it is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Who does what, in order.
    Handshake,
    /// The times and the sizes of messages too.
    Full,
}

/// What one side did at one time, in one line of the picture.
struct Row<'a> {
    at: Duration,
    side: Side,
    read: Option<&'a Message>,
    note: Option<(&'a str, bool)>,
    state: Option<(&'static str, &'static str)>,
    sent: Option<&'a Message>,
    y: i32,
}

const NOTES: i32 = 310;
const BETWEEN: i32 = 270;
const TIMES: i32 = 76;
const TOP: i32 = 118;
const HEIGHT: i32 = 46;
/// A pause as long as this is worth a word.
const PAUSE: Duration = Duration::from_millis(200);

pub fn draw(entries: &[Entry], detail: Detail, title: &str) -> String {
    let left = if detail == Detail::Full { TIMES } else { 0 } + NOTES;
    let x = |side: Side| if side == Side::Caller { left } else { left + BETWEEN };
    let mut svg = Svg::default();
    let mut rows = rows(entries);
    let bottom = lay_out(&mut svg, &mut rows, left + BETWEEN / 2);

    svg.text((20, 36), "bold", INK, title);
    for (side, name, role) in [(Side::Caller, "alice", "the caller"), (Side::Callee, "bob", "the callee")] {
        svg.line((x(side), 92), (x(side), bottom), LINE, false);
        svg.rect((x(side) - 50, 52), (100, 40), PALE, GREY);
        svg.text((x(side), 69), "bold middle", INK, name);
        svg.text((x(side), 84), "small middle", GREY, role);
    }
    let mut read = vec![false; rows.len()];
    for row in rows.iter().filter(|row| row.sent.is_some()) {
        let message = row.sent.expect("just asked");
        let arrives = |(n, other): &(usize, &Row)| {
            !read[*n] && other.side != row.side && other.at == row.at + DELAY && other.read == Some(message)
        };
        let arrival = rows.iter().enumerate().find(arrives).map(|(n, other)| (n, other.y));
        if let Some((n, _)) = arrival {
            read[n] = true;
        }
        message_line(&mut svg, row, x, arrival.map(|(_, y)| y), message, detail);
    }
    assert!(rows.iter().zip(&read).all(|(row, read)| row.read.is_none() || *read), "what is read was sent");
    for row in &rows {
        note(&mut svg, row, x(row.side));
        if detail == Detail::Full {
            let time = format!("{}.{:03} s", row.at.as_secs(), row.at.subsec_millis());
            svg.text((TIMES, row.y + 4), "mono small end", GREY, &time);
        }
    }
    svg.finish((left + BETWEEN + NOTES, bottom + 16), title)
}

/// Entries of one side at one time share a row, as far as there is room in it.
fn rows(entries: &[Entry]) -> Vec<Row<'_>> {
    let mut sorted: Vec<_> = entries.iter().collect();
    // A line of the log bears its own time.
    sorted.sort_by_key(|entry| (entry.at, entry.side == Side::Callee));
    let mut rows: Vec<Row> = Vec::new();
    for Entry { at, side, what } in sorted {
        // The first of the side's last rows with room: a message belongs to the call that caused it.
        let here = rows.iter().rev().take_while(|row| row.at == *at && row.side == *side).count();
        let first = rows.len() - here;
        let room = |row: &Row| match what {
            What::Call(_) | What::Read(_) => false,
            What::Callback(..) => row.note.is_none(),
            What::State(_) => row.state.is_none(),
            What::Sent(_) => row.sent.is_none(),
        };
        let found = rows[first..].iter().position(room).map(|n| first + n);
        let row = found.unwrap_or_else(|| {
            rows.push(Row { at: *at, side: *side, read: None, note: None, state: None, sent: None, y: 0 });
            rows.len() - 1
        });
        let row = &mut rows[row];
        match what {
            What::Call(name) => row.note = Some((name, true)),
            What::Callback(name, state, code) => {
                (row.note, row.state) = (Some((name.as_str(), false)), Some((*state, *code)))
            }
            What::State(state) => row.state = Some((*state, "")),
            What::Sent(message) => row.sent = Some(message),
            What::Read(message) => row.read = Some(message),
        }
    }
    rows
}

/// Gives each row its place, and long pauses a word; answers where the picture ends.
fn lay_out(svg: &mut Svg, rows: &mut [Row<'_>], middle: i32) -> i32 {
    let (mut y, mut before) = (TOP, Duration::ZERO);
    for row in rows {
        let pause = row.at - before;
        if pause >= PAUSE {
            let tenths = (pause.as_millis() + 50) / 100;
            let text = format!("{}.{} s pass", tenths / 10, tenths % 10).replace(".0 s", " s");
            svg.text((middle, y - 4), "small middle", GREY, &text);
            y += 28;
        }
        row.y = y;
        y += HEIGHT;
        before = row.at;
    }
    y - 8
}

/// The arrow of a message, or the part of its way that it came.
fn message_line(
    svg: &mut Svg,
    row: &Row<'_>,
    x: impl Fn(Side) -> i32,
    arrival: Option<i32>,
    message: &Message,
    detail: Detail,
) {
    let (from, to, sign) = match row.side {
        Side::Caller => (x(Side::Caller), x(Side::Callee), 1),
        Side::Callee => (x(Side::Callee), x(Side::Caller), -1),
    };
    let stroke = if arrival.is_some() { INK } else { RED };
    let mut text = message.kind.clone();
    if detail == Detail::Full {
        text += &format!(", {} bytes", message.bytes);
    }
    match arrival {
        Some(y) => {
            svg.arrow((from, row.y), (to - 6 * sign, y), stroke);
            // Nearer to its sender, so that those of two messages that cross do not.
            svg.label((from + sign * BETWEEN * 36 / 100, row.y + (y - row.y) * 36 / 100 + 4), stroke, &text);
        }
        None => {
            let lost = (from + sign * BETWEEN * 8 / 10, row.y + HEIGHT * 3 / 10);
            svg.line((from, row.y), lost, stroke, true);
            svg.cross(lost, stroke);
            svg.text((from + sign * BETWEEN / 2, row.y - 6), "small middle", stroke, &format!("{text}: lost"));
        }
    }
}

/// What the application did or was told, beside its line, and the state under it.
fn note(svg: &mut Svg, row: &Row<'_>, x: i32) {
    let (sign, class) = if row.side == Side::Caller { (-1, "end") } else { (1, "") };
    if row.note.is_some() || row.sent.is_some() || row.read.is_some() {
        svg.dot((x, row.y), GREY);
    }
    if let Some((text, call)) = row.note {
        assert!(text.len() as i32 * MONO <= NOTES - 14, "{text} fits");
        let fill = if call { BLUE } else { INK };
        svg.text((x + 12 * sign, row.y + 4), &format!("mono {class}"), fill, text);
    }
    if let Some((state, code)) = row.state {
        let text = if code.is_empty() { state.to_owned() } else { format!("{state} ({code})") };
        svg.text((x + 12 * sign, row.y + 20), &format!("mono small bold {class}"), colour(state), &text);
    }
}
