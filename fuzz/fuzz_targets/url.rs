//! Addresses of carriers: no panic, and a sentence that is short, one line, and repeats no password.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtm_call::transport::check;

/// Stands for a password: before the @ of an address or of a proxy.
const SECRET: &str = "S3cr3t";

fuzz_target!(|url: &str| {
    if url.contains(SECRET) {
        return;
    }
    for url in [url, &url.replacen('@', &format!(":{SECRET}@"), 1)] {
        let Err(error) = check(url) else { continue };
        let sentence = error.to_string();
        assert!(sentence.len() <= 500 && !sentence.chars().any(char::is_control), "{sentence:?}");
        // A hub has a name, and nobody's password.
        assert!(url.starts_with("hub://") || !sentence.contains(SECRET), "{sentence:?}");
    }
});
