//! What comes and goes while a session stands: messages, acknowledgements, presence, markers.

use super::core::{Core, Counts, Phase, Report};
use super::entry::Entry;
use super::login::SYNC;
use super::names::Topic;
use super::outbox::{About, Lane, Letter};
use super::outcome::sentence;
use super::protocol;
use crate::time::Instant;
use crate::transport::{Bytes, Incoming, Level, Presence};

/// What a marker begins with: no message of the protocol does.
const MARKER: &str = "rtm-sync/1 ";
/// To how many peers a denied message is logged.
const MAX_DENIED_TO: usize = 1_000;

impl Core {
    pub(super) fn on_puback(&mut self, id: u16, reason: u8, now: Instant) {
        let Some(letter) = self.outbox.acknowledged(id) else { return };
        match (reason, letter.about.clone()) {
            (0x10, About::Message(_)) => self.counts.undelivered += 1,
            (0x80.., About::Marker(number)) if self.phase == Phase::Syncing(number) => {
                let why = sentence("the broker refuses messages to oneself", reason, "");
                self.shut_out(&why, now);
            }
            (0x80.., About::Message(to)) => {
                self.counts.denied += 1;
                if self.counts.denied_to.len() < MAX_DENIED_TO && self.counts.denied_to.insert(to.clone()) {
                    self.note(Level::Warn, sentence(&format!("the broker refuses messages to {to:?}"), reason, ""));
                }
            }
            (_, About::Presence) => {
                if reason >= 0x80 {
                    self.note(Level::Warn, sentence("the broker refuses the own presence", reason, ""));
                }
                if self.phase == Phase::Announcing && letter.topic == self.names.entry(self.names.instance()) {
                    self.announced(now);
                }
            }
            _ => {}
        }
    }

    pub(super) fn on_publish(&mut self, topic: &str, payload: Bytes, now: Instant) {
        match self.names.read(topic) {
            Some(Topic::Message { from }) => {
                // The topic is bound to the sender by the broker's rules; only this user itself sends markers here.
                if topic == self.names.own_message() && payload.starts_with(MARKER.as_bytes()) {
                    return self.on_marker(&payload, now);
                }
                let message = Incoming { from: from.into(), bytes: payload };
                match self.reports.last_mut() {
                    Some(Report::Messages(batch)) => batch.push(message),
                    _ => self.reports.push(Report::Messages(vec![message])),
                }
            }
            Some(Topic::Presence { user, instance }) => {
                let Some(entry) = Entry::read(&payload) else { return self.drop_unroutable(topic) };
                if self.names.entry(instance) == topic {
                    self.instances.note(instance, entry);
                }
                let (user, instance) = (user, instance.to_owned());
                if let Some(presence) = self.book.entry(&user, &instance, entry.is_online()) {
                    self.reports.push(Report::Presence(user, presence));
                }
            }
            None => self.drop_unroutable(topic),
        }
    }

    fn drop_unroutable(&mut self, topic: &str) {
        self.counts.unroutable += 1;
        if self.counts.unroutable == 1 {
            self.note(Level::Warn, format!("dropped a message whose topic or content means nothing here: {topic:?}"));
        }
    }

    fn on_marker(&mut self, payload: &[u8], now: Instant) {
        let number = std::str::from_utf8(payload).ok().and_then(|text| text.strip_prefix(MARKER)).and_then(|text| {
            let (instance, number) = text.split_once(' ')?;
            (instance == self.names.instance()).then(|| number.parse().ok())?
        });
        let Some(number) = number else { return };
        if self.phase == Phase::Syncing(number) {
            self.synced(now);
        }
        for user in self.book.marked(number) {
            self.reports.push(Report::Presence(user, Presence::Offline));
        }
    }

    /// Says what the library wants said, when the session stands.
    pub(super) fn say(&mut self, now: Instant) {
        if self.phase != Phase::Up {
            return;
        }
        while let Some((id, users)) = self.book.next_subscribe(|| self.outbox.next_id()) {
            let filters: Vec<String> = users.iter().map(|user| self.names.presence(user)).collect();
            protocol::subscribe(&mut self.out, id, filters.iter().map(String::as_str));
        }
        while let Some(leaving) = self.book.next_unsubscribe() {
            let filters: Vec<String> = leaving.iter().map(|user| self.names.presence(user)).collect();
            let id = self.outbox.next_id();
            protocol::unsubscribe(&mut self.out, id, filters.iter().map(String::as_str));
        }
        if self.book.mark(now, self.markers + 1) {
            self.send_marker(now);
        }
    }

    /// Sends a marker to oneself; its number.
    pub(super) fn send_marker(&mut self, now: Instant) -> u64 {
        self.markers += 1;
        let payload = format!("{MARKER}{} {}", self.names.instance(), self.markers);
        let about = About::Marker(self.markers);
        self.publish_own(self.names.own_message(), payload.as_bytes(), about, now + SYNC);
        self.markers
    }

    pub(super) fn publish_own(&mut self, topic: String, payload: &[u8], about: About, deadline: Instant) {
        let retain = about == About::Presence;
        self.outbox.push_own(Letter { topic, payload: payload.into(), retain, deadline, about, lane: Lane::Usual });
    }

    /// Logs what was counted since the last time.
    pub(super) fn log_counts(&mut self) {
        let Counts { denied, undelivered, unroutable, too_large, .. } = self.counts;
        if denied + undelivered + unroutable + too_large > 0 {
            let denied_to = std::mem::take(&mut self.counts.denied_to);
            self.counts = Counts { denied_to, ..Counts::default() };
            let line = format!(
                "counted: denied={denied} nobody_subscribed={undelivered} unroutable={unroutable} too_large={too_large}"
            );
            self.note(Level::Info, line);
        }
    }

    pub(super) fn too_large(&mut self, letter: &Letter) {
        self.counts.too_large += 1;
        self.note(Level::Warn, format!("the broker takes no packet of this size: {} bytes", letter.payload.len()));
    }
}
