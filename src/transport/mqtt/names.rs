//! Names and topics: how user ids and app ids stand in an MQTT broker (docs/PROTOCOL.md, "The MQTT carrier").

/// The topics of one app, seen by one user. A name is what a user is called at the broker: as user name, client id and
/// level of a topic.
#[derive(Clone, Debug)]
pub struct Names {
    /// `rtm/1/<app>`.
    root: String,
    /// What stands before each name when names carry the app id.
    qualifier: String,
    /// The user of this session.
    me: String,
    /// The name of this instance: another one each login.
    instance: String,
}

/// What a topic is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Topic<'a> {
    /// A message to this user.
    Message { from: String },
    /// An entry of presence.
    Presence { user: String, instance: &'a str },
}

impl Names {
    pub fn new(app_id: &str, qualify: bool, user: &str, instance: u64) -> Names {
        let app = escape(app_id);
        // The app's own dots are escaped here, or "a.b" and "c" would make the same name as "a" and "b.c".
        let qualifier = if qualify { format!("{}.", app.replace('.', "~2E")) } else { String::new() };
        let root = format!("rtm/1/{app}");
        Names { root, me: format!("{qualifier}{}", escape(user)), qualifier, instance: format!("{instance:016x}") }
    }

    /// The name of this session's user.
    pub fn me(&self) -> &str {
        &self.me
    }

    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Where messages from this user to `to` go.
    pub fn message(&self, to: &str) -> String {
        format!("{}/m/{}{}/{}", self.root, self.qualifier, escape(to), self.me)
    }

    /// Where messages from this user to itself go; the markers too.
    pub fn own_message(&self) -> String {
        format!("{}/m/{me}/{me}", self.root, me = self.me)
    }

    /// All messages to this user.
    pub fn messages(&self) -> String {
        format!("{}/m/{}/+", self.root, self.me)
    }

    /// The presence of all instances of `user`.
    pub fn presence(&self, user: &str) -> String {
        format!("{}/p/{}{}/+", self.root, self.qualifier, escape(user))
    }

    /// The presence of all instances of this user.
    pub fn own_presence(&self) -> String {
        format!("{}/p/{}/+", self.root, self.me)
    }

    /// The entry of an instance of this user.
    pub fn entry(&self, instance: &str) -> String {
        format!("{}/p/{}/{instance}", self.root, self.me)
    }

    /// What `topic` is about; `None` if it is none of this user's.
    pub fn read<'a>(&self, topic: &'a str) -> Option<Topic<'a>> {
        let rest = topic.strip_prefix(&*self.root)?.strip_prefix('/')?;
        let mut levels = rest.split('/');
        let topic = match (levels.next()?, levels.next()?, levels.next()?) {
            ("m", to, from) if to == self.me => Topic::Message { from: self.user(from)? },
            ("p", user, instance) if is_instance(instance) => Topic::Presence { user: self.user(user)?, instance },
            _ => return None,
        };
        levels.next().is_none().then_some(topic)
    }

    /// The user of a name.
    fn user(&self, name: &str) -> Option<String> {
        unescape(name.strip_prefix(&*self.qualifier)?)
    }
}

/// 16 lower-case hexadecimal digits.
fn is_instance(level: &str) -> bool {
    level.len() == 16 && level.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// `A-Z a-z 0-9 . _ - @` stay, any other byte becomes `~` and two upper-case hexadecimal digits.
pub fn escape(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'@' => name.push(byte.into()),
            _ => name.push_str(&format!("~{byte:02X}")),
        }
    }
    name
}

/// The text whose escaped form this is; `None` if it is that of none. Each text has one form only, so nobody has two names.
pub fn unescape(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'~' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            byte => byte,
        });
    }
    let text = String::from_utf8(bytes).ok()?;
    (escape(&text) == name && !text.is_empty()).then_some(text)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_escape_and_come_back() {
        for (text, name) in [
            ("alice", "alice"),
            ("a+b#c$d", "a~2Bb~23c~24d"),
            ("Bob.Smith_1-x@example.org", "Bob.Smith_1-x@example.org"),
            ("~", "~7E"),
            (" !%&(),:;<=>?[]^`{|}", "~20~21~25~26~28~29~2C~3A~3B~3C~3D~3E~3F~5B~5D~5E~60~7B~7C~7D"),
            ("\u{e4}/", "~C3~A4~2F"),
        ] {
            assert_eq!(escape(text), name);
            assert_eq!(unescape(name).as_deref(), Some(text));
        }
        // Another spelling of the same text is another topic, and no name.
        for wrong in ["", "~", "~2", "~2b", "~41", "a b", "~C3", "a~", "~+1", "\u{e4}"] {
            assert_eq!(unescape(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn topics_are_read_as_they_are_written() {
        let names = Names::new("my app", false, "a+b", 0x1f);
        assert_eq!(names.message("c#"), "rtm/1/my~20app/m/c~23/a~2Bb");
        assert_eq!(names.messages(), "rtm/1/my~20app/m/a~2Bb/+");
        assert_eq!(names.entry(names.instance()), "rtm/1/my~20app/p/a~2Bb/000000000000001f");
        let message = names.read("rtm/1/my~20app/m/a~2Bb/c~23");
        assert_eq!(message, Some(Topic::Message { from: "c#".into() }));
        let presence = names.read("rtm/1/my~20app/p/c~23/000000000000001f");
        assert_eq!(presence, Some(Topic::Presence { user: "c#".into(), instance: "000000000000001f" }));
        for foreign in [
            "rtm/1/my~20app/m/other/c",
            "rtm/1/my~20app/m/a~2Bb",
            "rtm/1/my~20app/m/a~2Bb/c/d",
            "rtm/1/my~20app/m/a~2Bb/c~2b",
            "rtm/1/my~20app/p/c/1f",
            "rtm/1/other/m/a~2Bb/c",
            "rtm/1/my~20apple/m/a~2Bb/c",
            "",
        ] {
            assert_eq!(names.read(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn qualified_names_carry_the_app() {
        let names = Names::new("shop", true, "alice", 1);
        assert_eq!(names.me(), "shop.alice");
        assert_eq!(names.message("bob"), "rtm/1/shop/m/shop.bob/shop.alice");
        assert_eq!(names.read("rtm/1/shop/m/shop.alice/shop.bob"), Some(Topic::Message { from: "bob".into() }));
        assert_eq!(names.read("rtm/1/shop/m/shop.alice/bob"), None);
        // No two pairs of app and user have the same name.
        assert_eq!(Names::new("a.b", true, "c", 1).me(), "a~2Eb.c");
        assert_eq!(Names::new("a", true, "b.c", 1).me(), "a.b.c");
    }
}
