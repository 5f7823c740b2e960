//! The doctor, with the ids checked as a service checks them.

use crate::engine::user::{UserId, check_app_id};
use crate::error::Error;

/// Told of each check: its name, whether it holds, and a sentence.
pub type Report<'a> = &'a mut dyn FnMut(&str, bool, &str);

/// Checks the broker of `url` as `user`, who must not pass for `other`; whether all checks hold. Waits for the network.
pub fn run(
    url: &str,
    app: &str,
    user: &str,
    token: Option<&str>,
    other: &str,
    report: Report<'_>,
) -> Result<bool, Error> {
    check_app_id(app)?;
    UserId::new(user, "user id")?;
    UserId::new(other, "other user id")?;
    if user == other {
        return Err(Error::InvalidArgument(format!("the other user is {other:?} too")));
    }
    crate::transport::check(url)?;
    if url.starts_with("hub://") {
        return Err(Error::Unsupported("hub:// has no broker to check".into()));
    }
    examine(url, app, user, token, other, report)
}

#[cfg(feature = "mqtt")]
fn examine(
    url: &str,
    app_id: &str,
    user: &str,
    token: Option<&str>,
    other: &str,
    report: Report<'_>,
) -> Result<bool, Error> {
    use crate::engine::message::MAX_WIRE;
    use crate::transport::mqtt::doctor::{self, Request};
    doctor::run(&Request { url, app_id, user, token, other, longest: MAX_WIRE }, report)
}

#[cfg(not(feature = "mqtt"))]
fn examine(url: &str, _: &str, _: &str, _: Option<&str>, _: &str, _: Report<'_>) -> Result<bool, Error> {
    Err(Error::Unsupported(format!("this build cannot check {url}")))
}
