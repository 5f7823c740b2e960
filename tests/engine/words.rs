//! Names of the code as the documents write them.

use std::fmt::Debug;

/// The last words of a name in C, as the original writes them.
pub fn short(name: &'static str) -> &'static str {
    let prefixes = [
        "RTM_LOCAL_INVITATION_STATE_",
        "RTM_REMOTE_INVITATION_STATE_",
        "RTM_LOCAL_INVITATION_ERR_",
        "RTM_REMOTE_INVITATION_ERR_",
    ];
    prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

/// `CallerCanceled` in words.
pub fn words(input: impl Debug) -> String {
    let mut words = String::new();
    for c in format!("{input:?}").chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}
