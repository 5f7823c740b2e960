//! The floors: what the system takes for what no library can do without, measured in the same run as the rows beside them.
//! With the mutex and the condition variable of the standard library.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::affinity;
use super::options::Options;
use super::report::{Report, Row, Sample};

/// Microseconds in which a thread wakes another and is woken by it, on these cores, so long after the last time; the median.
pub fn round_trip(cores: [usize; 2], repetitions: usize, rounds: u64, pause: Duration) -> Sample {
    Sample::of(repetitions, || {
        affinity::pinned(cores[0], || Sample::from(pass_turns(cores[1], rounds, pause)).median())
    })
}

/// Reports how far apart the first and the last core of this process are, if it has several. Two cores of a virtual machine may be
/// side by side or far from each other, now this and now that: so it is measured at both ends of a subject.
pub fn report_distance(report: &mut Report, options: &Options, when: &str) {
    let cores = affinity::cores();
    let (first, last) = (cores[0], cores[cores.len() - 1]);
    if first != last {
        let sample = cache_line([first, last], options.repetitions(), options.scaled(1_000_000));
        let row = Row::new("how far apart they are: a cache line, there and back", &sample, "ns");
        report.add(row.affinity(format!("cores {first} and {last}")).note(when));
    }
}

/// Nanoseconds in which a cache line goes from one of these cores to the other and back.
fn cache_line(cores: [usize; 2], repetitions: usize, rounds: u64) -> Sample {
    Sample::of(repetitions, || {
        let line = Arc::new(AtomicU64::new(0));
        let other = line.clone();
        let echo = thread::spawn(move || {
            affinity::pin(cores[1]);
            (0..rounds).for_each(|round| pass(&other, 2 * round + 1));
        });
        let took = affinity::pinned(cores[0], || {
            pass(&line, 0); // The other one has to be there.
            pass(&line, 2);
            let began = Instant::now();
            (2..rounds).for_each(|round| pass(&line, 2 * round));
            began.elapsed()
        });
        echo.join().expect("nobody panics");
        took.as_secs_f64() * 1e9 / (rounds - 2) as f64
    })
}

/// Waits until the line says `now`, and counts on.
fn pass(line: &AtomicU64, now: u64) {
    while line.load(Ordering::Acquire) != now {
        std::hint::spin_loop();
    }
    line.store(now + 1, Ordering::Release);
}

/// Things a second that one thread can hand to another: it puts one into a queue under a lock and wakes the other if that
/// was empty; the other takes all there are. At most `under_way` are in the queue: then the first one waits.
pub fn one_way(repetitions: usize, things: u64, under_way: usize) -> Sample {
    Sample::of(repetitions, || things as f64 / hand_over(things, under_way).as_secs_f64())
}

fn pass_turns(other_core: usize, rounds: u64, pause: Duration) -> Vec<f64> {
    let pair = Arc::new((Mutex::new(0_u64), Condvar::new()));
    let other = pair.clone();
    let echo = thread::spawn(move || {
        affinity::pin(other_core);
        let (turn, changed) = &*other;
        let mut turn = turn.lock().expect("nobody panics");
        for _ in 0..=rounds {
            turn = changed.wait_while(turn, |turn| turn.is_multiple_of(2)).expect("nobody panics");
            *turn += 1;
            changed.notify_one();
        }
    });
    let (turn, changed) = &*pair;
    let mut turn = turn.lock().expect("nobody panics");
    let mut times = Vec::new();
    for round in 0..=rounds {
        if !pause.is_zero() {
            thread::sleep(pause);
        }
        let began = Instant::now();
        *turn += 1;
        changed.notify_one();
        turn = changed.wait_while(turn, |turn| !turn.is_multiple_of(2)).expect("nobody panics");
        if round > 0 {
            times.push(began.elapsed().as_secs_f64() * 1e6); // The first one waits for the thread to start.
        }
    }
    drop(turn);
    echo.join().expect("nobody panics");
    times
}

/// Hands that many things to another thread; in what time.
pub fn hand_over(things: u64, under_way: usize) -> Duration {
    let parts = Arc::new((Mutex::new(Vec::new()), Condvar::new(), Condvar::new()));
    let other = parts.clone();
    let began = Instant::now();
    let taker = thread::spawn(move || {
        let (queue, filled, emptied) = &*other;
        let (mut taken, mut sum) = (Vec::new(), 0);
        let mut count = 0;
        while count < things {
            let empty = |queue: &mut Vec<u64>| queue.is_empty();
            let mut queue = filled.wait_while(queue.lock().expect("nobody panics"), empty).expect("nobody panics");
            std::mem::swap(&mut *queue, &mut taken);
            drop(queue);
            emptied.notify_one();
            count += taken.len() as u64;
            sum += taken.drain(..).sum::<u64>();
        }
        sum
    });
    let (queue, filled, emptied) = &*parts;
    for thing in 0..things {
        let full = |queue: &mut Vec<u64>| queue.len() >= under_way;
        let mut queue = emptied.wait_while(queue.lock().expect("nobody panics"), full).expect("nobody panics");
        queue.push(thing);
        if queue.len() == 1 {
            filled.notify_one();
        }
    }
    let sum = taker.join().expect("nobody panics");
    let took = began.elapsed();
    assert_eq!(sum, things * (things - 1) / 2, "everything arrived");
    took
}
