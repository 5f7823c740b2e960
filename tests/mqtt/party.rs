//! A user: a service, and everything that it is told, in order.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rtm_call::runtime::Runtime;
use rtm_call::service::event::{CallEvent, CallHandler, ServiceEvent, ServiceHandler};
use rtm_call::service::invitation::{LocalInvitation, RemoteInvitation};
use rtm_call::service::{Config, Service};

pub const BOUND: Duration = Duration::from_secs(20);

/// Something that a user was told.
#[derive(Clone, Debug)]
pub enum Told {
    Service(ServiceEvent),
    Call(CallEvent),
}

#[derive(Default)]
struct Diary {
    told: Mutex<Vec<Told>>,
    news: Condvar,
}

pub struct Party {
    pub service: Arc<Service>,
    diary: Arc<Diary>,
}

struct Writer(Arc<Diary>);

/// Keeps lines of the log only.
struct LogWriter(Arc<Diary>);

impl Diary {
    fn add(&self, told: Told) {
        self.told.lock().unwrap().push(told);
        self.news.notify_all();
    }
}

impl ServiceHandler for Writer {
    fn on_event(&self, event: &ServiceEvent) {
        if !matches!(event, ServiceEvent::Log(..)) {
            self.0.add(Told::Service(event.clone()));
        }
    }
}

impl ServiceHandler for LogWriter {
    fn on_event(&self, event: &ServiceEvent) {
        if matches!(event, ServiceEvent::Log(..)) {
            self.0.add(Told::Service(event.clone()));
        }
    }
}

impl CallHandler for Writer {
    fn on_event(&self, event: &CallEvent) {
        self.0.add(Told::Call(event.clone()));
    }
}

impl Party {
    pub fn new(config: Config) -> Party {
        let diary = Arc::new(Diary::default());
        let service = Service::new(config, &Runtime::process(), None).unwrap();
        service.initialize("test", Arc::new(Writer(diary.clone()))).unwrap();
        service.set_log_handler(Some(Arc::new(LogWriter(diary.clone())))).unwrap();
        service.set_log_filter(0x80f).unwrap();
        service.call_manager(Some(Arc::new(Writer(diary.clone()))), |_| ()).unwrap();
        Party { service, diary }
    }

    pub fn at(url: &str) -> Party {
        Party::new(Config { url: Some(url.into()), ..Config::default() })
    }

    /// Logged in.
    pub fn online(url: &str, user: &str) -> Party {
        let party = Party::at(url);
        party.log_in(None, user);
        party
    }

    pub fn log_in(&self, token: Option<&str>, user: &str) {
        self.service.login(token, user).unwrap();
        self.wait("the login", |told| matches!(told, Told::Service(ServiceEvent::LoginSuccess)).then_some(()));
    }

    /// How much it was told so far.
    pub fn mark(&self) -> usize {
        self.diary.told.lock().unwrap().len()
    }

    /// Waits until something fits; what the first that fits gives.
    pub fn wait<T>(&self, what: &str, fits: impl Fn(&Told) -> Option<T>) -> T {
        self.wait_from(0, what, fits)
    }

    /// The same for what it is told after `mark`.
    pub fn wait_from<T>(&self, mark: usize, what: &str, fits: impl Fn(&Told) -> Option<T>) -> T {
        let until = Instant::now() + BOUND;
        let mut told = self.diary.told.lock().unwrap();
        let mut seen = mark;
        loop {
            if let Some(found) = told[seen..].iter().find_map(&fits) {
                return found;
            }
            seen = told.len();
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no {what}; told: {:#?}", lines(&told));
            told = self.diary.news.wait_timeout(told, left).unwrap().0;
        }
    }

    /// What it was told, for a look back.
    pub fn told(&self) -> Vec<Told> {
        self.diary.told.lock().unwrap().clone()
    }

    /// How often something was told.
    pub fn count(&self, fits: impl Fn(&Told) -> bool) -> usize {
        self.diary.told.lock().unwrap().iter().filter(|told| fits(told)).count()
    }

    /// Waits for a line of the log that contains `text`.
    pub fn wait_line(&self, text: &str) -> String {
        self.wait(&format!("line with {text:?}"), |told| match told {
            Told::Service(ServiceEvent::Log(_, line)) if line.contains(text) => Some(line.to_string()),
            _ => None,
        })
    }

    /// Sends an invitation.
    pub fn call(&self, callee: &str, content: &str) -> Arc<LocalInvitation> {
        let invitation = self.service.create_local(callee).unwrap();
        invitation.set_content(content);
        self.service.send(&invitation).unwrap();
        invitation
    }

    /// Waits for an invitation with this content.
    pub fn rung(&self, content: &str) -> Arc<RemoteInvitation> {
        self.wait(&format!("ring {content:?}"), |told| match told {
            Told::Call(CallEvent::RemoteReceived(remote)) if remote.with_content(|text| text == content) => {
                Some(remote.clone())
            }
            _ => None,
        })
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        let _ = self.service.release(true);
    }
}

pub fn lines(told: &[Told]) -> Vec<String> {
    let line = |told: &Told| match told {
        Told::Service(ServiceEvent::Log(_, line)) => line.to_string(),
        Told::Service(event) => format!("{event:?}"),
        Told::Call(event) => format!("{event:?}").chars().take(120).collect(),
    };
    told.iter().map(line).collect()
}
