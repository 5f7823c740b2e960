//! The checks that need a login.

use std::time::{Duration, Instant};

use super::super::names::Names;
use super::super::protocol::{Connect, Publish, Will};
use super::super::stream::Way;
use super::Finding;
use super::client::{Cause, Client, Outcome, Trouble, reason};

/// The delay of the Will that is tried.
const WILL_DELAY: Duration = Duration::from_secs(1);

/// How long a Will may take beyond its delay: brokers look once a second or so. Tried a second time with the longer one.
const WILL_SLACK: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(8)];

/// What stands in the entry of presence.
const HERE: &[u8] = b"doctor: here";
const GONE: &[u8] = b"doctor: gone";

/// For what must not come, after it was proved that later messages do.
const GRACE: Duration = Duration::from_millis(300);

/// A login at a broker that can be reached.
pub struct Visit<'a> {
    pub way: Way,
    pub names: Names,
    /// How somebody else is called at the broker.
    pub other: Names,
    /// That user.
    pub user: &'a str,
    pub password: Option<&'a [u8]>,
    pub longest: usize,
}

impl Visit<'_> {
    /// Checks it all; `told` is told each finding.
    pub fn run(&self, told: &mut impl FnMut(&str, Finding) -> bool) {
        let name = self.names.me();
        let client = match self.log_in(name, true, 0) {
            Ok(client) => client,
            Err(trouble) => {
                told("login", Err(self.why_no_login(&trouble)));
                return;
            }
        };
        told("login", Ok(format!("{name} is logged in, with MQTT 5")));
        let missing = self.missing(&client);
        client.close();
        told("features", missing);
        told("client id", self.client_id());
        told("publish as somebody else", self.forge());
        told("presence of somebody else", self.forge_presence());
        told("read another user's messages", self.eavesdrop());
        told("round trip", self.round_trip());
        told("largest message", self.largest());
        self.presence(told);
    }

    fn log_in(&self, client_id: &str, clean_start: bool, session_expiry: u32) -> Outcome<Client> {
        let topic = self.names.entry(self.names.instance());
        let will = Will { topic: &topic, payload: GONE, delay: WILL_DELAY.as_secs() as u32, expiry: 60 };
        let connect = Connect {
            client_id,
            user: self.names.me(),
            password: self.password,
            clean_start,
            keep_alive: 60,
            session_expiry,
            will,
        };
        Client::log_in(&self.way, &connect)
    }

    fn why_no_login(&self, trouble: &Trouble) -> String {
        let hint = match (trouble.cause, self.password) {
            (Cause::Reason(0x86 | 0x87), Some(_)) => "; is the token the password of this name?",
            (Cause::Reason(0x86 | 0x87), None) => "; no token was given",
            (Cause::Reason(0x84 | 0x01), _) => "; a broker for MQTT 5 is needed",
            _ => "",
        };
        format!("{} as {:?}{hint}", trouble.why, self.names.me())
    }

    /// What the broker says about itself when it lets a client in.
    fn missing(&self, client: &Client) -> Finding {
        let connack = &client.connack;
        let room = self.longest + self.names.own_message().len() + 64;
        let mut missing = Vec::new();
        if connack.maximum_qos < 1 {
            missing.push("it has no QoS 1".to_string());
        }
        if !connack.retain_available {
            missing.push("it retains no messages".into());
        }
        if (connack.maximum_packet as usize) < room {
            missing.push(format!(
                "it takes packets of {} bytes, the longest message needs {room}",
                connack.maximum_packet
            ));
        }
        let packet = match connack.maximum_packet {
            u32::MAX => "of any size".into(),
            size => format!("of up to {size} bytes"),
        };
        let good =
            format!("QoS 1, retained messages, packets {packet}, {} unacknowledged at a time", connack.receive_maximum);
        if missing.is_empty() { Ok(good) } else { Err(missing.join("; ")) }
    }

    /// Whoever may choose any client id ends anybody's session by choosing that one's.
    fn client_id(&self) -> Finding {
        let mut first = self.log_in(self.names.me(), true, 0)?;
        let foreign = format!("{}-doctor", self.names.me());
        let second = match self.log_in(&foreign, true, 0) {
            Ok(second) => second,
            Err(Trouble { cause: Cause::Reason(0x85..=0x87) | Cause::Closed, .. }) => {
                first.close();
                return Ok("a client id other than the user name is refused".into());
            }
            Err(trouble) => return Err(trouble.why),
        };
        let both = match first.ping() {
            Ok(()) => true,
            Err(Trouble { cause: Cause::Other, why }) => return Err(why),
            Err(_) => false,
        };
        second.close();
        if both {
            let why =
                "a client may choose any client id, so it can end the session of anybody else by using that one's";
            return Err(format!("{why}; Mosquitto and EMQX: use_username_as_clientid"));
        }
        Ok("it is the user name, whatever the client says".into())
    }

    /// To the own address, so that nobody else is disturbed if it works.
    fn forge(&self) -> Finding {
        let inbox = self.names.messages();
        let topic = format!("{}{}", inbox.trim_end_matches('+'), self.other.me());
        self.is_kept_from(&topic, &inbox, &format!("anybody can send in the name of {:?}", self.user))
    }

    /// Of an instance that does not exist, not retained, so that nobody else is disturbed if it works.
    fn forge_presence(&self) -> Finding {
        let topic = self.other.entry("0000000000000000");
        let so = format!("anybody can say whether {:?} is there", self.user);
        self.is_kept_from(&topic, &self.other.own_presence(), &so)
    }

    /// A publish to `topic` must be refused, or at least not arrive at `filter`; `so`: what follows if it does.
    fn is_kept_from(&self, topic: &str, filter: &str, so: &str) -> Finding {
        let mut client = self.log_in(self.names.me(), true, 0)?;
        client.subscribe(&[&self.names.messages(), filter])?;
        let answer = match client.publish(&Publish { topic, payload: b"", retain: false, expiry: Some(1) }) {
            Ok(answer) => answer,
            // Some brokers end the connection of a client that tries.
            Err(Trouble { cause: Cause::Reason(code), .. }) => return Ok(format!("refused: {}", reason(code))),
            Err(Trouble { cause: Cause::Closed, .. }) => return Ok("refused: the connection is closed".into()),
            Err(trouble) => return Err(trouble.why),
        };
        let came = self.has_come(&mut client, topic)?;
        client.close();
        match (came, answer) {
            (true, _) => Err(format!("a publish to {topic} arrives: {so}")),
            (false, 0x80..) => Ok(format!("refused: {}", reason(answer))),
            (false, _) => Ok("dropped without a word".into()),
        }
    }

    /// A broker may grant a subscription and filter what is delivered: what counts is whether anything comes.
    fn eavesdrop(&self) -> Finding {
        let mut client = self.log_in(self.names.me(), true, 0)?;
        let inbox = self.names.messages();
        let answers = client.subscribe(&[&inbox, &self.other.messages(), "#"])?;
        let topic = self.names.message(self.user);
        let sent = client.publish(&Publish { topic: &topic, payload: b"", retain: false, expiry: Some(1) });
        match sent? {
            code @ 0x80.. => return Err(format!("a message to {:?} is refused: {}", self.user, reason(code))),
            _ if self.has_come(&mut client, &topic)? => {
                return Err(format!("a message to {topic} arrives: anybody can read what is for {:?}", self.user));
            }
            _ => {}
        }
        client.close();
        let granted = answers.get(1).is_some_and(|code| *code < 0x80);
        Ok(if granted { "the subscription is granted, and brings nothing" } else { "the subscription is refused" }
            .into())
    }

    /// Whether something came from `topic`. The client reads its own messages.
    fn has_come(&self, client: &mut Client, topic: &str) -> Result<bool, String> {
        let mut messages = client.messages_before_now(&self.names.own_message())?;
        messages.extend(client.message(GRACE)?);
        Ok(messages.iter().any(|(of, _)| of == topic))
    }

    fn round_trip(&self) -> Finding {
        let mut client = self.log_in(self.names.me(), true, 0)?;
        client.subscribe(&[&self.names.messages()])?;
        let mut times = Vec::new();
        for _ in 0..9 {
            let began = Instant::now();
            client.messages_before_now(&self.names.own_message())?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        client.close();
        times.sort_by(f64::total_cmp);
        Ok(format!("{:.2} ms to the broker and back, {:.2} ms at worst, of {}", times[4], times[8], times.len()))
    }

    fn largest(&self) -> Finding {
        let mut client = self.log_in(self.names.me(), true, 0)?;
        client.subscribe(&[&self.names.messages()])?;
        let (topic, payload) = (self.names.own_message(), vec![b'x'; self.longest]);
        let code = client.publish(&Publish { topic: &topic, payload: &payload, retain: false, expiry: Some(60) });
        let code = code.map_err(|trouble| format!("{} bytes: {}", self.longest, trouble.why))?;
        if code >= 0x80 {
            return Err(format!("{} bytes are refused: {}", self.longest, reason(code)));
        }
        let messages = client.messages_before_now(&topic)?;
        client.close();
        match messages.iter().any(|(_, came)| came[..] == payload[..]) {
            true => Ok(format!("{} bytes arrive", self.longest)),
            false => Err(format!("{} bytes are acknowledged, and do not arrive", self.longest)),
        }
    }

    /// Retained messages, their expiry, and the Will: one story, for the waits are the same.
    fn presence(&self, told: &mut impl FnMut(&str, Finding) -> bool) {
        let entry = self.names.entry(self.names.instance());
        let brief = self.names.entry("ffffffffffffffff");
        let retained = self.retain(&entry, &brief);
        if told("retained message", retained) {
            told("will", self.will(&entry));
            // By now its second has long passed.
            told("message expiry", self.is_gone(&brief));
        }
        if let Ok(mut client) = self.log_in(self.names.me(), true, 0) {
            for topic in [&entry, &brief] {
                // An empty one takes the retained message away; it expires anyway.
                let _ = client.publish(&Publish { topic, payload: b"", retain: true, expiry: None });
            }
            client.close();
        }
    }

    fn retain(&self, entry: &str, brief: &str) -> Finding {
        let mut client = self.log_in(self.names.me(), true, 0)?;
        for (topic, expiry) in [(entry, 60), (brief, 1)] {
            let publish = Publish { topic, payload: HERE, retain: true, expiry: Some(expiry) };
            let code = client.publish(&publish)?;
            if code >= 0x80 {
                return Err(format!("the own presence may not be written: {}", reason(code)));
            }
        }
        let came = self.retained(&mut client, entry)?;
        client.close();
        match came.as_deref() {
            Some(HERE) => Ok("presence that was published before comes with a subscription".into()),
            _ => Err(format!("what was retained at {entry} does not come with a subscription to it")),
        }
    }

    /// What comes from `topic` with a subscription made now.
    fn retained(&self, client: &mut Client, topic: &str) -> Result<Option<Vec<u8>>, String> {
        client.subscribe(&[&self.names.messages()])?;
        client.subscribe(&[topic])?;
        let mut messages = client.messages_before_now(&self.names.own_message())?;
        messages.extend(client.message(GRACE)?);
        Ok(messages.into_iter().find(|(of, _)| of == topic).map(|(_, payload)| payload.to_vec()))
    }

    /// A client that is back before the delay has passed leaves no Will, one that stays away does.
    fn will(&self, entry: &str) -> Finding {
        // To come back without a clean start: that would end the session, and with it the delay.
        let back = || self.log_in(self.names.me(), false, 60);
        drop(self.log_in(self.names.me(), true, 60)?);
        let mut client = back()?;
        if !client.connack.session_present {
            return Err("a session does not outlive its connection".into());
        }
        client.subscribe(&[entry])?;
        let end = Instant::now() + WILL_DELAY + WILL_SLACK[0];
        while let Some((_, payload)) = client.message(end.saturating_duration_since(Instant::now()))? {
            if &payload[..] == GONE {
                return Err("a client that is back in time is reported gone all the same".into());
            }
        }
        for slack in WILL_SLACK {
            drop(client);
            // Nobody can look meanwhile: there is one account, and whoever logs in with it is back.
            std::thread::sleep(WILL_DELAY + slack);
            client = back()?;
            if self.retained(&mut client, entry)?.as_deref() == Some(GONE) {
                client.close();
                let delay = WILL_DELAY.as_secs();
                return Ok(format!(
                    "published {delay} s after a connection broke, and not if the client is back by then"
                ));
            }
        }
        client.close();
        let waited = (WILL_DELAY + WILL_SLACK[1]).as_secs();
        Err(format!("{waited} s after a connection broke its Will is not published: nobody learns that a user is gone"))
    }

    fn is_gone(&self, brief: &str) -> Finding {
        let mut client = self.log_in(self.names.me(), true, 0)?;
        let came = self.retained(&mut client, brief)?;
        client.close();
        match came {
            None => Ok("a message that was to live for a second is gone".into()),
            Some(_) => Err("a message that was to live for a second is still there: old invitations would ring".into()),
        }
    }
}
