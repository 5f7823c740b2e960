//! What the reasons of a broker mean (MQTT 5, section 2.4; SPEC section 8).

use std::time::Duration;

use crate::sys;
use crate::transport::{Ended, Refusal};

/// What follows from an answer of the broker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Try again, after a pause.
    Retry,
    /// A login is refused for good; so is a new token.
    Refused(Refusal),
    /// A session that stood is over.
    Ended(Ended),
    /// The same name has connected elsewhere.
    TakenOver,
}

/// What a CONNACK that is no success means. `first`: the session has never stood.
pub fn of_connack(reason: u8, first: bool, token: bool) -> Verdict {
    match reason {
        // Mosquitto answers a wrong password with 0x87, as it does a user that it does not know. A token that was good once
        // is not any more: it has expired.
        0x86 | 0x87 if token && !first => Verdict::Ended(Ended::TokenExpired),
        0x86 | 0x87 if token => Verdict::Refused(Refusal::InvalidToken),
        0x86 | 0x87 => Verdict::Refused(Refusal::NotAuthorized),
        0x8a if first => Verdict::Refused(Refusal::Rejected),
        0x8a => Verdict::Ended(Ended::Banned),
        0x97 | 0x9f if first => Verdict::Refused(Refusal::TooOften),
        // Unspecified, specific to the broker, unavailable, busy, shutting down, quota, rate.
        0x80 | 0x83 | 0x88 | 0x89 | 0x8b | 0x97 | 0x9f => Verdict::Retry,
        _ if first => Verdict::Refused(Refusal::Rejected),
        _ => Verdict::Retry,
    }
}

/// What a DISCONNECT of the broker means.
pub fn of_disconnect(reason: u8) -> Verdict {
    match reason {
        0x8e => Verdict::TakenOver,
        0x98 => Verdict::Ended(Ended::Banned),
        _ => Verdict::Retry,
    }
}

/// The name of a reason, for the log.
pub fn name(reason: u8) -> &'static str {
    match reason {
        0x00 => "success",
        0x10 => "nobody is subscribed",
        0x80 => "unspecified error",
        0x81 => "malformed packet",
        0x82 => "protocol error",
        0x83 => "an error of its own",
        0x84 => "it does not speak MQTT 5",
        0x85 => "the client id is not valid",
        0x86 => "wrong user name or password",
        0x87 => "not authorized",
        0x88 => "server unavailable",
        0x89 => "server busy",
        0x8a => "banned",
        0x8b => "server shutting down",
        0x8c => "bad authentication method",
        0x8d => "keep-alive timeout",
        0x8e => "session taken over",
        0x8f => "topic filter not valid",
        0x90 => "topic name not valid",
        0x93 => "receive maximum exceeded",
        0x95 => "packet too large",
        0x96 => "message rate too high",
        0x97 => "quota exceeded",
        0x98 => "administrative action",
        0x99 => "payload format not valid",
        0x9a => "retain not supported",
        0x9b => "QoS not supported",
        0x9c | 0x9d => "use another server",
        0x9f => "connection rate exceeded",
        0xa0 => "maximum connect time",
        _ => "another reason",
    }
}

/// What the broker did, why, and its own words.
pub fn sentence(what: &str, reason: u8, text: &str) -> String {
    // The broker's words are not to be trusted: one line, and not too long.
    let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    let name = name(reason);
    if text.is_empty() {
        format!("{what}: {name} (0x{reason:02x})")
    } else {
        format!("{what}: {name} (0x{reason:02x}, {text:?})")
    }
}

/// The pauses between attempts to connect.
#[derive(Default)]
pub struct BackOff {
    attempts: u32,
}

impl BackOff {
    const FIRST: Duration = Duration::from_millis(250);
    const LONGEST: Duration = Duration::from_secs(15);

    /// The next pause: the first is short, then from 250 ms doubling to 15 s; of each a random half or more, so that the
    /// clients of a broker that was restarted do not come all at once.
    pub fn next(&mut self) -> Duration {
        let longest = Self::FIRST.saturating_mul(1 << self.attempts.min(10)).min(Self::LONGEST);
        let longest = if self.attempts == 0 { longest / 2 } else { longest };
        self.attempts = self.attempts.saturating_add(1);
        let least = if self.attempts == 1 { Duration::ZERO } else { longest / 2 };
        let dice = sys::random_u128().unwrap_or_default() as u32;
        least + (longest - least).mul_f64(f64::from(dice) / f64::from(u32::MAX))
    }

    /// A connection was good.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound() {
        let mut back_off = BackOff::default();
        let mut bounds = vec![(0, 125)];
        bounds.extend([(250, 500), (500, 1_000), (1_000, 2_000), (2_000, 4_000), (4_000, 8_000)]);
        bounds.extend([(7_500, 15_000); 100]);
        for (least, most) in bounds {
            let pause = back_off.next();
            assert!((least..=most).contains(&(pause.as_millis() as u64)), "{pause:?} not in {least} to {most} ms");
        }
        back_off.reset();
        assert!(back_off.next() <= Duration::from_millis(125));
    }

    #[test]
    fn a_wrong_password_is_final_and_a_busy_broker_is_not() {
        assert_eq!(of_connack(0x87, true, true), Verdict::Refused(Refusal::InvalidToken));
        assert_eq!(of_connack(0x86, true, false), Verdict::Refused(Refusal::NotAuthorized));
        assert_eq!(of_connack(0x87, false, true), Verdict::Ended(Ended::TokenExpired));
        assert_eq!(of_connack(0x84, true, true), Verdict::Refused(Refusal::Rejected));
        assert_eq!(of_connack(0x89, true, true), Verdict::Retry);
        assert_eq!(of_connack(0x9f, false, true), Verdict::Retry);
        assert_eq!(of_connack(0x8a, false, true), Verdict::Ended(Ended::Banned));
        assert_eq!(of_disconnect(0x8e), Verdict::TakenOver);
        assert_eq!(of_disconnect(0x8b), Verdict::Retry);
    }
}
