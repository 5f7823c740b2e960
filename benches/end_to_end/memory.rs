//! Invitations that ring and are not answered: what they take, how fast they come and go, and whether they slow others down.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::api::{Delivery, Event, Local, Party, Setup, must};
use super::hub::CONTENT;
use super::options::Options;
use super::report::{Report, Row, Sample, Target};
use super::svg::{Axes, Line};
use super::tally::Tally;
use super::{affinity, allocator, floors, machine, svg};

/// After this long the library asks for the presence of a peer that was silent, and keeps in mind that it did: pending
/// invitations are measured with it.
const SETTLED: Duration = Duration::from_millis(1_500);

/// Bytes an invitation, with the ladder that is the default or with none.
pub fn run(report: &mut Report, options: &Options, ladder_entries: Option<u32>) {
    let count = options.scaled(100_000);
    let setup = Setup { ladder_entries, ..patient(count) };
    allocator::count(true);
    let world = World::new(&setup);
    let (resident, bytes, calls) = (machine::resident_bytes(), allocator::bytes(), allocator::calls());
    world.ring(count);
    thread::sleep(SETTLED);
    let each = |all: f64| Sample::from(all / count as f64);
    let grown = (machine::resident_bytes() - resident) as f64;
    let asked = (allocator::bytes() - bytes) as f64;
    let content = CONTENT.to_bytes().len() as f64;
    let both = |row: Row| {
        let row =
            row.floor("content, twice", 2.0 * content).note(format!("{count} pending, both sides, 200 B content"));
        row.gate(Target::AtMost(2048.0)).aim(Target::AtMost(if ladder_entries == Some(0) { 1024.0 } else { 2048.0 }))
    };
    report.add(both(Row::new("resident memory a pending invitation", &each(grown), "B")));
    report.add(both(Row::new("asked of the allocator", &each(asked), "B")));
    let calls = (allocator::calls() - calls) as f64;
    report.add(Row::new("allocations to make an invitation and let it ring", &each(calls), "calls"));
}

/// As many at once as nobody has.
pub fn run_million(report: &mut Report, options: &Options) {
    let count = options.scaled(1_000_000);
    let any = format!("any of {} cores", affinity::cores().len());
    let [mut rates, mut mebibytes, mut cancels] = [Vec::new(), Vec::new(), Vec::new()];
    floors::report_distance(report, options, "at the beginning");
    for _ in 0..options.repetitions().min(3) {
        let world = World::new(&patient(count));
        let resident = machine::resident_bytes();
        let began = Instant::now();
        let invitations = world.ring(count);
        rates.push(count as f64 / began.elapsed().as_secs_f64());
        thread::sleep(SETTLED);
        mebibytes.push(machine::resident_bytes().saturating_sub(resident) as f64 / f64::from(1 << 20));
        let began = Instant::now();
        for invitation in invitations {
            must(world.caller.calls.cancel(invitation));
        }
        world.ended.wait(2 * count);
        cancels.push(began.elapsed().as_secs_f64());
    }
    let what = format!("{count} created, sent and ringing, from one thread");
    let row = Row::new(what, &Sample::from(rates), "a second").affinity(&any);
    report.add(row.gate(Target::AtLeast(200_000.0)));
    // Later ones are partly made of what the first has freed.
    report.add(Row::new("resident memory then", &mebibytes[0].into(), "MiB").gate(Target::AtMost(2048.0)));
    let row = Row::new("all canceled, both sides told", &Sample::from(cancels), "s").affinity(&any);
    report.add(row.gate(Target::AtMost(2.0 * count as f64 / 1e6)));
    floors::report_distance(report, options, "at the end");
}

/// What one more costs while others are pending.
pub fn run_curve(report: &mut Report, options: &Options) {
    let any = format!("any of {} cores", affinity::cores().len());
    let most = options.scaled(1_000_000);
    let world = World::new(&patient(2 * most));
    let rounds = options.scaled(50_000);
    let mut pending = 0;
    let mut points = Vec::new();
    let mut first = None;
    let mut level = 1;
    while level <= most {
        world.ring(level - pending);
        pending = level;
        thread::sleep(SETTLED);
        let cost = Sample::of(options.repetitions(), || {
            let began = Instant::now();
            world.cancel(rounds);
            began.elapsed().as_secs_f64() * 1e6 / rounds as f64
        });
        points.push((level as f64, cost.median()));
        let first = *first.get_or_insert(cost.median());
        let row = Row::new(format!("made, rung and canceled while {level} others ring"), &cost, "us");
        report.add(row.floor("while 1 other rings", first).affinity(&any));
        level *= 10;
    }
    let axes = Axes { x: "pending invitations", y: "us an invitation", log_x: true };
    svg::plot(options, "cost-against-pending", &axes, &[Line { name: "", points }]);
}

/// Two services, of which one rings the other, which does not answer.
struct World {
    caller: Party,
    _callee: Party,
    /// Invitations that ring and are known to.
    rung: Arc<Tally>,
    /// The ends that the two sides were told of.
    ended: Arc<Tally>,
}

impl World {
    fn new(setup: &Setup) -> World {
        let rung = Tally::new();
        let ended = Tally::new();
        let (rings, end) = (rung.clone(), ended.clone());
        let callee = Party::new("callee", setup, move |_, event| match event {
            Event::Rings(_) => rings.tell(),
            Event::RemoteCanceled(invitation) => {
                invitation.release();
                end.tell();
            }
            _ => {}
        });
        let (received, end) = (rung.clone(), ended.clone());
        let caller = Party::new("caller", setup, move |_, event| match event {
            Event::LocalReceivedByPeer => received.tell(),
            Event::LocalCanceled(invitation) => {
                invitation.release();
                end.tell();
            }
            _ => {}
        });
        World { caller, _callee: callee, rung, ended }
    }

    /// Makes as many, and waits until both sides were told that they ring.
    fn ring(&self, count: u64) -> Vec<Local> {
        let before = self.rung.count();
        let ring = |_| self.caller.calls.ring(c"callee", CONTENT).expect("it is a legal invitation");
        let invitations = (0..count).map(ring).collect();
        self.rung.wait(before + 2 * count);
        invitations
    }

    /// Makes as many, cancels each at once, and waits until both sides were told of all. Whether the caller hears that one was
    /// received before it is canceled depends on the callee's threads.
    fn cancel(&self, count: u64) {
        let before = self.ended.count();
        for _ in 0..count {
            let invitation = self.caller.calls.ring(c"callee", CONTENT).expect("it is a legal invitation");
            must(self.caller.calls.cancel(invitation));
        }
        self.ended.wait(before + 2 * count);
    }
}

/// Bounds for so many, which ring for ten minutes.
fn patient(count: u64) -> Setup {
    let bound = u32::try_from(count).expect("it fits");
    Setup {
        delivery: Delivery::OwnWorker,
        max_open: bound,
        max_open_per_peer: bound,
        ring_ms: 600_000,
        ..Setup::default()
    }
}
