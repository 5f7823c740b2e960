//! A session of the carrier itself, without a service, and what it reports.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rtm_call::runtime::Runtime;
use rtm_call::transport::{self, Inbox, Incoming, Level, Link, Options, Presence, Session, Transport};

use super::party::BOUND;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Report {
    Link(Link),
    Message(String, String),
    Presence(String, Presence),
    Note(String),
}

#[derive(Default)]
struct Diary {
    reports: Mutex<Vec<Report>>,
    news: Condvar,
}

pub struct Carrier {
    pub transport: Arc<dyn Transport>,
    diary: Arc<Diary>,
}

impl Diary {
    fn add(&self, reports: impl IntoIterator<Item = Report>) {
        self.reports.lock().unwrap().extend(reports);
        self.news.notify_all();
    }
}

impl Inbox for Diary {
    fn link(&self, link: Link) {
        self.add([Report::Link(link)]);
    }

    fn deliver(&self, batch: &[Incoming]) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.add(batch.iter().map(|message| Report::Message(message.from.to_string(), text(&message.bytes))));
    }

    fn presence(&self, user: &str, presence: Presence) {
        self.add([Report::Presence(user.into(), presence)]);
    }

    fn note(&self, _level: Level, line: &str) {
        self.add([Report::Note(line.into())]);
    }
}

impl Carrier {
    pub fn start(url: &str, user: &str, token: Option<&str>) -> Carrier {
        Carrier::with_grace(url, user, token, Duration::from_secs(15))
    }

    pub fn with_grace(url: &str, user: &str, token: Option<&str>, grace: Duration) -> Carrier {
        let options = Options { app_id: "test".into(), grace, ca_pem: None };
        let carrier = Carrier {
            transport: transport::open(url, &options, &Runtime::process()).unwrap(),
            diary: Arc::new(Diary::default()),
        };
        let session = Session { user: user.into(), token: token.map(Into::into) };
        carrier.transport.start(session, carrier.diary.clone());
        carrier
    }

    pub fn online(url: &str, user: &str) -> Carrier {
        let carrier = Carrier::start(url, user, None);
        carrier.wait(Report::Link(Link::Up));
        carrier
    }

    pub fn send(&self, to: &str, text: &str) {
        self.transport.send(to, &text.as_bytes().into(), Duration::from_millis(29_001)).unwrap();
    }

    /// Waits for this report.
    pub fn wait(&self, report: Report) {
        self.wait_for(&format!("{report:?}"), |reports| reports.contains(&report).then_some(()));
    }

    /// Waits until what was reported gives something.
    pub fn wait_for<T>(&self, what: &str, look: impl Fn(&[Report]) -> Option<T>) -> T {
        let until = Instant::now() + BOUND;
        let mut reports = self.diary.reports.lock().unwrap();
        loop {
            if let Some(found) = look(&reports) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no {what}; reported: {reports:#?}");
            reports = self.diary.news.wait_timeout(reports, left).unwrap().0;
        }
    }

    /// Waits for a note that contains `text`.
    pub fn wait_note(&self, text: &str) -> String {
        self.wait_for(&format!("note with {text:?}"), |reports| {
            reports.iter().find_map(|report| match report {
                Report::Note(line) if line.contains(text) => Some(line.clone()),
                _ => None,
            })
        })
    }

    /// All reports, without notes.
    pub fn reports(&self) -> Vec<Report> {
        let reports = self.diary.reports.lock().unwrap();
        reports.iter().filter(|report| !matches!(report, Report::Note(_))).cloned().collect()
    }

    pub fn notes(&self) -> Vec<String> {
        let reports = self.diary.reports.lock().unwrap();
        let notes = reports.iter().filter_map(|report| match report {
            Report::Note(line) => Some(line.clone()),
            _ => None,
        });
        notes.collect()
    }
}
