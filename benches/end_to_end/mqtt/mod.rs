//! Invitations through a Mosquitto of the benchmark's own on the loopback, beside the bare client, which does the same
//! publishes and nothing else.

mod bare;
mod broker;
mod idle;
mod overload;
mod pairs;
mod pump;
mod rate;
mod services;
mod set_up;

pub use idle::run as idle;
pub use overload::run as overload;
pub use rate::run as rate;
pub use services::run as services;
pub use set_up::{run_default as default_broker, run_one_core as one_core, run_two_cores as two_cores};

use self::broker::Broker;
use crate::api::{Delivery, Setup};
use crate::report::Report;

/// How many pairs of users, and how many invitations each has outstanding, where many are under way.
const PAIRS: usize = 10;
const OUTSTANDING: usize = 8;

/// The broker; if there is none, `what` is not measured, and the report says why.
fn started(report: &mut Report, what: &str, broker: Result<Broker, String>) -> Option<Broker> {
    match broker {
        Ok(broker) => Some(broker),
        Err(why) => {
            report.skip(what, &why);
            None
        }
    }
}

/// Users of this broker. `options` follow its address.
fn at(broker: &Broker, options: &str, delivery: Delivery) -> Setup {
    Setup { url: Some(format!("{}{options}", broker.url())), delivery, ..Setup::default() }
}
