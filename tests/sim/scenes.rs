//! Scenes that chance alone brings about too seldom.

use std::time::Duration;

use rtm_call::engine::Windows;
use rtm_call::transport::hub::Faults;

use crate::script::{Act, Answer, Reaction};
use crate::writer::Writer;

impl Writer {
    /// A plain invitation between two that are certainly there; when it is sent.
    fn scene(&mut self, answer: Answer, elsewhere: Answer, windows: Option<Windows>) -> (u64, usize, usize) {
        let at = self.dice.range(self.length / 4, self.length);
        let from = self.user();
        let to = (from + 1) % self.script.users;
        self.step(at.saturating_sub(50), Act::Login { device: from });
        self.step(at.saturating_sub(50), Act::Login { device: to });
        let windows = windows.unwrap_or_else(|| self.windows());
        let mut plan = self.plan(windows, None);
        (plan.answer, plan.elsewhere) = (answer, elsewhere);
        (plan.on_ring, plan.on_received) = (Reaction::Nothing, Reaction::Nothing);
        let tag = self.tag();
        self.moments.push(at);
        self.step(at, Act::Send { device: from, to, tag, windows: Some(windows), plan });
        (at, from, to)
    }

    /// The callee logs in elsewhere while everything is on its way, repeated and out of order: two instances answer.
    pub fn two_instances(&mut self) {
        let d = &mut self.dice;
        let ms = Duration::from_millis;
        // Which message names which instance is seen in the log only.
        self.script.logged = true;
        let patient = d.percent(60);
        let (min, max) = (d.range(0, 100), if patient { d.range(800, 2_500) } else { d.range(100, 900) });
        self.script.faults = Faults {
            seed: d.roll(),
            delay_min: ms(min),
            delay_max: ms(max),
            loss: d.pick(&[0, 150_000, 300_000]),
            repeat: d.pick(&[0, 500_000, 900_000]),
            reorder: d.pick(&[300_000, 900_000]),
        };
        self.lag = max;
        let accept = Some((true, None));
        let (answer, elsewhere) = match d.below(10) {
            0 => (Some((false, None)), accept),
            1 => (Some((false, None)), None),
            2 => (accept, Some((false, None))),
            3 => (accept, None),
            4 => (accept, accept),
            _ => (None, accept),
        };
        let long = Windows { acknowledge_ms: 6_000, ring_ms: 8_000, accept_ms: 5_000 };
        let (at, _, to) = self.scene(answer, elsewhere, patient.then_some(long));
        self.device(to);
        let second = self.script.devices.len() - 1;
        self.script.devices[second].windows = if patient { long } else { self.script.devices[second].windows };
        let after = at + self.dice.range(min, max + 600);
        self.step(after, Act::Login { device: second });
        if self.dice.percent(30) {
            // The first application does not put up with it, and perhaps the second one neither.
            let back = after + self.dice.range(1, max);
            self.step(back, Act::Logout { device: to });
            self.step(back, Act::Login { device: to });
            let again = back + self.dice.range(1, max);
            self.step(again, Act::Logout { device: second });
            self.step(again, Act::Login { device: second });
        }
    }

    /// Each side is gone when the other one looks: its windows close in a storm, and who comes back finds nobody.
    pub fn both_gone(&mut self) {
        let d = &mut self.dice;
        let windows = Windows {
            acknowledge_ms: d.range(700, 2_000) as u32,
            ring_ms: d.range(4_000, 7_000) as u32,
            accept_ms: 500,
        };
        let storm = Faults { loss: d.range(400_000, 800_000) as u32, seed: d.roll(), ..self.script.faults };
        let (at, from, to) = self.scene(None, None, Some(windows));
        self.script.devices[to].grace_ms = self.dice.range(50, 400) as u32;
        self.script.devices[to].windows.ring_ms = windows.ring_ms;
        let (lag, near) = (self.lag, self.lag + 300);
        let heard = at + lag + self.dice.range(0, 300);
        let closes = at + u64::from(windows.acknowledge_ms);
        self.step(at + 1, Act::Weather { faults: storm });
        self.step(heard, Act::Link { user: to, up: false });
        self.step(closes + self.dice.clone().range(0, near), Act::Link { user: to, up: true });
        let gone = closes + self.dice.range(0, near);
        self.step(gone, Act::Logout { device: from });
    }

    /// The callee's link comes and goes while the caller is out of reach: the accept window begins anew.
    pub fn flap_after_accept(&mut self) {
        let (at, from, to) = self.scene(Some((true, None)), None, None);
        let lag = self.lag;
        let cut = at + lag + self.dice.range(0, 60);
        let away = self.dice.range(2_000, 12_000);
        self.step(cut, Act::Link { user: from, up: false });
        self.step(cut + away, Act::Link { user: from, up: true });
        let mut flap = cut + self.dice.range(0, 300);
        for _ in 0..self.dice.range(1, 3) {
            let pause = self.dice.range(1, 800);
            self.step(flap, Act::Link { user: to, up: false });
            self.step(flap + pause, Act::Link { user: to, up: true });
            flap += pause + self.dice.range(1, 900);
        }
    }

    /// The machine sleeps beyond a window while an answer is on its way.
    pub fn suspend_after_send(&mut self) {
        if self.lag < 5 {
            self.script.faults.delay_max = Duration::from_millis(self.dice.range(20, 400));
            self.lag = self.script.faults.delay_max.as_millis() as u64;
        }
        let answer = self.dice.pick(&[None, Some((true, None)), Some((false, None))]);
        let (at, ..) = self.scene(answer, None, None);
        let (lag, long) = (self.lag, if self.short { 8_000 } else { 70_000 });
        let after = self.dice.range(0, 3 * lag);
        let ms = self.dice.range(300, long);
        self.step(at + after, Act::Suspend { ms });
    }

    /// Messages are lost until shortly after the accept, then none.
    pub fn weather_clears_after_accept(&mut self) {
        let (at, ..) = self.scene(Some((true, None)), None, None);
        let d = &mut self.dice;
        let worse = Faults { loss: d.range(300_000, 700_000) as u32, seed: d.roll(), ..self.script.faults };
        let better = Faults { loss: 0, ..worse };
        let after = d.range(0, 2_500);
        self.step(at, Act::Weather { faults: worse });
        self.step(at + self.lag + after, Act::Weather { faults: better });
    }

    /// Two call each other at the same moment: two invitations, each with its own outcome.
    pub fn both_call(&mut self) {
        let answer = self.dice.pick(&[None, Some((true, None)), Some((false, None))]);
        let (at, from, to) = self.scene(answer, answer, None);
        let later = at + self.dice.range(0, self.lag + 1);
        self.call(later, to, from, answer);
    }

    /// Everybody calls the same one within a moment.
    pub fn all_call_one(&mut self) {
        let answer = self.dice.pick(&[None, Some((true, None)), Some((true, Some(500))), Some((false, None))]);
        let (at, _, to) = self.scene(answer, answer, None);
        for user in (0..self.script.users).filter(|user| *user != to) {
            let later = at + self.dice.range(0, self.lag + 1);
            self.step(at.saturating_sub(50), Act::Login { device: user });
            self.call(later, user, to, answer);
        }
    }

    /// One calls everybody at once.
    pub fn one_calls_all(&mut self) {
        let (at, from, _) = self.scene(Some((true, None)), None, None);
        for user in (0..self.script.users).filter(|user| *user != from) {
            let answer = self.dice.pick(&[None, Some((true, None)), Some((false, Some(100)))]);
            self.step(at.saturating_sub(50), Act::Login { device: user });
            self.call(at, from, user, answer);
        }
    }

    fn call(&mut self, at: u64, from: usize, to: usize, answer: Answer) {
        let windows = self.script.devices[from].windows;
        let mut plan = self.plan(windows, None);
        plan.answer = answer;
        let tag = self.tag();
        self.step(at, Act::Send { device: from, to, tag, windows: None, plan });
    }
}
