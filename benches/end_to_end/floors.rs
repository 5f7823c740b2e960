//! The floors: what the system takes for what no library can do without, measured in the same run as the rows beside them.
//! With the mutex and the condition variable of the standard library.

use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::affinity;
use super::report::Sample;

/// Microseconds in which a thread wakes another and is woken by it, on these cores, so long after the last time; the median.
pub fn round_trip(cores: [usize; 2], repetitions: usize, rounds: u64, pause: Duration) -> Sample {
    Sample::of(repetitions, || {
        affinity::pinned(cores[0], || Sample::from(pass_turns(cores[1], rounds, pause)).median())
    })
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
