//! The carriers of the table.

use std::any::Any;
use std::path::Path;

use rtm_call::codes::Status;
use rtm_call::ffi::planted_table::rtm_planted_table;
use rtm_call::service::Config;

use crate::broker::{Broker, Folder, Listener, Wanted};
use crate::certificates::Authority;

/// One column.
pub struct Carrier {
    pub name: &'static str,
    pub url: String,
    /// What else the carrier needs in a configuration.
    pub set: Box<dyn Fn(&mut Config) + Send + Sync>,
}

/// All carriers, and what must live as long as they are used.
pub fn all() -> (Vec<Box<dyn Any>>, Vec<Carrier>) {
    let folder = Folder::new("conformance");
    let authority = Authority::new(&folder.0, "authority");
    let pair = authority.server("server", &["localhost"]);
    // The rules that are shipped, for users without passwords: the rows make up users as they need them.
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("cpp_examples/brokers/mosquitto/acl");
    let broker = Broker::start(&Wanted {
        listeners: vec![Listener::Tcp, Listener::Tls(&pair), Listener::WebSocket, Listener::WebSocketTls(&pair)],
        more: format!("acl_file {}\nuse_username_as_clientid true\n", rules.display()),
        ..Wanted::default()
    });
    // Every row has an app id of its own and all have an Alice: at the broker they are different users.
    let qualify = "?qualify=1";
    let trust = format!("{qualify}&ca_file={}", authority.file("authority").display());
    let at =
        |scheme: &str, listener: usize, rest: &str| format!("{scheme}://localhost:{}{rest}", broker.port(listener));
    // A carrier behind the C function table. Another test of this process may have registered it.
    let registered = rtm_planted_table();
    assert!(matches!(registered, Status::InvitationApiCallErrOk | Status::ErrInvalidState), "{registered:?}");
    let carriers = vec![
        plain("hub", "hub://conformance".into()),
        plain("mqtt", at("mqtt", 0, qualify)),
        plain("mqtts", at("mqtts", 1, &trust)),
        plain("ws", at("ws", 2, &format!("/mqtt{qualify}"))),
        plain("wss", at("wss", 3, &format!("/mqtt{trust}"))),
        plain("table", "table://conformance".into()),
    ];
    (vec![Box::new(folder), Box::new(broker)], carriers)
}

fn plain(name: &'static str, url: String) -> Carrier {
    Carrier { name, url, set: Box::new(|_| ()) }
}
