//! A text that many keep.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// A text without U+0000 (who sends one has looked), shared by whoever keeps it: the object that it was set in, the message that carries it, in the same process
/// the other side. A NUL follows it, for getters in C. The empty text takes no memory.
#[derive(Clone, Default)]
pub struct SharedText(Option<Arc<str>>);

const EMPTY: &str = "\0";

impl SharedText {
    fn with_nul(&self) -> &str {
        self.0.as_deref().unwrap_or(EMPTY)
    }

    /// The text with its final NUL; valid as long as somebody keeps it.
    pub fn as_c_ptr(&self) -> *const u8 {
        self.with_nul().as_ptr()
    }
}

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        let text = self.with_nul();
        &text[..text.len() - 1]
    }
}

impl From<&str> for SharedText {
    fn from(text: &str) -> SharedText {
        if text.is_empty() {
            return SharedText::default();
        }
        let mut with_nul = String::with_capacity(text.len() + 1);
        with_nul.push_str(text);
        with_nul.push('\0');
        SharedText(Some(with_nul.into()))
    }
}

impl From<String> for SharedText {
    fn from(text: String) -> SharedText {
        text.as_str().into()
    }
}

impl Borrow<str> for SharedText {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq for SharedText {
    fn eq(&self, other: &SharedText) -> bool {
        **self == **other
    }
}

impl Eq for SharedText {}

impl PartialEq<str> for SharedText {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for SharedText {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl PartialOrd for SharedText {
    fn partial_cmp(&self, other: &SharedText) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SharedText {
    fn cmp(&self, other: &SharedText) -> Ordering {
        (**self).cmp(other)
    }
}

impl Hash for SharedText {
    // As a `str`, for maps are asked with one.
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
