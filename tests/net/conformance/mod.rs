//! The behaviour of the contract, as far as it needs no virtual clock, over every carrier: a table of rows times carriers.

mod calls;
mod carriers;
mod endings;
mod peers;
mod sessions;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use rtm_call::service::Config;

use super::party::Party;
use carriers::Carrier;

/// One row: what it shows, and the test.
type Row = (&'static str, fn(&Bench<'_>));

/// Where a row runs: on one carrier, under an app id that no other row has.
pub struct Bench<'a> {
    carrier: &'a Carrier,
    app: String,
}

impl Bench<'_> {
    /// A user that is logged in.
    pub fn party(&self, user: &str) -> Party {
        self.party_with(user, |_| ())
    }

    /// The same, with settings of its own.
    pub fn party_with(&self, user: &str, set: impl FnOnce(&mut Config)) -> Party {
        Party::logged_in(&self.config(set), &self.app, user)
    }

    /// A user that is not logged in.
    pub fn stranger(&self, user: &str) -> Party {
        Party::new(&self.config(|_| ()), &self.app, user)
    }

    /// A user of another app.
    pub fn party_of(&self, app: &str, user: &str) -> Party {
        Party::logged_in(&self.config(|_| ()), &format!("{}-{app}", self.app), user)
    }

    fn config(&self, set: impl FnOnce(&mut Config)) -> Config {
        let mut config =
            Config { url: Some(self.carrier.url.clone()), grace: Duration::from_secs(1), ..Config::default() };
        (self.carrier.set)(&mut config);
        set(&mut config);
        config
    }
}

/// Rows that run side by side: most of a row's time is waiting for a window to close.
const AT_ONCE: usize = 6;

#[test]
fn every_carrier_behaves_alike() {
    let rows: Vec<Row> = [calls::ROWS, endings::ROWS, sessions::ROWS, peers::ROWS].concat();
    let only = std::env::var("RTM_CALL_ROW").unwrap_or_default();
    let rows: Vec<Row> = rows.into_iter().filter(|(name, _)| name.contains(&only)).collect();
    let (_kept, carriers) = carriers::all();
    let cells = Mutex::new(vec![vec![None; carriers.len()]; rows.len()]);
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let (row, column) = (number / carriers.len(), number % carriers.len());
                    let Some((name, test)) = rows.get(row) else { break };
                    let bench = Bench { carrier: &carriers[column], app: format!("row{row}-{column}") };
                    let began = std::time::Instant::now();
                    let passed = catch_unwind(AssertUnwindSafe(|| test(&bench))).is_ok();
                    if !passed {
                        eprintln!("failed: {name} over {}", carriers[column].name);
                    }
                    cells.lock()[row][column] = Some((passed, began.elapsed()));
                }
            });
        }
    });
    print(&rows, &carriers, &cells.lock());
    let failed = cells.lock().iter().flatten().filter(|cell| !cell.is_some_and(|(passed, _)| passed)).count();
    assert_eq!(failed, 0, "{failed} cells of the table failed");
    assert!(!rows.is_empty(), "no row has {only:?} in its name");
}

type Cell = Option<(bool, Duration)>;

fn print(rows: &[Row], carriers: &[Carrier], cells: &[Vec<Cell>]) {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    print!("\n{:width$}", "conformance (seconds)");
    carriers.iter().for_each(|carrier| print!("  {:>8}", carrier.name));
    for ((name, _), cells) in rows.iter().zip(cells) {
        print!("\n{name:width$}");
        for cell in cells {
            match cell {
                Some((true, took)) => print!("  {:>8.2}", took.as_secs_f64()),
                _ => print!("  {:>8}", "FAILED"),
            }
        }
    }
    let passed = cells.iter().flatten().filter(|cell| cell.is_some_and(|(passed, _)| passed)).count();
    println!(
        "\n{passed} of {} cells passed: {} rows, {} carriers",
        rows.len() * carriers.len(),
        rows.len(),
        carriers.len()
    );
}
