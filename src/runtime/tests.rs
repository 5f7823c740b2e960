//! Tests of the runtime: order of virtual time, and the real timer thread.

use std::sync::mpsc::{Sender, channel};

use super::*;

const BOUND: Duration = Duration::from_secs(20);
const SECOND: Duration = Duration::from_secs(1);

/// Does what the test says when woken.
struct Target<F>(F);

impl<F: Fn(Instant) + Send + Sync> Wake for Target<F> {
    fn wake(&self, now: Instant) {
        (self.0)(now);
    }
}

fn target(body: impl Fn(Instant) + Send + Sync + 'static) -> Arc<dyn Wake> {
    Arc::new(Target(body))
}

/// A target that reports its name and how many milliseconds after `start` it was woken.
fn reporter(name: &'static str, start: Instant, report: &Sender<(&'static str, u128)>) -> Arc<dyn Wake> {
    let report = report.clone();
    target(move |now| report.send((name, now.since(start).as_millis())).unwrap())
}

#[test]
fn runtimes_have_ids_and_only_one_is_the_process() {
    let (one, two) = (Runtime::simulated(), Runtime::simulated());
    assert_ne!(one.id(), two.id());
    assert_ne!(one.id(), Runtime::process().id());
    assert_eq!(Runtime::process().id(), Runtime::process().id());
}

#[test]
fn virtual_time_moves_only_when_told() {
    let runtime = Runtime::simulated();
    let start = runtime.now();
    assert!(start > Instant::ZERO);
    runtime.settle();
    assert_eq!(runtime.now(), start);
    runtime.advance(SECOND);
    assert_eq!(runtime.now().since(start), SECOND);
}

#[test]
fn alarms_run_in_order_of_time_then_of_making() {
    let runtime = Runtime::simulated();
    let start = runtime.now();
    let (report, told) = channel();
    let targets = ["a", "b", "c", "d"].map(|name| reporter(name, start, &report));
    let alarms = targets.each_ref().map(|target| runtime.alarm(Arc::downgrade(target)));
    for (alarm, seconds) in alarms.iter().rev().zip([2, 1, 2, 5]) {
        alarm.set(start + SECOND * seconds);
    }
    assert_eq!(runtime.next_alarm(), Some(start + SECOND));
    runtime.advance(SECOND * 4);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [("c", 1000), ("b", 2000), ("d", 2000)]);
    assert_eq!(runtime.next_alarm(), Some(start + SECOND * 5));
    runtime.advance(SECOND);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [("a", 5000)]);
    assert_eq!(runtime.next_alarm(), None);
}

#[test]
fn now_during_an_alarm_is_its_time_and_it_may_set_itself_again() {
    let runtime = Runtime::simulated();
    let start = runtime.now();
    let (report, told) = channel();
    let slot: Arc<OnceLock<Alarm>> = Arc::default();
    let ticking = {
        let (runtime, slot) = (Arc::downgrade(&runtime), Arc::downgrade(&slot));
        target(move |now| {
            assert_eq!(runtime.upgrade().unwrap().now(), now);
            report.send(now.since(start).as_secs()).unwrap();
            slot.upgrade().unwrap().get().unwrap().set(now + SECOND);
        })
    };
    let alarm = slot.get_or_init(|| runtime.alarm(Arc::downgrade(&ticking)));
    alarm.set(start + SECOND);
    runtime.advance(SECOND * 7 / 2);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(runtime.now().since(start), SECOND * 7 / 2);
}

#[test]
fn after_a_suspend_everything_due_runs_late_and_in_order() {
    let runtime = Runtime::simulated();
    let start = runtime.now();
    let (report, told) = channel();
    let targets = ["late", "later", "future"].map(|name| reporter(name, start, &report));
    let alarms = targets.each_ref().map(|target| runtime.alarm(Arc::downgrade(target)));
    for (alarm, seconds) in alarms.iter().zip([1, 2, 11]) {
        alarm.set(start + SECOND * seconds);
    }
    runtime.suspend(SECOND * 10);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [("late", 10_000), ("later", 10_000)]);
    runtime.advance(SECOND);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [("future", 11_000)]);
}

#[test]
fn an_alarm_is_brought_forward_but_never_put_off() {
    let runtime = Runtime::simulated();
    let start = runtime.now();
    let (report, told) = channel();
    let it = reporter("it", start, &report);
    let alarm = runtime.alarm(Arc::downgrade(&it));
    alarm.set(start + SECOND * 2);
    alarm.set(start + SECOND * 3);
    assert_eq!(runtime.next_alarm(), Some(start + SECOND * 2));
    alarm.set(start + SECOND);
    assert_eq!(runtime.next_alarm(), Some(start + SECOND));
    alarm.set(Instant::NEVER);
    runtime.advance(SECOND * 10);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [("it", 1000)]);
}

#[test]
fn a_dropped_alarm_and_a_dropped_target_are_not_woken() {
    let runtime = Runtime::simulated();
    let start = runtime.now();
    let (report, told) = channel();
    let targets = ["kept", "disarmed", "gone"].map(|name| reporter(name, start, &report));
    let [kept, disarmed, gone] = targets.each_ref().map(|target| runtime.alarm(Arc::downgrade(target)));
    for alarm in [&kept, &disarmed, &gone] {
        alarm.set(start + SECOND);
    }
    drop(disarmed);
    let [_kept, _disarmed, target_gone] = targets;
    drop(target_gone);
    runtime.advance(SECOND);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [("kept", 1000)]);
}

#[test]
fn an_alarm_in_the_past_runs_at_the_next_advance() {
    let runtime = Runtime::simulated();
    let start = runtime.now();
    let (report, told) = channel();
    let it = reporter("it", start, &report);
    let alarm = runtime.alarm(Arc::downgrade(&it));
    runtime.advance(SECOND);
    alarm.set(start);
    runtime.settle();
    assert!(told.try_recv().is_err(), "settle runs callbacks, not alarms");
    runtime.advance(Duration::ZERO);
    assert_eq!(told.try_recv(), Ok(("it", 1000)));
}

#[test]
fn real_alarms_run_in_order_and_survive_a_panic() {
    let runtime = Runtime::process();
    let start = runtime.now();
    let (report, told) = channel();
    let panicking = target(|_| panic!("the test's: on purpose"));
    let (late, early) = (reporter("late", start, &report), reporter("early", start, &report));
    let alarms = [&panicking, &late, &early].map(|target| runtime.alarm(Arc::downgrade(target)));
    for (alarm, millis) in alarms.iter().zip([5, 30, 10]) {
        alarm.set(start + Duration::from_millis(millis));
    }
    let (first, second) = (told.recv_timeout(BOUND).unwrap(), told.recv_timeout(BOUND).unwrap());
    assert_eq!((first.0, second.0), ("early", "late"));
    assert!(first.1 >= 10 && second.1 >= 30);
}

#[test]
fn ten_thousand_real_alarms() {
    let runtime = Runtime::process();
    let (report, told) = channel();
    let start = runtime.now();
    let many: Vec<_> = (0..10_000u64)
        .map(|n| {
            let report = report.clone();
            let target = target(move |now| report.send((n, now)).unwrap());
            let alarm = runtime.alarm(Arc::downgrade(&target));
            (n, target, alarm)
        })
        .collect();
    let time = |n: u64| start + Duration::from_micros(n * 7919 % 10_000);
    for (n, _, alarm) in &many {
        alarm.set(time(*n));
    }
    for _ in &many {
        let (n, now) = told.recv_timeout(BOUND).unwrap();
        assert!(now >= time(n));
    }
    assert!(told.try_recv().is_err());
}

/// A runtime with a timer thread of its own, so that no other test wakes it.
fn real() -> Arc<Runtime> {
    Runtime::new(Clock::Boot(Timer::default()))
}

/// Waits, awake, until the timer thread sleeps until `until`.
fn until_asleep(runtime: &Runtime, until: Instant) {
    let end = runtime.now() + BOUND;
    while runtime.alarms.lock().asleep_until() != until {
        assert!(runtime.now() < end, "the timer thread does not go to sleep");
        std::thread::yield_now();
    }
}

#[test]
fn the_timer_thread_wakes_up_only_for_what_is_earlier_than_its_sleep() {
    let runtime = real();
    let nothing = target(|_| ());
    let far = runtime.now() + Duration::from_secs(3600);
    let (one, two) = (runtime.alarm(Arc::downgrade(&nothing)), runtime.alarm(Arc::downgrade(&nothing)));
    until_asleep(&runtime, Instant::NEVER);
    assert_eq!(runtime.wake_ups(), 0);
    one.set(far);
    let end = runtime.now() + BOUND;
    while runtime.wake_ups() == 0 {
        assert!(runtime.now() < end, "an earlier alarm must wake it");
        std::thread::yield_now();
    }
    until_asleep(&runtime, far);
    let before = runtime.wake_ups();
    for later in 0..1000 {
        two.set(far + Duration::from_secs(2000 - later));
    }
    one.set(far + SECOND);
    assert_eq!(runtime.alarms.lock().asleep_until(), far);
    assert_eq!(runtime.wake_ups(), before);
}

#[test]
fn alarms_one_shortly_after_the_other_do_not_wake_the_timer_thread_for_each() {
    let runtime = real();
    let (report, told) = channel();
    let targets: Vec<_> = (0..1000).map(|_| reporter("it", runtime.now(), &report)).collect();
    let alarms: Vec<_> = targets.iter().map(|target| runtime.alarm(Arc::downgrade(target))).collect();
    until_asleep(&runtime, Instant::NEVER);
    let began = runtime.now();
    let start = began + Duration::from_millis(5);
    for (alarm, n) in alarms.iter().zip(0..) {
        alarm.set(start + Duration::from_micros(30 * n));
    }
    targets.iter().for_each(|_| _ = told.recv_timeout(BOUND).unwrap());
    let most = runtime.now().since(began).as_millis() as u64 + 2;
    assert!(runtime.wake_ups() <= most, "{} in {most} ms", runtime.wake_ups());
}

#[test]
fn without_a_timer_thread_the_next_set_tries_again() {
    let runtime = real();
    let (report, told) = channel();
    let it = reporter("it", runtime.now(), &report);
    sys::failing::set(true);
    let started = runtime.start();
    let alarm = runtime.alarm(Arc::downgrade(&it));
    alarm.set(runtime.now() + Duration::from_secs(3600));
    sys::failing::set(false);
    assert!(matches!(started, Err(Error::Os(_))));
    alarm.set(runtime.now());
    assert_eq!(told.recv_timeout(BOUND).unwrap().0, "it");
    assert_eq!(runtime.start(), Ok(()));
}
