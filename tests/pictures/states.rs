//! A state machine as a picture: the open states on the left, a wire down from each, and on the right a card for every end
//! with the rows of the table that lead to it. A dot says that the row applies to the state of that wire.

use rtm_call::codes::EndReason;
use rtm_call::engine::message::reason_name;
use rtm_call::engine::{local, remote};

use crate::svg::{BLUE, GREEN, GREY, INK, LINE, MONO, ORANGE, PALE, RED, Svg};
use crate::words::{short, words};

/// A row of a table, of either side.
struct Row {
    on: String,
    from: Vec<&'static str>,
    to: &'static str,
    code: &'static str,
    reason: EndReason,
    tell: Option<EndReason>,
}

macro_rules! machine {
    ($side:ident) => {{
        let rows = $side::TABLE.iter().map(|row| Row {
            on: words(row.on),
            from: row.from.iter().map(|state| short(state.name())).collect(),
            to: short(row.to.name()),
            code: short(row.code.name()),
            reason: row.reason,
            tell: row.tell,
        });
        let (ended, open) = $side::State::ALL.iter().partition::<Vec<_>, _>(|state| $side::ended(**state));
        let names = |states: Vec<$side::State>| states.iter().map(|state| short(state.name())).collect();
        (rows.collect(), names(open), names(ended))
    }};
}

pub fn local() -> String {
    let (rows, open, ended): (Vec<Row>, _, _) = machine!(local);
    draw(&rows, open, ended, "The states of a local invitation", "callee")
}

pub fn remote() -> String {
    let (rows, open, ended): (Vec<Row>, _, _) = machine!(remote);
    draw(&rows, open, ended, "The states of a remote invitation", "caller")
}

const WIRES: [&str; 3] = [GREY, BLUE, ORANGE];
const TOP: i32 = 84;
const BOX: (i32, i32) = (214, 40);
const STEP: i32 = 116;
const CARD: i32 = 390;
const LINE_HEIGHT: i32 = 20;
/// Where the columns of a card begin, and its width.
const COLUMNS: [i32; 4] = [14, 208, 362, 516];
const WIDTH: i32 = 680;

fn draw(rows: &[Row], open: Vec<&'static str>, ended: Vec<&'static str>, title: &str, other: &str) -> String {
    let mut svg = Svg::default();
    let wire = |state: usize| 262 + 34 * state as i32;
    let state_y = |state: usize| TOP + STEP * state as i32 + BOX.1 / 2;
    svg.text((20, 36), "bold", INK, title);
    let heads = ["what happens".into(), "code".into(), "reason".into(), format!("tells the {other}")];
    for (x, head) in COLUMNS.iter().zip(&heads) {
        svg.text((CARD + x, 60), "small", GREY, head);
    }

    // The cards; each wire reaches as far as they use it.
    let mut reach: Vec<_> = (0..open.len()).map(|state| (state_y(state), state_y(state))).collect();
    let mut arrows = Vec::new();
    let mut y = TOP - 12;
    for end in ended {
        let groups = groups(rows, end);
        let lines: usize = groups.iter().map(|(_, rows)| rows.len()).sum();
        let height = 34 + LINE_HEIGHT * lines as i32 + 8 * groups.len() as i32;
        svg.rect((CARD, y), (WIDTH, height), PALE, LINE);
        svg.text((CARD + COLUMNS[0], y + 22), "mono bold", colour(end), end);
        let mut line = y + 34;
        for (from, rows) in groups {
            let tall = LINE_HEIGHT * rows.len() as i32;
            svg.rect((CARD + 6, line), (WIDTH - 12, tall + 2), "#fff", LINE);
            let middle = line + tall / 2 + 1;
            let states: Vec<_> = (0..open.len()).filter(|state| from.contains(&open[*state])).collect();
            for state in &states {
                reach[*state] = (reach[*state].0.min(middle), reach[*state].1.max(middle));
            }
            arrows.push((states, middle));
            for row in rows {
                line += LINE_HEIGHT;
                let told = row.tell.map_or("", reason_name);
                let code = if row.code == "OK" { "" } else { row.code };
                svg.text((CARD + COLUMNS[0], line - 5), "", INK, &row.on);
                svg.text((CARD + COLUMNS[1], line - 5), "mono small", INK, code);
                svg.text((CARD + COLUMNS[2], line - 5), "mono small", INK, reason_name(row.reason));
                svg.text((CARD + COLUMNS[3], line - 5), "mono small", INK, told);
            }
            line += 8;
        }
        y += height + 12;
    }
    for (state, (from, to)) in reach.into_iter().enumerate().filter(|(_, (from, to))| from < to) {
        svg.line((wire(state), from), (wire(state), to), WIRES[state], false);
        svg.line((20 + BOX.0, state_y(state)), (wire(state), state_y(state)), WIRES[state], false);
    }
    for (states, y) in arrows {
        let first = states.first().expect("every row comes from somewhere");
        svg.arrow((wire(*first), y), (CARD + 5, y), INK);
        for state in states {
            svg.dot((wire(state), y), WIRES[state]);
        }
    }

    // The open states, and what leads from one to the next.
    for (index, state) in open.iter().enumerate() {
        let at = (20, state_y(index) - BOX.1 / 2);
        svg.rect(at, BOX, "#fff", WIRES[index]);
        assert!(state.len() as i32 * MONO <= BOX.0, "{state} fits into its box");
        svg.text((20 + BOX.0 / 2, at.1 + 25), "mono bold middle", INK, state);
    }
    for row in rows.iter().filter(|row| open.contains(&row.to)) {
        let to = open.iter().position(|state| *state == row.to).expect("just found");
        assert_eq!(row.from, [open[to - 1]], "an open state follows the one before");
        let x = 20 + BOX.0 / 2;
        svg.arrow((x, state_y(to - 1) + BOX.1 / 2), (x, state_y(to) - BOX.1 / 2 - 1), INK);
        svg.text((x + 10, state_y(to) - STEP / 2 + 4), "", INK, &row.on);
    }
    svg.finish((CARD + WIDTH + 20, y.max(state_y(open.len())) + 8), title)
}

type Group<'a> = (&'a [&'static str], Vec<&'a Row>);

/// The rows that lead to `end`, together where they come from the same states.
fn groups<'a>(rows: &'a [Row], end: &str) -> Vec<Group<'a>> {
    let mut groups: Vec<Group> = Vec::new();
    for row in rows.iter().filter(|row| row.to == end) {
        match groups.iter_mut().find(|(from, _)| **from == row.from) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((&row.from, vec![row])),
        }
    }
    groups
}

/// The colour of an end.
pub fn colour(state: &str) -> &'static str {
    match state {
        "ACCEPTED" | "ACCEPTED_BY_REMOTE" => GREEN,
        "FAILURE" => RED,
        "CANCELED" | "REFUSED" | "REFUSED_BY_REMOTE" => ORANGE,
        _ => GREY,
    }
}
