//! The texts of an object, which getters hand out as pointers.

/// Which text of an invitation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// The user id of the other party.
    Peer,
    Content,
    Channel,
    Response,
}

/// The texts of an invitation and, of those that a getter handed out, every former one: a pointer that the application got stays
/// valid until the object is freed, also while another thread replaces the text (SPEC section 6).
#[derive(Default)]
pub struct Texts {
    /// By [`Which`], each with its final NUL; `None` is the empty text.
    current: [Option<Box<str>>; 4],
    handed_out: [bool; 4],
    /// Boxed, since hardly any object has former ones.
    kept: Option<Box<Kept>>,
}

#[derive(Default)]
struct Kept(Vec<Box<str>>);

const EMPTY: &str = "\0";

impl Texts {
    /// All empty but for the user id of the other party.
    pub fn new(peer: &str) -> Texts {
        let mut new = Texts::default();
        new.set(Which::Peer, peer);
        new
    }

    /// Replaces a text. It must not contain U+0000.
    pub fn set(&mut self, which: Which, text: &str) {
        let at = which as usize;
        let old = self.current[at].take();
        if let Some(old) = old.filter(|_| self.handed_out[at]) {
            self.kept.get_or_insert_default().0.push(old);
        }
        self.handed_out[at] = false;
        if !text.is_empty() {
            let mut new = String::with_capacity(text.len() + 1);
            new.push_str(text);
            new.push('\0');
            self.current[at] = Some(new.into_boxed_str());
        }
    }

    pub fn get(&self, which: Which) -> &str {
        let text = self.current[which as usize].as_deref().unwrap_or(EMPTY);
        &text[..text.len() - 1]
    }

    /// The text with its final NUL, at an address that stays valid as long as this object.
    pub fn hand_out(&mut self, which: Which) -> *const u8 {
        self.handed_out[which as usize] = true;
        self.current[which as usize].as_deref().unwrap_or(EMPTY).as_ptr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_that_was_handed_out_is_kept() {
        const TEXT: Which = Which::Content;
        let mut texts = Texts::default();
        texts.set(TEXT, "a");
        texts.set(TEXT, "b");
        assert!(texts.kept.is_none());
        let b = texts.hand_out(TEXT);
        assert_eq!(texts.hand_out(TEXT), b, "the same pointer as long as the text is the same");
        texts.set(TEXT, "c");
        assert_eq!(texts.kept.as_ref().unwrap().0.len(), 1);
        assert_eq!(texts.kept.as_ref().unwrap().0[0].as_ptr(), b);
        assert_eq!(texts.get(TEXT), "c");
        texts.set(TEXT, "");
        assert_eq!(texts.kept.as_ref().unwrap().0.len(), 1);
        assert_eq!(texts.get(TEXT), "");
        assert!(!texts.hand_out(TEXT).is_null());
    }

    #[test]
    fn texts_do_not_touch_each_other() {
        let mut texts = Texts::new("bob");
        texts.set(Which::Channel, "room");
        let room = texts.hand_out(Which::Channel);
        texts.set(Which::Response, "yes");
        assert_eq!((texts.get(Which::Peer), texts.get(Which::Content)), ("bob", ""));
        assert_eq!((texts.get(Which::Channel), texts.get(Which::Response)), ("room", "yes"));
        assert_eq!(texts.hand_out(Which::Channel), room);
    }
}
