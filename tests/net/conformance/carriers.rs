//! The carriers of the table.

use std::any::Any;

use rtm_call::service::Config;

/// One column.
pub struct Carrier {
    pub name: &'static str,
    pub url: String,
    /// What else the carrier needs in a configuration.
    pub set: Box<dyn Fn(&mut Config) + Send + Sync>,
}

/// All carriers, and what must live as long as they are used.
pub fn all() -> (Vec<Box<dyn Any>>, Vec<Carrier>) {
    (Vec::new(), vec![plain("hub", "hub://conformance".into())])
}

fn plain(name: &'static str, url: String) -> Carrier {
    Carrier { name, url, set: Box::new(|_| ()) }
}
