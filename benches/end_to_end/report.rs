//! The rows that subjects find, and their tables.

use std::fmt::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::machine;

/// What all subjects have found, or one of them.
#[derive(Serialize, Deserialize, Default)]
pub struct Report {
    #[serde(skip)]
    subject: &'static str,
    /// What the figures depend on: what it is, and which.
    machine: Vec<(String, String)>,
    rows: Vec<Row>,
}

/// One figure.
#[derive(Serialize, Deserialize)]
pub struct Row {
    #[serde(default)]
    subject: String,
    name: String,
    /// The median.
    value: f64,
    unit: String,
    min: f64,
    max: f64,
    runs: usize,
    /// What cannot be done without, measured in the same run, and the value in terms of it.
    floor: Option<f64>,
    floor_name: String,
    ratio: Option<f64>,
    /// The gate, and beyond it the aim.
    target: Option<Target>,
    aim: Option<Target>,
    /// What ran on which cores.
    affinity: String,
    note: String,
}

/// What a figure should be.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
    RatioAtMost(f64),
    RatioAtLeast(f64),
}

/// Several runs of one measurement.
pub struct Sample(Vec<f64>);

impl Sample {
    /// Runs `measure` that many times.
    pub fn of(times: usize, mut measure: impl FnMut() -> f64) -> Sample {
        Sample::from((0..times).map(|_| measure()).collect::<Vec<_>>())
    }

    pub fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        if self.0.len() % 2 == 1 { self.0[middle] } else { (self.0[middle - 1] + self.0[middle]) / 2.0 }
    }

    /// The value that this part of the sample does not exceed, such as 0.99.
    pub fn quantile(&self, part: f64) -> f64 {
        self.0[((self.0.len() - 1) as f64 * part).round() as usize]
    }

    /// All of them, lowest first.
    pub fn sorted(&self) -> &[f64] {
        &self.0
    }
}

impl From<Vec<f64>> for Sample {
    fn from(mut values: Vec<f64>) -> Sample {
        assert!(!values.is_empty(), "a sample has at least one value");
        values.sort_by(f64::total_cmp);
        Sample(values)
    }
}

impl From<f64> for Sample {
    fn from(value: f64) -> Sample {
        Sample(vec![value])
    }
}

impl Row {
    /// The median of `sample`, with its spread.
    pub fn new(name: impl Into<String>, sample: &Sample, unit: &str) -> Row {
        Row {
            subject: String::new(),
            name: name.into(),
            value: sample.median(),
            unit: unit.into(),
            min: sample.quantile(0.0),
            max: sample.quantile(1.0),
            runs: sample.0.len(),
            floor: None,
            floor_name: String::new(),
            ratio: None,
            target: None,
            aim: None,
            affinity: String::new(),
            note: String::new(),
        }
    }

    /// The floor, in the unit of the row.
    pub fn floor(mut self, name: &str, floor: f64) -> Row {
        self.floor_name = name.into();
        self.floor = Some(floor);
        self.ratio = Some(self.value / floor);
        self
    }

    pub fn gate(mut self, gate: Target) -> Row {
        self.target = Some(gate);
        self
    }

    pub fn aim(mut self, aim: Target) -> Row {
        self.aim = Some(aim);
        self
    }

    /// What ran where, such as "all on core 0".
    pub fn affinity(mut self, affinity: impl Into<String>) -> Row {
        self.affinity = affinity.into();
        self
    }

    pub fn note(mut self, note: impl Into<String>) -> Row {
        self.note = note.into();
        self
    }

    fn verdict(&self, target: Option<Target>) -> String {
        target.map_or_else(String::new, |target| target.verdict(self))
    }
}

impl Target {
    /// What it wants, and whether `row` keeps to it or by how much not.
    fn verdict(self, row: &Row) -> String {
        let ratio = row.ratio.unwrap_or(f64::NAN);
        let (sign, bound, value, of) = match self {
            Target::AtMost(bound) => ("<=", bound, row.value, ""),
            Target::AtLeast(bound) => (">=", bound, row.value, ""),
            Target::RatioAtMost(bound) => ("<=", bound, ratio, "ratio "),
            Target::RatioAtLeast(bound) => (">=", bound, ratio, "ratio "),
        };
        let most = matches!(self, Target::AtMost(_) | Target::RatioAtMost(_));
        let kept = if most { value <= bound } else { value >= bound };
        let by = match kept {
            true => "met".into(),
            false if most && bound == 0.0 => "missed".into(),
            false => format!("missed by a factor of {:.2}", if most { value / bound } else { bound / value }),
        };
        format!("{of}{sign} {}: {by}", number(bound))
    }
}

impl Report {
    /// An empty one for the rows of `subject`.
    pub fn new(subject: &'static str) -> Report {
        Report { subject, ..Report::default() }
    }

    /// An empty one that says on which machine this is.
    pub fn of_the_machine() -> Report {
        Report { machine: machine::describe(), ..Report::default() }
    }

    pub fn add(&mut self, row: Row) {
        eprintln!("  {}: {} {}", row.name, number(row.value), row.unit);
        self.rows.push(Row { subject: self.subject.into(), ..row });
    }

    /// Something else that the figures depend on, such as the version of a broker.
    pub fn depends_on(&mut self, what: &str, which: impl Into<String>) {
        self.machine.push((what.into(), which.into()));
    }

    /// Says something about what is not measured.
    pub fn skip(&mut self, what: &str, why: &str) {
        eprintln!("  {what} is not measured: {why}");
        self.machine.push((format!("not measured: {what}"), why.into()));
    }

    pub fn absorb(&mut self, other: Report) {
        self.machine.extend(other.machine);
        self.rows.extend(other.rows);
    }

    /// Notes what is known at the end only.
    pub fn finish(&mut self) {
        self.machine.push(("load at the end".into(), machine::load()));
    }

    pub fn save(&self, path: &Path) {
        let text = serde_json::to_string(self).expect("rows are numbers and texts");
        std::fs::write(path, text).expect("the folder for temporary files can be written to");
    }

    pub fn load(path: &Path) -> Report {
        let text = std::fs::read_to_string(path).expect("the process that ended well has left its rows");
        serde_json::from_str(&text).expect("it was written by save")
    }

    /// The rows as JSON, to a file or (`-`) the standard output.
    pub fn write_json(&self, path: &Path) {
        let text = serde_json::to_string_pretty(self).expect("rows are numbers and texts") + "\n";
        if path == Path::new("-") {
            print!("{text}");
        } else if let Err(e) = std::fs::write(path, text) {
            eprintln!("end_to_end: {} cannot be written: {e}", path.display());
        }
    }

    /// What the figures depend on, then a table a subject.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        for (what, which) in &self.machine {
            let _ = writeln!(text, "- {what}: {which}");
        }
        let mut subject = "";
        let mut table = Table::default();
        for row in &self.rows {
            if row.subject != subject {
                text += &table.take();
                subject = &row.subject;
                let about = super::SUBJECTS.iter().find(|known| known.name == subject).map_or("", |known| known.about);
                let _ = writeln!(text, "\n**{subject}**: {about}\n");
            }
            table.add(row);
        }
        text += &table.take();
        text
    }

    /// Replaces what stands between the two markers of the document: the tables, and the plots of the folder, if there is one.
    pub fn write_between_markers(&self, path: &Path, plots: Option<&Path>) {
        const BEGIN: &str = "<!-- begin: ./dev bench --write -->\n";
        const END: &str = "<!-- end -->\n";
        let text = std::fs::read_to_string(path).expect("the options said that it exists");
        let parts = text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
        let Some((before, after)) = parts else {
            eprintln!("end_to_end: {} has no markers", path.display());
            return;
        };
        let plots: String = plots.map_or_else(String::new, |folder| images(folder, path));
        let text = format!("{before}{BEGIN}{}{plots}{END}{after}", self.markdown());
        if let Err(e) = std::fs::write(path, text) {
            eprintln!("end_to_end: {} cannot be written: {e}", path.display());
        }
    }
}

/// The plots in `folder` as Markdown for a document, in the order of their names.
fn images(folder: &Path, document: &Path) -> String {
    let base = document.parent().unwrap_or(Path::new(""));
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let mut plots: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "svg")).collect();
    plots.sort();
    let mut text = String::new();
    for plot in plots {
        let name = plot.file_stem().unwrap_or_default().to_string_lossy().replace('-', " ");
        let link = plot.strip_prefix(base).unwrap_or(&plot).display();
        let _ = writeln!(text, "\n![{name}]({link})");
    }
    text
}

/// A Markdown table with aligned columns.
#[derive(Default)]
struct Table(Vec<[String; 7]>);

impl Table {
    fn add(&mut self, row: &Row) {
        let spread = match row.runs {
            1 => String::new(),
            _ => format!(" ({} to {})", number(row.min), number(row.max)),
        };
        let name = if row.note.is_empty() { row.name.clone() } else { format!("{} ({})", row.name, row.note) };
        self.0.push([
            name,
            row.affinity.clone(),
            format!("{} {}{spread}", number(row.value), row.unit),
            row.floor.map_or_else(String::new, |floor| format!("{}: {}", row.floor_name, number(floor))),
            row.ratio.map_or_else(String::new, number),
            row.verdict(row.target),
            row.verdict(row.aim),
        ]);
    }

    fn take(&mut self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let head = ["what", "affinity", "median (spread)", "floor", "ratio", "gate", "aim"].map(String::from);
        self.0.insert(0, head);
        let widths: [usize; 7] =
            std::array::from_fn(|i| self.0.iter().map(|cells| cells[i].chars().count()).max().unwrap_or(0));
        self.0.insert(1, widths.map(|width| "-".repeat(width)));
        let mut text = String::new();
        for cells in self.0.drain(..) {
            for (cell, width) in cells.iter().zip(widths) {
                let _ = write!(text, "| {cell:width$} ");
            }
            text += "|\n";
        }
        text
    }
}

/// Three significant digits, thousands apart.
pub fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let digits = (2 - value.abs().log10().floor() as i32).max(0) as usize;
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 && whole.len() > 4 {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    if rest.trim_end_matches('0').is_empty() { grouped } else { format!("{grouped}.{}", rest.trim_end_matches('0')) }
}
