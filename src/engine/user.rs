//! Names and texts that travel, and their limits (SPEC section 5). The limits are written once, here.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use super::SharedText;
use crate::error::Error;

/// Longest user id, in bytes.
pub const MAX_USER_ID: usize = 64;
/// Longest app id, in bytes.
pub const MAX_APP_ID: usize = 64;
/// Longest content or response, in bytes.
pub const MAX_CONTENT: usize = 8192;
/// Longest channel id, in bytes.
pub const MAX_CHANNEL_ID: usize = 64;
/// Longest peer message, in bytes.
pub const MAX_MESSAGE: usize = 32_768;

/// A valid user id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(SharedText);

impl UserId {
    /// Checks `text`; `what` names it in the error's sentence, as in "callee id".
    pub fn new(text: &str, what: &str) -> Result<UserId, Error> {
        let wrong = |why: String| Err(Error::InvalidArgument(format!("the {what} {why}")));
        if text.is_empty() {
            return wrong("is empty".into());
        }
        if text.len() > MAX_USER_ID {
            return wrong(format!("is {} bytes, the limit is {MAX_USER_ID}", text.len()));
        }
        if text == "null" {
            return wrong("is the literal \"null\"".into());
        }
        match text.chars().find(|c| !allowed(*c)) {
            Some(c) => wrong(format!("contains {c:?}, which a user id must not")),
            None => Ok(UserId(text.into())),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, shared.
    pub fn text(&self) -> &SharedText {
        &self.0
    }

    /// The text, as carriers and events know it: a copy.
    pub fn to_arc(&self) -> Arc<str> {
        self.as_str().into()
    }
}

impl Borrow<str> for UserId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Checks a text against its limit; `what` names it in the error's sentence.
pub fn check_text(text: &str, limit: usize, what: &str) -> Result<(), Error> {
    if text.len() > limit {
        return Err(Error::InvalidArgument(format!("the {what} is {} bytes, the limit is {limit}", text.len())));
    }
    if text.contains('\0') {
        return Err(Error::InvalidArgument(format!("the {what} contains U+0000")));
    }
    Ok(())
}

/// Checks an app id.
pub fn check_app_id(text: &str) -> Result<(), Error> {
    if text.is_empty() {
        return Err(Error::InvalidAppId("the app id is empty".into()));
    }
    if text.len() > MAX_APP_ID {
        return Err(Error::InvalidAppId(format!("the app id is {} bytes, the limit is {MAX_APP_ID}", text.len())));
    }
    Ok(())
}

/// Whether a user id may contain `c`.
fn allowed(c: char) -> bool {
    matches!(c, ' '..='~') && !matches!(c, '"' | '\'' | '*' | '/' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_ids_are_those_of_the_contract() {
        let listed = " !#$%&()+,-.0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";
        for c in (0..=255u8).map(char::from) {
            assert_eq!(UserId::new(&c.to_string(), "user id").is_ok(), listed.contains(c), "{c:?}");
        }
        assert!(UserId::new(&"a".repeat(64), "user id").is_ok());
        assert_eq!(
            UserId::new(&"a".repeat(70), "callee id").unwrap_err().to_string(),
            "the callee id is 70 bytes, the limit is 64"
        );
        assert!(UserId::new("", "user id").is_err());
        assert!(UserId::new("null", "user id").is_err());
        assert!(UserId::new(" x", "user id").is_ok());
        assert!(UserId::new("nulls", "user id").is_ok());
    }

    #[test]
    fn texts_are_counted_in_bytes() {
        assert!(check_text(&"ü".repeat(4096), MAX_CONTENT, "content").is_ok());
        assert!(check_text(&"ü".repeat(4097), MAX_CONTENT, "content").is_err());
        assert!(check_text("a\0b", MAX_CONTENT, "content").is_err());
        assert!(check_app_id("").is_err());
        assert!(check_app_id(&"a".repeat(64)).is_ok());
        assert!(check_app_id(&"a".repeat(65)).is_err());
    }
}
