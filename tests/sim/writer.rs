//! Draws a script from a seed: who is there, what the network does, invitations, and disturbances around them.

use std::time::Duration;

use rtm_call::engine::Windows;
use rtm_call::transport::hub::Faults;

use crate::dice::Dice;
use crate::script::{Act, Device, Forgery, MAX_USERS, Plan, Reaction, Script, Step, Tag, When};

const CALM: Faults =
    Faults { seed: 0, delay_min: Duration::ZERO, delay_max: Duration::ZERO, loss: 0, repeat: 0, reorder: 0 };

/// A script in the making.
pub struct Writer {
    pub dice: Dice,
    pub script: Script,
    pub short: bool,
    /// When something interesting happens: the moments around which disturbances gather.
    pub moments: Vec<u64>,
    pub length: u64,
    /// A delay that is typical for this world.
    pub lag: u64,
    next_tag: Tag,
}

impl Writer {
    pub fn new(seed: u64) -> Writer {
        let script = Script {
            seed,
            users: 2,
            devices: Vec::new(),
            faults: CALM,
            steps: Vec::new(),
            logged: false,
            all_in: false,
            twin: false,
        };
        Writer { dice: Dice::new(seed), script, short: true, moments: Vec::new(), length: 0, lag: 0, next_tag: 0 }
    }

    pub fn write(mut self) -> Script {
        let d = &mut self.dice;
        // Most worlds are small: what goes wrong between two shows there soonest.
        self.script.users = match d.below(100) {
            0..=84 => d.pick(&[2, 2, 2, 3, 3, 4]),
            85..=95 => d.range(5, 12) as usize,
            _ => d.range(13, MAX_USERS as u64) as usize,
        };
        // How many times more goes on than among a few.
        let crowd = self.script.users as u64 / 8;
        self.script.logged = d.percent(35);
        self.script.all_in = d.percent(50);
        self.script.twin = d.percent(10);
        self.short = d.percent(75);
        self.length = if self.short { d.range(1_000, 9_000) } else { d.range(2_000, 70_000) };
        self.script.faults = self.weather();
        self.lag = self.script.faults.delay_max.as_millis() as u64;
        for user in 0..self.script.users {
            self.device(user);
            let at = if self.dice.percent(85) { 0 } else { self.dice.range(0, self.length / 2) };
            if !self.dice.percent(3) {
                self.step(at, Act::Login { device: user });
            }
        }
        let seconds = self.dice.pick(&[0, 1, 1, 2]) + crowd / 2;
        for _ in 0..seconds {
            let user = self.user();
            self.device(user);
        }
        for _ in 0..self.dice.pick(&[1, 1, 2, 2, 3, 4, 5, 7]) * (1 + crowd) {
            self.invitation();
        }
        match self.dice.below(100) {
            0..=13 => self.two_instances(),
            32..=35 => self.both_gone(),
            14..=19 => self.flap_after_accept(),
            20..=24 => self.suspend_after_send(),
            25..=31 => self.weather_clears_after_accept(),
            36..=39 => self.both_call(),
            40..=42 => self.all_call_one(),
            43..=45 => self.one_calls_all(),
            _ => {}
        }
        for _ in 0..self.dice.pick(&[0, 1, 1, 2, 2, 3, 4, 6]) * (1 + crowd / 2) {
            self.disturbance();
        }
        for _ in 0..self.dice.pick(&[0, 0, 1, 2]) * (1 + crowd / 2) {
            self.pastime();
        }
        self.dispatches();
        self.script.steps.sort_by_key(|step| step.at_ms);
        self.script
    }

    pub fn step(&mut self, at_ms: u64, act: Act) {
        self.script.steps.push(Step { at_ms, act });
    }

    pub fn user(&mut self) -> usize {
        self.dice.index(self.script.users)
    }

    fn any_device(&mut self) -> usize {
        self.dice.index(self.script.devices.len())
    }

    pub fn device(&mut self, user: usize) {
        let windows = self.windows();
        let d = &mut self.dice;
        let device = Device {
            user,
            pump: d.percent(10),
            windows,
            grace_ms: if d.percent(if self.short { 80 } else { 30 }) { d.range(200, 3_000) as u32 } else { 15_000 },
            max_open_per_peer: if d.percent(2) { 1 } else { 1_000 },
        };
        self.script.devices.push(device);
    }

    pub fn windows(&mut self) -> Windows {
        if !self.short && self.dice.percent(70) {
            return Windows::default();
        }
        let d = &mut self.dice;
        Windows {
            acknowledge_ms: d.range(400, 4_000) as u32,
            ring_ms: d.range(600, 7_000) as u32,
            accept_ms: d.range(300, 2_500) as u32,
        }
    }

    fn weather(&mut self) -> Faults {
        let d = &mut self.dice;
        let (min, max) = match d.below(20) {
            0..=2 => (0, 0),
            3..=8 => (1, d.range(2, 60)),
            9..=13 => (d.range(0, 50), d.range(60, 400)),
            14..=17 => (d.range(0, 300), d.range(300, 1_200)),
            _ => (d.range(20, 200), 0),
        };
        let max = max.max(min);
        let loss = d.pick(&[0, 0, 0, 0, 0, 50_000, 150_000, 300_000, 300_000, 700_000]);
        let repeat = d.pick(&[0, 0, 0, 100_000, 500_000]);
        let reorder = d.pick(&[0, 0, 0, 200_000, 600_000]);
        let ms = Duration::from_millis;
        Faults { seed: d.roll(), delay_min: ms(min), delay_max: ms(max), loss, repeat, reorder }
    }

    /// A time for something: near a moment, or anywhere.
    fn when(&mut self) -> u64 {
        let near = self.lag.max(2);
        let d = &mut self.dice;
        if self.moments.is_empty() || d.percent(20) {
            return d.range(0, self.length);
        }
        let moment = d.pick(&self.moments);
        match d.below(6) {
            0 => moment,
            1 | 2 => moment + d.range(0, near),
            3 => moment + d.range(0, 3 * near),
            4 => moment + d.range(0, 2_000),
            _ => (moment + d.range(0, near)).saturating_sub(d.range(0, 2 * near)),
        }
    }

    pub fn tag(&mut self) -> Tag {
        self.next_tag += 1;
        self.next_tag
    }

    fn invitation(&mut self) {
        let at = if self.moments.is_empty() || self.dice.percent(60) {
            self.dice.range(0, self.length * 3 / 4)
        } else {
            self.when()
        };
        let from = if self.dice.percent(85) { self.user() } else { self.any_device() };
        let from_user = self.script.devices[from].user;
        let mut to = self.user();
        if to == from_user && !self.dice.percent(10) {
            to = (to + 1) % self.script.users;
        }
        let windows = if self.dice.percent(30) { Some(self.windows()) } else { None };
        let effective = windows.unwrap_or(self.script.devices[from].windows);
        let answer_after = self.answer_after(effective);
        let plan = self.plan(effective, answer_after);
        let tag = self.tag();
        self.moments.push(at);
        let lag = self.lag;
        self.moments.push(at + answer_after.unwrap_or(0) + lag);
        self.step(at, Act::Send { device: from, to, tag, windows, plan });
        if self.dice.percent(30) {
            let d = &mut self.dice;
            let after = match d.below(8) {
                0 => 0,
                1 | 2 => d.range(0, 2 * lag + 2),
                3 | 4 => answer_after.unwrap_or(0) + d.range(0, 2 * lag + 2),
                5 => u64::from(effective.acknowledge_ms).saturating_sub(d.range(0, 20)),
                6 => u64::from(effective.ring_ms) + d.range(0, lag + 1),
                _ => d.range(0, 5_000),
            };
            self.moments.push(at + after);
            self.step(at + after, Act::Cancel { tag });
        }
        if self.dice.percent(10) {
            let after = self.dice.range(0, 5_000);
            self.step(at + after, Act::ReleaseLocal { tag });
        }
        if self.dice.percent(5) {
            // Another one at the same moment, between the same two.
            let (tag, plan) = (self.tag(), self.plan(effective, answer_after));
            self.step(at, Act::Send { device: from, to, tag, windows, plan });
        }
        if self.dice.percent(4) {
            let after = self.dice.range(0, 2 * lag + 1_000);
            let what = self.dice.pick(&[
                Forgery::Received,
                Forgery::Accept,
                Forgery::Confirm,
                Forgery::End,
                Forgery::End,
                Forgery::Garbage,
            ]);
            let to_caller = self.dice.percent(50);
            self.step(at + after, Act::Forge { tag, what, to_caller });
        }
        if self.dice.percent(12) {
            self.second_device(to, at);
        }
    }

    /// The callee, or the caller, logs in elsewhere just then, and perhaps back.
    fn second_device(&mut self, user: usize, at: u64) {
        let second = match self.script.devices.iter().rposition(|device| device.user == user) {
            Some(device) if device >= self.script.users => device,
            _ => {
                self.device(user);
                self.script.devices.len() - 1
            }
        };
        let near = self.lag.max(5);
        let after = self.dice.range(0, 4 * near);
        self.step(at + after, Act::Login { device: second });
        if self.dice.percent(40) {
            let back = at + after + self.dice.range(0, 3 * near);
            self.step(back, Act::Logout { device: user });
            self.step(back, Act::Login { device: user });
        }
    }

    fn answer_after(&mut self, windows: Windows) -> Option<u64> {
        let lag = self.lag;
        let d = &mut self.dice;
        match d.below(8) {
            0..=2 => None,
            3 | 4 => Some(d.range(0, 2 * lag + 10)),
            5 => Some(u64::from(windows.ring_ms).saturating_sub(d.range(0, lag + 5))),
            6 => Some(d.range(0, u64::from(windows.ring_ms) + 500)),
            _ => Some(d.range(0, 1_500)),
        }
    }

    pub fn plan(&mut self, windows: Windows, after: Option<u64>) -> Plan {
        let d = &mut self.dice;
        let answer = match d.below(20) {
            0..=9 => Some((true, after)),
            10..=14 => Some((false, after)),
            _ => None,
        };
        let elsewhere = match d.below(10) {
            0..=5 => answer,
            6 | 7 => Some((true, after.filter(|_| d.percent(50)))),
            8 => Some((false, after.filter(|_| d.percent(50)))),
            _ => None,
        };
        let again = d.percent(10).then(|| (d.percent(50), d.range(0, u64::from(windows.ring_ms) + 1_000)));
        let reaction = |d: &mut Dice, choices: &[Reaction]| {
            if d.percent(12) { d.pick(choices) } else { Reaction::Nothing }
        };
        use Reaction::{CallBack, Cancel, Logout, Release, Relogin, Verbs};
        let (sync, hard) = (Release { sync: true }, Release { sync: false });
        Plan {
            answer,
            elsewhere,
            again,
            accept_ms: d.percent(20).then(|| d.range(200, 3_000) as u32),
            twice: d.percent(5),
            on_ring: reaction(d, &[Logout, Relogin, sync, hard, CallBack]),
            on_received: reaction(d, &[Cancel, Cancel, Logout, sync, hard]),
            on_local_end: reaction(d, &[Logout, Relogin, sync, hard, CallBack, Verbs, Verbs]),
            on_remote_end: reaction(d, &[Logout, Relogin, sync, hard, CallBack, Verbs, Verbs]),
            release_local: d.pick(&[When::AtOnce, When::AtEnd, When::AtEnd, When::After(700), When::Never]),
            release_remote: d.pick(&[When::AtOnce, When::AtEnd, When::AtEnd, When::After(700), When::Never]),
        }
    }

    fn disturbance(&mut self) {
        let at = self.when();
        match self.dice.below(20) {
            0..=5 => self.outage(at),
            6 | 7 => {
                let user = self.user();
                let until = at + self.pause(user);
                self.step(at, Act::Sleep { user, on: true });
                self.step(until, Act::Sleep { user, on: false });
            }
            8 => {
                let top = if self.short { 8_000 } else { 90_000 };
                let ms = if self.dice.percent(50) { self.dice.range(50, 3_000) } else { self.dice.range(1_000, top) };
                self.step(at, Act::Suspend { ms });
            }
            9 | 10 => {
                let device = self.any_device();
                self.step(at, Act::Logout { device });
                if self.dice.percent(70) {
                    let pause = if self.dice.percent(50) { 0 } else { self.dice.range(0, 4_000) };
                    self.step(at + pause, Act::Login { device });
                }
            }
            11 | 12 => {
                let (device, sync) = (self.any_device(), self.dice.percent(50));
                self.step(at, Act::ReleaseService { device, sync });
                if self.dice.percent(70) {
                    let pause = if self.dice.percent(50) { 0 } else { self.dice.range(0, 4_000) };
                    self.step(at + pause, Act::Login { device });
                }
            }
            13 | 14 => {
                let user = self.user();
                self.second_device(user, at);
            }
            15 | 16 => {
                // The weather clears up, or gets worse.
                let faults =
                    if self.dice.percent(60) { Faults { loss: 0, ..self.script.faults } } else { self.weather() };
                self.step(at, Act::Weather { faults });
            }
            17 => {
                let device = self.any_device();
                self.step(at, Act::Login { device });
            }
            18 => {
                let device = self.any_device();
                self.step(at, Act::Reattach { device });
            }
            _ => {
                // A user comes late: after an outage of the whole beginning.
                let device = self.user();
                self.step(0, Act::Logout { device });
                self.step(at, Act::Login { device });
            }
        }
    }

    fn outage(&mut self, at: u64) {
        let user = self.user();
        let until = at + self.pause(user);
        self.step(at, Act::Link { user, up: false });
        self.step(until, Act::Link { user, up: true });
        if self.dice.percent(20) {
            let again = until + self.dice.range(0, 200);
            let until = again + self.pause(user);
            self.step(again, Act::Link { user, up: false });
            self.step(until, Act::Link { user, up: true });
        }
    }

    /// For how long a user is away: shorter or longer than the grace time.
    fn pause(&mut self, user: usize) -> u64 {
        let grace = u64::from(self.script.devices[user].grace_ms);
        let d = &mut self.dice;
        match d.below(4) {
            0 => d.range(1, 300),
            1 => d.range(1, grace),
            2 => grace + d.range(0, 2_000),
            _ => d.range(1, if self.short { 6_000 } else { 40_000 }),
        }
    }

    fn pastime(&mut self) {
        let (at, device, user) = (self.when(), self.any_device(), self.user());
        match self.dice.below(6) {
            0 | 1 => {
                self.step(at, Act::Subscribe { device, user, on: true });
                if self.dice.percent(30) {
                    let after = self.dice.range(0, 3_000);
                    self.step(at + after, Act::Subscribe { device, user, on: false });
                }
            }
            2 => self.step(at, Act::Query { device, user }),
            _ => {
                let raw = self.dice.percent(30);
                self.step(at, Act::Post { device, to: user, raw });
            }
        }
    }

    /// An application that dispatches itself does so now and then.
    fn dispatches(&mut self) {
        let end = self.script.steps.iter().map(|step| step.at_ms).max().unwrap_or(0) + 2_000;
        for device in 0..self.script.devices.len() {
            if !self.script.devices[device].pump {
                continue;
            }
            let every = self.dice.pick(&[20, 200, 1_000, 3_000]).max(end / 100);
            let mut at = 0;
            while at <= end {
                self.step(at, Act::Dispatch { device });
                at += self.dice.range(1, 2 * every);
            }
        }
    }
}
