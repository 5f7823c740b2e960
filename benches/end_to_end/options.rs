//! The command line, and the processes that run the subjects.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::report::Report;
use super::{SUBJECTS, Subject};

/// What to do.
pub enum Request {
    Help,
    /// Run these subjects, one process each.
    Run(Options),
    /// Run this one here, and leave its rows in this file.
    Child(&'static Subject, PathBuf, Options),
    /// Load this library and log in; for the subject size.
    #[cfg(target_os = "linux")]
    Start(String),
}

/// How to measure. Where figures go is the parent's business, plots are drawn by the subjects.
#[derive(Default)]
pub struct Options {
    pub subjects: Vec<&'static Subject>,
    /// A tenth of the work, once or twice instead of five times: to see that everything runs.
    pub quick: bool,
    /// The folder for plots.
    pub svg: Option<PathBuf>,
    /// Where the rows go as JSON; `-` is the standard output.
    pub json: Option<PathBuf>,
    /// The document whose tables are to be replaced.
    pub write: Option<PathBuf>,
}

impl Options {
    /// How often a figure is measured.
    pub fn repetitions(&self) -> usize {
        if self.quick { 2 } else { 5 }
    }

    /// `amount` of work, or a tenth of it.
    pub fn scaled(&self, amount: u64) -> u64 {
        if self.quick { (amount / 10).max(1) } else { amount }
    }

    /// Runs `subject` in a process of its own. Nothing if it failed; it has said why.
    pub fn run_child(&self, subject: &Subject) -> Option<Report> {
        let folder = std::env::temp_dir().join(format!("rtm-call-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written to");
        let rows = folder.join(format!("{}.json", subject.name));
        let mut child = Command::new(std::env::current_exe().expect("this program has a path"));
        child.arg("--child").arg(&rows).arg(subject.name);
        if self.quick {
            child.arg("--quick");
        }
        if let Some(folder) = &self.svg {
            child.arg("--svg").arg(folder);
        }
        let status = child.status().expect("this program can be started again");
        let report = status.success().then(|| Report::load(&rows));
        let _ = std::fs::remove_dir_all(&folder); // What stays is in the folder for temporary files.
        report
    }
}

/// Reads the arguments.
pub fn read(arguments: impl Iterator<Item = String>) -> Result<Request, String> {
    let mut arguments = arguments;
    let mut options = Options::default();
    let mut child = None;
    while let Some(argument) = arguments.next() {
        let mut path = || arguments.next().map(PathBuf::from).ok_or(format!("{argument} wants a path"));
        match argument.as_str() {
            "--bench" => {} // From cargo.
            "--help" | "-h" => return Ok(Request::Help),
            "--quick" => options.quick = true,
            "--json" => options.json = Some(path()?),
            "--svg" => options.svg = Some(path()?),
            "--write" => options.write = Some(path()?),
            #[cfg(target_os = "linux")]
            "--start" => return arguments.next().map(Request::Start).ok_or("--start wants a library".into()),
            "--child" => child = Some(path()?),
            name => match SUBJECTS.iter().find(|subject| subject.name == name) {
                Some(subject) => options.subjects.push(subject),
                None => return Err(format!("there is no subject {name:?}; --help lists them")),
            },
        }
    }
    if options.write.as_deref().is_some_and(|path| !path.exists()) {
        return Err("--write wants a document that exists".into());
    }
    if let Some(folder) = &options.svg {
        make_folder(folder)?;
    }
    match (child, options.subjects.first()) {
        (Some(rows), Some(subject)) => Ok(Request::Child(subject, rows, options)),
        (Some(_), None) => Err("--child wants a subject".into()),
        (None, first) => {
            if first.is_none() {
                options.subjects = SUBJECTS.iter().collect();
            }
            Ok(Request::Run(options))
        }
    }
}

fn make_folder(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|e| format!("{} cannot be made: {e}", folder.display()))
}

pub fn help() -> String {
    let mut text = String::from(
        "usage: end_to_end [option...] [subject...]

Measures what invitations cost from end to end. Every figure is the median of several runs, with the lowest and the
highest, beside its floor of the same run. Without a subject all are measured, which takes some minutes.

  --quick       a tenth of the work, to see that everything runs
  --json F      the rows as JSON, to the file F (-: the standard output)
  --svg DIR     plots, into the folder DIR
  --write F     puts the tables between the markers of the document F

subjects:
",
    );
    for subject in SUBJECTS {
        text += &format!("  {:13} {}\n", subject.name, subject.about);
    }
    text
}
