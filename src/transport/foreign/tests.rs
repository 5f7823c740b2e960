//! The order of the calls, and what happens to those that wait. The border tests (`tests/border/transport*.c`) have the rest.

use std::sync::Weak;

use super::*;
use crate::transport::{Incoming, Presence};

/// A carrier that writes its calls down. While `inside` holds something, `send` makes that call, once.
#[derive(Default)]
struct Book {
    calls: Mutex<Vec<String>>,
    line: Mutex<Option<Weak<Line>>>,
    inside: Mutex<Option<Inside>>,
    links: Mutex<Vec<Link>>,
    cannot: bool,
}

type Inside = Box<dyn FnOnce(&Line) + Send>;

impl Book {
    fn note(&self, call: impl Into<String>) {
        self.calls.lock().push(call.into());
    }

    fn read(&self) -> Vec<String> {
        mem::take(&mut self.calls.lock())
    }
}

impl Carrier for Book {
    fn start(self: Arc<Self>, session: u64, login: &Login<'_>) -> Option<Box<dyn Running>> {
        self.note(format!("start {} {}", login.url, login.user));
        assert!(SESSIONS.get(session).is_ok());
        (!self.cannot).then(|| Box::new(Page(self)) as Box<dyn Running>)
    }
}

struct Page(Arc<Book>);

impl Running for Page {
    fn send(&self, to: &str, bytes: &[u8], expires_after: Duration) -> Result<(), Refused> {
        self.0.note(format!("send {to} {} {}", bytes.len(), expires_after.as_millis()));
        let inside = self.0.inside.lock().take();
        if let (Some(inside), Some(line)) = (inside, self.0.line.lock().as_ref().and_then(Weak::upgrade)) {
            inside(&line);
            self.0.note("sent");
        }
        if to == "full" { Err(Refused::Full) } else { Ok(()) }
    }

    fn watch(&self, user: &str, on: bool) {
        self.0.note(format!("watch {user} {on}"));
    }

    fn renew(&self, _token: &str) -> bool {
        false
    }

    fn stop(self: Box<Self>, within: Duration) {
        self.0.note(format!("stop {}", within.as_millis()));
    }
}

/// What the library hears.
struct Ear(Arc<Book>);

impl Inbox for Ear {
    fn link(&self, link: Link) {
        self.0.links.lock().push(link);
    }
    fn deliver(&self, _batch: &[Incoming]) {}
    fn presence(&self, _user: &str, _presence: Presence) {}
}

fn line(book: &Arc<Book>, runtime: &Arc<Runtime>) -> Arc<Line> {
    let desk = Mutex::new(Desk { carrier: Some(book.clone()), ..Desk::default() });
    let options = Options { app_id: "app".into(), grace: Duration::from_secs(15), ca_pem: None };
    let line = Line { url: "x://y".into(), options, runtime: runtime.clone(), desk, idle: Condvar::new() };
    let line = Arc::new(line);
    *book.line.lock() = Some(Arc::downgrade(&line));
    line
}

fn begin(line: &Line, book: &Arc<Book>) {
    line.start(Session { user: "me".into(), token: None }, Arc::new(Ear(book.clone())));
}

const SECOND: Duration = Duration::from_secs(1);

fn bytes() -> Bytes {
    Bytes::from(&b"1234"[..])
}

#[test]
fn a_session_starts_once_and_stops_once() {
    let (book, runtime) = (Arc::default(), Runtime::simulated());
    let line = line(&book, &runtime);
    assert_eq!(line.send("bob", &bytes(), SECOND), Err(Refused::Down));
    line.watch("bob", true);
    begin(&line, &book);
    begin(&line, &book);
    assert_eq!(line.send("bob", &bytes(), SECOND), Ok(()));
    assert_eq!(line.send("full", &bytes(), SECOND), Err(Refused::Full));
    line.stop(SECOND);
    line.stop(SECOND);
    begin(&line, &book);
    assert_eq!(line.send("bob", &bytes(), SECOND), Err(Refused::Down));
    assert_eq!(book.read(), ["start x://y me", "send bob 4 1000", "send full 4 1000", "stop 1000"]);
}

#[test]
fn a_session_that_was_stopped_before_it_began_never_begins() {
    let (book, runtime) = (Arc::default(), Runtime::simulated());
    let line = line(&book, &runtime);
    line.stop(SECOND);
    begin(&line, &book);
    assert!(book.read().is_empty());
    assert_eq!(Arc::strong_count(&book), 1, "the carrier is let go");
}

#[test]
fn a_session_that_is_dropped_is_stopped() {
    let (book, runtime): (Arc<Book>, _) = (Arc::default(), Runtime::simulated());
    let open = line(&book, &runtime);
    begin(&open, &book);
    drop(open);
    assert_eq!(book.read(), ["start x://y me", "stop 0"]);
    assert_eq!(Arc::strong_count(&book), 1, "the carrier is let go");
}

#[test]
fn a_session_that_cannot_start_is_refused_and_never_called() {
    let (book, runtime) = (Arc::new(Book { cannot: true, ..Book::default() }), Runtime::simulated());
    let line = line(&book, &runtime);
    begin(&line, &book);
    assert_eq!(*book.links.lock(), [Link::Refused(Refusal::Rejected)]);
    assert_eq!(line.send("bob", &bytes(), SECOND), Err(Refused::Down));
    line.stop(SECOND);
    assert_eq!(book.read(), ["start x://y me"]);
}

#[test]
fn a_token_that_cannot_be_replaced_is_refused() {
    let (book, runtime) = (Arc::default(), Runtime::simulated());
    let line = line(&book, &runtime);
    begin(&line, &book);
    line.renew("new");
    assert_eq!(*book.links.lock(), [Link::Renewed(Err(Refusal::Rejected))]);
}

#[test]
fn calls_inside_a_call_follow_it_in_order() {
    let (book, runtime): (Arc<Book>, _) = (Arc::default(), Runtime::simulated());
    let line = line(&book, &runtime);
    begin(&line, &book);
    *book.inside.lock() = Some(Box::new(|line| {
        assert_eq!(line.send("carol", &bytes(), SECOND), Ok(()), "it is queued");
        line.watch("carol", true);
        line.stop(SECOND);
        assert_eq!(line.send("dave", &bytes(), SECOND), Err(Refused::Down), "nothing follows the stop");
    }));
    line.send("bob", &bytes(), SECOND).unwrap();
    let expected = ["start x://y me", "send bob 4 1000", "sent", "send carol 4 1000", "watch carol true", "stop 1000"];
    assert_eq!(book.read(), expected);
}

#[test]
fn what_waits_is_bounded_and_ages() {
    let (book, runtime): (Arc<Book>, _) = (Arc::default(), Runtime::simulated());
    let line = line(&book, &runtime);
    begin(&line, &book);
    let clock = runtime.clone();
    *book.inside.lock() = Some(Box::new(move |line| {
        for _ in 0..MAX_WAITING / 2 {
            line.send("soon", &bytes(), SECOND).unwrap();
            line.send("later", &bytes(), SECOND * 3).unwrap();
        }
        assert_eq!(line.send("bob", &bytes(), SECOND), Err(Refused::Full));
        clock.advance(SECOND);
    }));
    line.send("bob", &bytes(), SECOND).unwrap();
    let calls = book.read();
    assert_eq!(calls.iter().filter(|call| *call == "send later 4 2000").count(), MAX_WAITING / 2);
    assert_eq!(calls.iter().filter(|call| call.starts_with("send soon")).count(), 0);
}

#[test]
fn a_bad_address_is_not_repeated_for_it_may_hold_a_password() {
    assert_eq!(check_url("tcp://alice:secret@relay"), Ok(()));
    let sentence = check_url("tcp://alice:secret@relay\n").unwrap_err().to_string();
    assert!(sentence.contains("control character") && !sentence.contains("secret"), "{sentence}");
}
