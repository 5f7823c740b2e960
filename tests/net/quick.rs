//! What TCP_QUICKACK is worth, against a broker in its default configuration.

use std::time::{Duration, Instant};

use rtm_call::service::Config;

use super::broker::Broker;
use super::party::{Party, id};
use super::story::Kind;

const CALLS: usize = 60;

/// Times from `send` to "it rings there", sorted.
fn set_ups(broker: &Broker, app: &str, options: &str) -> Vec<Duration> {
    let config = Config { url: Some(format!("{}{options}", broker.url())), ..Config::default() };
    let (alice, bob) = (Party::logged_in(&config, app, "alice"), Party::logged_in(&config, app, "bob"));
    let mut times: Vec<Duration> = (0..CALLS)
        .map(|_| {
            let began = Instant::now();
            let call = id(&alice.calls("bob", ""));
            alice.comes(call, Kind::LocalReceived);
            let took = began.elapsed();
            bob.refuses(&bob.rings(call), "");
            alice.ends(call, true);
            bob.ends(call, false);
            took
        })
        .collect();
    times.sort();
    times
}

/// Mosquitto without `set_tcp_nodelay` holds its second small packet back until the first is acknowledged, and Linux
/// acknowledges late. Elsewhere there is no such option to compare.
#[cfg(target_os = "linux")]
#[test]
fn the_quick_acknowledgement_takes_the_stall_away() {
    let broker = Broker::plain();
    // Twice each, in turns: what else the machine does must not decide.
    let mut runs = [Vec::new(), Vec::new()];
    for round in 0..2 {
        for (run, options) in runs.iter_mut().zip(["?quickack=1", "?quickack=0"]) {
            run.extend(set_ups(&broker, &format!("quick{round}{}", &options[10..]), options));
        }
    }
    println!(
        "\nset-up, from send to received by the peer, over Mosquitto in its default configuration ({} calls)",
        2 * CALLS
    );
    let median = |run: &mut Vec<Duration>| {
        run.sort();
        run[run.len() / 2]
    };
    let [with, without] = &mut runs;
    let (with, without) = (median(with), median(without));
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "quick acknowledgement on:  p50 {:7.3} ms\nquick acknowledgement off: p50 {:7.3} ms",
        ms(with),
        ms(without)
    );
    assert!(without > 5 * with, "the stall does not show");
}
