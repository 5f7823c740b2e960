//! The page for other implementations: one file, the set inside.

use std::fs;

use serde_json::{Map, Value};

use crate::{folder, writing};

/// Where the set goes in `page.html`.
const PLACE: &str = "\"the set goes here\"";

/// tests/golden/certify.html is page.html with this set in it.
pub fn check(set: &[(&'static str, Value)]) {
    let page = fs::read_to_string(folder().join("page.html")).expect("the page is there");
    assert_eq!(page.matches(PLACE).count(), 1, "page.html has one place for the set");
    let files: Map<String, Value> = set.iter().map(|(name, file)| ((*name).to_owned(), file.clone())).collect();
    // Inside a script element nothing may look like its end.
    let made =
        page.replace(PLACE, &Value::Object(files).to_string().replace("</", "<\\/").replace("<!--", "<\\u0021--"));
    let path = folder().join("certify.html");
    if writing() {
        fs::write(&path, &made).expect("it can be written");
    }
    let kept = fs::read_to_string(path).unwrap_or_default();
    assert!(kept == made, "tests/golden/certify.html is not page.html with the set: ./dev golden --write");
}
