//! A text of an object that getters hand out as a pointer.

/// A text and, if a getter handed it out, every former one: a pointer that the application got stays valid until the object is freed,
/// also while another thread replaces the text (SPEC section 6).
#[derive(Default)]
pub struct Text {
    /// With its final NUL; `None` is the empty text.
    current: Option<Box<str>>,
    handed_out: bool,
    /// Boxed, since hardly any text has former ones.
    kept: Option<Box<Kept>>,
}

#[derive(Default)]
struct Kept(Vec<Box<str>>);

const EMPTY: &str = "\0";

impl Text {
    pub fn new(text: &str) -> Text {
        let mut new = Text::default();
        new.set(text);
        new
    }

    /// Replaces the text. It must not contain U+0000.
    pub fn set(&mut self, text: &str) {
        let old = self.current.take();
        if let Some(old) = old.filter(|_| self.handed_out) {
            self.kept.get_or_insert_default().0.push(old);
        }
        self.handed_out = false;
        if !text.is_empty() {
            let mut new = String::with_capacity(text.len() + 1);
            new.push_str(text);
            new.push('\0');
            self.current = Some(new.into_boxed_str());
        }
    }

    pub fn as_str(&self) -> &str {
        let text = self.current.as_deref().unwrap_or(EMPTY);
        &text[..text.len() - 1]
    }

    /// The text with its final NUL, at an address that stays valid as long as this object.
    pub fn hand_out(&mut self) -> *const u8 {
        self.handed_out = true;
        self.current.as_deref().unwrap_or(EMPTY).as_ptr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_that_was_handed_out_is_kept() {
        let mut text = Text::new("a");
        text.set("b");
        assert!(text.kept.is_none());
        let b = text.hand_out();
        assert_eq!(text.hand_out(), b, "the same pointer as long as the text is the same");
        text.set("c");
        assert_eq!(text.kept.as_ref().unwrap().0.len(), 1);
        assert_eq!(text.kept.as_ref().unwrap().0[0].as_ptr(), b);
        assert_eq!(text.as_str(), "c");
        text.set("");
        assert_eq!(text.kept.as_ref().unwrap().0.len(), 1);
        assert_eq!(text.as_str(), "");
        assert!(!text.hand_out().is_null());
    }
}
