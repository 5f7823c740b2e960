//! JSON as messages use it: one object of texts and small numbers. A message is written and read four times an invitation,
//! at a quarter of what it takes serde; what is rare, escaped texts and the values of unknown fields, is still serde_json's.

use std::borrow::Cow;

use serde::de::IgnoredAny;

/// Writes one object.
pub struct Writer(Vec<u8>);

impl Writer {
    /// An object without fields, with memory for so many bytes.
    pub fn new(room: usize) -> Writer {
        Writer(Vec::with_capacity(room))
    }

    /// A field with a text of which nothing has to be escaped.
    pub fn plain(&mut self, name: &str, text: &str) {
        self.name(name);
        self.0.push(b'"');
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(b'"');
    }

    /// A field with any text.
    pub fn text(&mut self, name: &str, text: &str) {
        if plain(text.as_bytes()) == text.len() {
            return self.plain(name, text);
        }
        self.name(name);
        serde_json::to_writer(&mut self.0, text).expect("memory takes everything");
    }

    pub fn number(&mut self, name: &str, number: u32) {
        self.name(name);
        serde_json::to_writer(&mut self.0, &number).expect("memory takes everything");
    }

    /// The bytes of the object.
    pub fn finish(mut self) -> Vec<u8> {
        self.0.extend_from_slice(if self.0.is_empty() { b"{}" } else { b"}" });
        self.0
    }

    fn name(&mut self, name: &str) {
        self.0.extend_from_slice(if self.0.is_empty() { b"{\"" } else { b",\"" });
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }
}

/// Reads what is left of an object. Each function answers nothing if that is not what comes.
pub struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    /// Reads the object that `bytes` are: `field` gets each name in turn and reads the value.
    pub fn object(bytes: &'a [u8], mut field: impl FnMut(&str, &mut Reader<'a>) -> Option<()>) -> Option<()> {
        let mut reader = Reader(std::str::from_utf8(bytes).ok()?);
        reader.space();
        reader.take("{")?;
        reader.space();
        let mut more = reader.take("}").is_none();
        while more {
            let name = reader.text()?;
            reader.space();
            reader.take(":")?;
            reader.space();
            field(&name, &mut reader)?;
            reader.space();
            more = reader.take(",").is_some();
            if more { reader.space() } else { reader.take("}")? }
        }
        reader.space();
        reader.0.is_empty().then_some(())
    }

    /// A text, borrowed unless something in it is escaped.
    pub fn text(&mut self) -> Option<Cow<'a, str>> {
        let text = self.0.strip_prefix('"')?;
        let end = plain(text.as_bytes());
        match text.as_bytes().get(end)? {
            b'"' => {
                self.0 = &text[end + 1..];
                Some(Cow::Borrowed(&text[..end]))
            }
            b'\\' => self.value().map(Cow::Owned),
            _ => None,
        }
    }

    /// A whole number in decimal digits.
    pub fn number(&mut self) -> Option<u32> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.0.split_at(digits);
        let padded = digits > 1 && number.starts_with('0');
        self.0 = rest;
        number.parse().ok().filter(|_| !padded)
    }

    /// What `read` reads, or null.
    pub fn optional<T>(&mut self, read: impl FnOnce(&mut Reader<'a>) -> Option<T>) -> Option<Option<T>> {
        if self.take("null").is_some() { Some(None) } else { read(self).map(Some) }
    }

    /// Any value, which is of no interest.
    pub fn skip(&mut self) -> Option<()> {
        self.value::<IgnoredAny>().map(|_| ())
    }

    fn value<T: serde::de::DeserializeOwned>(&mut self) -> Option<T> {
        let mut values = serde_json::Deserializer::from_str(self.0).into_iter();
        let value = values.next()?.ok();
        self.0 = &self.0[values.byte_offset()..];
        value
    }

    fn space(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, token: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(token)?;
        Some(())
    }
}

/// How many bytes from the beginning on are neither a quote nor a backslash nor a control character.
fn plain(bytes: &[u8]) -> usize {
    let special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    // Sixteen at once without a branch, which is one instruction of a processor for each comparison.
    let clean = |some: &&[u8]| !some.iter().fold(false, |any, byte| any | special(*byte));
    let skipped = 16 * bytes.chunks_exact(16).take_while(clean).count();
    let rest = &bytes[skipped..];
    skipped + rest.iter().position(|byte| special(*byte)).unwrap_or(rest.len())
}
