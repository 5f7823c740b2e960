//! What is to be published: bounded queue, window of the broker (Receive Maximum), and what waits for its PUBACK. What was not
//! acknowledged when a connection broke is published again on the next one.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use super::protocol::{Publish, publish_at_least_once};
use crate::time::Instant;
use crate::transport::{Bytes, Refused};

/// How many publishes wait in a lane, and how many bytes they have in total.
const MAX_WAITING: usize = 10_000;
const MAX_WAITING_BYTES: usize = 16 << 20;
/// How many may be under way, however many the broker takes.
const MAX_WINDOW: u16 = 1_000;
/// While so many encoded bytes wait for the socket, nothing more is encoded.
const MAX_UNSENT: usize = 128 << 10;

/// One publish.
#[derive(Clone, Debug)]
pub struct Letter {
    pub topic: String,
    pub payload: Bytes,
    pub retain: bool,
    /// Dropped after it, by this library or by the broker.
    pub deadline: Instant,
    pub about: About,
    pub lane: Lane,
}

/// Where a letter waits: what is ahead passes what is not, and keeps its order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    Ahead,
    Usual,
}

/// What a letter is about: who looks at its acknowledgement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum About {
    /// A message to this user.
    Message(Box<str>),
    /// The own presence.
    Presence,
    /// A marker with this number.
    Marker(u64),
}

/// What waits in a lane.
#[derive(Debug, Default)]
struct Queue {
    letters: VecDeque<Letter>,
    bytes: usize,
}

/// The publishes of one session, over all its connections.
#[derive(Debug)]
pub struct Outbox {
    /// By their lane.
    waiting: [Queue; 2],
    /// Where the payloads of the waiting messages are: one that is sent again is the same.
    places: HashSet<usize>,
    /// In the order of their first sending; each with its packet identifier.
    under_way: VecDeque<(u16, Letter)>,
    window: u16,
    max_packet: usize,
    last_id: u16,
}

impl Default for Outbox {
    fn default() -> Outbox {
        Outbox {
            waiting: Default::default(),
            places: HashSet::new(),
            under_way: VecDeque::new(),
            window: 0,
            max_packet: usize::MAX,
            last_id: 0,
        }
    }
}

impl Outbox {
    /// Takes a message, if there is room. One that is sent again while it waits here does not wait twice.
    pub fn push(&mut self, letter: Letter) -> Result<(), Refused> {
        let place = letter.place();
        if self.places.contains(&place) {
            return Ok(());
        }
        let queue = self.queue(letter.lane);
        if queue.letters.len() >= MAX_WAITING || queue.bytes + letter.payload.len() > MAX_WAITING_BYTES {
            return Err(Refused::Full);
        }
        self.places.insert(place);
        self.queue(letter.lane).push(letter);
        Ok(())
    }

    /// Takes what the session itself has to say: small, few, and always.
    pub fn push_own(&mut self, letter: Letter) {
        self.queue(letter.lane).push(letter);
    }

    /// A connection stands: takes its limits, and publishes again, as DUP and in the old order, what the broker's session has
    /// not acknowledged. `resumed`: whether the broker has that session; if not, they are published as new.
    pub fn resume(&mut self, resumed: bool, receive_maximum: u16, max_packet: u32, now: Instant, out: &mut Vec<u8>) {
        self.window = receive_maximum.min(MAX_WINDOW);
        self.max_packet = max_packet as usize;
        // Markers and presence tell of their own connection only.
        self.under_way.retain(|(_, letter)| letter.deadline > now && matches!(letter.about, About::Message(_)));
        let keep = if resumed { self.under_way.len().min(self.window.into()) } else { 0 };
        for (_, letter) in self.under_way.split_off(keep).into_iter().rev() {
            self.places.insert(letter.place());
            let queue = self.queue(letter.lane);
            queue.bytes += letter.payload.len();
            queue.letters.push_front(letter);
        }
        for (id, letter) in &self.under_way {
            letter.encode(out, *id, true, now);
        }
    }

    /// The connection broke: nothing goes out until the next one, which has its own markers and presence to send.
    pub fn pause(&mut self) {
        self.window = 0;
        for queue in &mut self.waiting {
            queue.letters.retain(|letter| matches!(letter.about, About::Message(_)));
            queue.bytes = queue.letters.iter().map(|letter| letter.payload.len()).sum();
        }
    }

    /// Encodes what the window and the socket have room for. Answers what the broker is never going to take.
    pub fn fill(&mut self, now: Instant, out: &mut Vec<u8>) -> Vec<Letter> {
        let mut too_large = Vec::new();
        while self.under_way.len() < self.window.into() && out.len() < MAX_UNSENT {
            let Some(letter) = self.waiting.iter_mut().find_map(Queue::pop) else { break };
            self.places.remove(&letter.place());
            if letter.deadline <= now {
                continue;
            }
            if letter.packet(now).size() > self.max_packet {
                too_large.push(letter);
                continue;
            }
            let id = self.next_id();
            letter.encode(out, id, false, now);
            self.under_way.push_back((id, letter));
        }
        too_large
    }

    /// The broker has acknowledged `id`; the letter, if there is one.
    pub fn acknowledged(&mut self, id: u16) -> Option<Letter> {
        let place = self.under_way.iter().position(|(under_way, _)| *under_way == id)?;
        self.under_way.remove(place).map(|(_, letter)| letter)
    }

    /// Whether [`fill`](Outbox::fill) would find something to encode.
    pub fn can_fill(&self) -> bool {
        self.is_any_waiting() && self.under_way.len() < self.window.into()
    }

    /// Whether nothing waits and nothing is under way.
    pub fn is_empty(&self) -> bool {
        !self.is_any_waiting() && self.under_way.is_empty()
    }

    fn is_any_waiting(&self) -> bool {
        self.waiting.iter().any(|queue| !queue.letters.is_empty())
    }

    fn queue(&mut self, lane: Lane) -> &mut Queue {
        &mut self.waiting[lane as usize]
    }

    /// An identifier that no publish has. SUBSCRIBE takes its own from here too.
    pub fn next_id(&mut self) -> u16 {
        loop {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            if !self.under_way.iter().any(|(id, _)| *id == self.last_id) {
                return self.last_id;
            }
        }
    }
}

impl Queue {
    fn push(&mut self, letter: Letter) {
        self.bytes += letter.payload.len();
        self.letters.push_back(letter);
    }

    fn pop(&mut self) -> Option<Letter> {
        let letter = self.letters.pop_front()?;
        self.bytes -= letter.payload.len();
        Some(letter)
    }
}

impl Letter {
    /// Where its payload is in memory.
    fn place(&self) -> usize {
        self.payload.place()
    }

    fn packet(&self, now: Instant) -> Publish<'_> {
        let left = self.deadline.since(now);
        let expiry = (self.deadline != Instant::NEVER).then(|| whole_seconds(left));
        Publish { topic: &self.topic, payload: &self.payload, retain: self.retain, expiry }
    }

    fn encode(&self, out: &mut Vec<u8>, id: u16, again: bool, now: Instant) {
        publish_at_least_once(out, id, again, &self.packet(now));
    }
}

/// Rounded up, at least one.
pub fn whole_seconds(time: Duration) -> u32 {
    let seconds = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0)).max(1);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_nanos(1_000_000_000);

    fn letter(payload: &str) -> Letter {
        let payload: Bytes = payload.as_bytes().into();
        let about = About::Message("bob".into());
        Letter {
            topic: "t".into(),
            payload,
            retain: false,
            deadline: NOW + Duration::from_secs(9),
            about,
            lane: Lane::Usual,
        }
    }

    fn outbox(window: u16, payloads: &[&str]) -> Outbox {
        let mut outbox = Outbox::default();
        outbox.resume(false, window, u32::MAX, NOW, &mut Vec::new());
        payloads.iter().for_each(|payload| outbox.push(letter(payload)).unwrap());
        outbox
    }

    /// The publishes in `out`, each as DUP, packet identifier and payload.
    fn published(out: &[u8]) -> Vec<(bool, u16, String)> {
        let mut rest = out;
        let mut found = Vec::new();
        while let [first, length, body @ ..] = rest {
            let (body, after) = body.split_at(usize::from(*length));
            // The topic "t", the identifier, the expiry.
            let id = u16::from_be_bytes([body[3], body[4]]);
            found.push((first & 0x08 != 0, id, String::from_utf8(body[11..].to_vec()).unwrap()));
            rest = after;
        }
        found
    }

    fn filled(outbox: &mut Outbox) -> Vec<(bool, u16, String)> {
        let mut out = Vec::new();
        assert!(outbox.fill(NOW, &mut out).is_empty());
        published(&out)
    }

    #[test]
    fn no_more_are_under_way_than_the_broker_takes() {
        let mut outbox = outbox(2, &["a", "b", "c"]);
        assert_eq!(filled(&mut outbox), [(false, 1, "a".into()), (false, 2, "b".into())]);
        assert!(filled(&mut outbox).is_empty() && !outbox.can_fill());
        assert!(outbox.acknowledged(2).is_some());
        assert!(outbox.acknowledged(2).is_none(), "a second acknowledgement frees nothing");
        assert_eq!(filled(&mut outbox), [(false, 3, "c".into())]);
        outbox.acknowledged(1);
        outbox.acknowledged(3);
        assert!(outbox.is_empty());
    }

    #[test]
    fn what_is_not_acknowledged_goes_out_again_with_its_identifier() {
        let mut outbox = outbox(10, &["a", "b", "c"]);
        filled(&mut outbox);
        outbox.acknowledged(2);
        outbox.pause();
        outbox.push(letter("d")).unwrap();
        assert!(filled(&mut outbox).is_empty(), "nothing goes out without a connection");
        let mut out = Vec::new();
        outbox.resume(true, 10, u32::MAX, NOW, &mut out);
        assert_eq!(published(&out), [(true, 1, "a".into()), (true, 3, "c".into())]);
        assert_eq!(filled(&mut outbox), [(false, 4, "d".into())]);
    }

    #[test]
    fn a_smaller_window_counts_what_is_resumed() {
        let mut outbox = outbox(10, &["a", "b", "c"]);
        filled(&mut outbox);
        let mut out = Vec::new();
        outbox.resume(true, 1, u32::MAX, NOW, &mut out);
        assert_eq!(published(&out), [(true, 1, "a".into())]);
        assert!(filled(&mut outbox).is_empty());
        outbox.acknowledged(1);
        assert_eq!(filled(&mut outbox), [(false, 4, "b".into())]);
    }

    #[test]
    fn a_broker_that_knows_no_session_gets_all_as_new_and_in_order() {
        let mut outbox = outbox(2, &["a", "b", "c"]);
        filled(&mut outbox);
        let mut out = Vec::new();
        outbox.resume(false, 10, u32::MAX, NOW, &mut out);
        assert!(out.is_empty());
        assert_eq!(payloads(&mut outbox), ["a", "b", "c"]);
    }

    #[test]
    fn what_has_expired_is_not_sent() {
        let mut outbox = outbox(1, &["a", "b"]);
        filled(&mut outbox);
        let late = NOW + Duration::from_secs(9);
        let mut out = Vec::new();
        outbox.resume(true, 1, u32::MAX, late, &mut out);
        outbox.fill(late, &mut out);
        assert!(out.is_empty() && outbox.is_empty());
    }

    #[test]
    fn what_is_sent_again_while_it_waits_waits_once() {
        let mut outbox = outbox(1, &[]);
        let (a, b) = (letter("a"), letter("b"));
        for again in [&a, &b, &a, &b] {
            outbox.push(again.clone()).unwrap();
        }
        assert_eq!(filled(&mut outbox), [(false, 1, "a".into())]);
        // The first is under way, and waits no longer.
        outbox.push(a.clone()).unwrap();
        outbox.push(b.clone()).unwrap();
        outbox.pause();
        outbox.resume(false, 10, u32::MAX, NOW, &mut Vec::new());
        outbox.push(a).unwrap();
        assert_eq!(payloads(&mut outbox), ["a", "b", "a"]);
        outbox.push(b).unwrap();
        assert_eq!(filled(&mut outbox).len(), 1);
    }

    #[test]
    fn both_bounds_answer_full() {
        let mut many = outbox(0, &[]);
        (0..MAX_WAITING).for_each(|_| many.push(letter("x")).unwrap());
        assert_eq!(many.push(letter("x")), Err(Refused::Full));
        let mut large = outbox(0, &[]);
        let big = "x".repeat(1 << 20);
        (0..16).for_each(|_| large.push(letter(&big)).unwrap());
        assert_eq!(large.push(letter("x")), Err(Refused::Full));
        large.push_own(letter("presence"));
    }

    fn answer(payload: &str) -> Letter {
        Letter { lane: Lane::Ahead, ..letter(payload) }
    }

    fn payloads(outbox: &mut Outbox) -> Vec<String> {
        filled(outbox).into_iter().map(|(_, _, payload)| payload).collect()
    }

    #[test]
    fn what_is_ahead_passes_what_waits_and_keeps_its_order() {
        let mut outbox = outbox(1, &["a", "b"]);
        assert_eq!(payloads(&mut outbox), ["a"]);
        ["x", "y"].into_iter().for_each(|payload| outbox.push(answer(payload)).unwrap());
        outbox.pause();
        outbox.resume(false, 10, u32::MAX, NOW, &mut Vec::new());
        assert_eq!(payloads(&mut outbox), ["x", "y", "a", "b"]);
    }

    #[test]
    fn a_full_lane_leaves_the_other_one_free() {
        let mut outbox = outbox(0, &[]);
        (0..MAX_WAITING).for_each(|_| outbox.push(letter("x")).unwrap());
        assert_eq!(outbox.push(letter("x")), Err(Refused::Full));
        assert_eq!(outbox.push(answer("y")), Ok(()));
    }

    #[test]
    fn what_the_broker_never_takes_is_handed_back() {
        let mut outbox = Outbox::default();
        outbox.resume(false, 9, 100, NOW, &mut Vec::new());
        outbox.push(letter(&"x".repeat(100))).unwrap();
        outbox.push(letter("small")).unwrap();
        let mut out = Vec::new();
        assert_eq!(outbox.fill(NOW, &mut out).len(), 1);
        assert_eq!(published(&out).len(), 1);
    }

    #[test]
    fn identifiers_in_use_are_passed_over_and_never_zero() {
        let mut outbox = outbox(2, &["a", "b"]);
        filled(&mut outbox);
        outbox.last_id = u16::MAX;
        assert_eq!(outbox.next_id(), 3);
    }

    #[test]
    fn seconds_are_rounded_up() {
        let rounded = [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (29_999, 30)];
        for (ms, seconds) in rounded {
            assert_eq!(whole_seconds(Duration::from_millis(ms)), seconds);
        }
    }
}
