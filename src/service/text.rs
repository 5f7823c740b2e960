//! The texts of an object, which getters hand out as pointers.

use crate::engine::SharedText;

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
    /// By [`Which`].
    current: [SharedText; 4],
    handed_out: [bool; 4],
    /// Boxed, since hardly any object has former ones.
    kept: Option<Box<Kept>>,
}

#[derive(Default)]
struct Kept(Vec<SharedText>);

impl Texts {
    /// All empty but for the user id of the other party.
    pub fn new(peer: SharedText) -> Texts {
        let mut new = Texts::default();
        new.set(Which::Peer, peer);
        new
    }

    /// Replaces a text.
    pub fn set(&mut self, which: Which, text: SharedText) {
        let at = which as usize;
        let old = std::mem::replace(&mut self.current[at], text);
        if std::mem::take(&mut self.handed_out[at]) && !old.is_empty() {
            self.kept.get_or_insert_default().0.push(old);
        }
    }

    pub fn get(&self, which: Which) -> &SharedText {
        &self.current[which as usize]
    }

    /// The text with its final NUL, at an address that stays valid as long as this object.
    pub fn hand_out(&mut self, which: Which) -> *const u8 {
        self.handed_out[which as usize] = true;
        self.current[which as usize].as_c_ptr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_that_was_handed_out_is_kept() {
        const TEXT: Which = Which::Content;
        let mut texts = Texts::default();
        texts.set(TEXT, "a".into());
        texts.set(TEXT, "b".into());
        assert!(texts.kept.is_none());
        let b = texts.hand_out(TEXT);
        assert_eq!(texts.hand_out(TEXT), b, "the same pointer as long as the text is the same");
        texts.set(TEXT, "c".into());
        assert_eq!(texts.kept.as_ref().unwrap().0.len(), 1);
        assert_eq!(texts.kept.as_ref().unwrap().0[0].as_c_ptr(), b);
        assert_eq!(*texts.get(TEXT), "c");
        texts.set(TEXT, "".into());
        assert_eq!(texts.kept.as_ref().unwrap().0.len(), 1);
        assert_eq!(*texts.get(TEXT), "");
        assert!(!texts.hand_out(TEXT).is_null());
    }

    #[test]
    fn texts_do_not_touch_each_other() {
        let mut texts = Texts::new("bob".into());
        texts.set(Which::Channel, "room".into());
        let room = texts.hand_out(Which::Channel);
        texts.set(Which::Response, "yes".into());
        assert_eq!((&**texts.get(Which::Peer), &**texts.get(Which::Content)), ("bob", ""));
        assert_eq!((&**texts.get(Which::Channel), &**texts.get(Which::Response)), ("room", "yes"));
        assert_eq!(texts.hand_out(Which::Channel), room);
    }
}
