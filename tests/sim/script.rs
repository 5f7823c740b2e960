//! What happens in a world: drawn from its seed beforehand, as plain data, so that it can be shrunk.

use std::time::Duration;

use rtm_call::engine::Windows;
use rtm_call::transport::hub::Faults;

use crate::dice::Dice;

/// One world.
#[derive(Clone, Debug)]
pub struct Script {
    pub seed: u64,
    pub users: usize,
    pub devices: Vec<Device>,
    pub faults: Faults,
    /// What happens to whom, in the order of time.
    pub steps: Vec<Step>,
    /// The library's log is read: the oracle sees each message too.
    pub logged: bool,
    /// At the end all users log in, so that every end can be acknowledged.
    pub all_in: bool,
    /// At the very end one more invitation shows that the world could have been heard.
    pub twin: bool,
}

/// Where services of one user run, one after the other.
#[derive(Clone, Debug)]
pub struct Device {
    pub user: usize,
    /// The application dispatches, and is late; otherwise callbacks come at once.
    pub pump: bool,
    pub windows: Windows,
    pub grace_ms: u32,
    pub max_open_per_peer: u32,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub at_ms: u64,
    pub act: Act,
}

/// The invitations of a script are known by their tag, which travels as content.
pub type Tag = u32;

#[derive(Clone, Debug)]
pub enum Act {
    Login { device: usize },
    Logout { device: usize },
    ReleaseService { device: usize, sync: bool },
    Send { device: usize, to: usize, tag: Tag, windows: Option<Windows>, plan: Plan },
    Cancel { tag: Tag },
    ReleaseLocal { tag: Tag },
    Link { user: usize, up: bool },
    Sleep { user: usize, on: bool },
    Suspend { ms: u64 },
    Weather { faults: Faults },
    Dispatch { device: usize },
    Subscribe { device: usize, user: usize, on: bool },
    Query { device: usize, user: usize },
    Post { device: usize, to: usize, raw: bool },
    /// A hostile user sends a message in this invitation.
    Forge { tag: Tag, what: Forgery, to_caller: bool },
    /// The application gives the call manager up and takes it again.
    Reattach { device: usize },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Forgery {
    Received,
    Accept,
    Confirm,
    End,
    Garbage,
}

/// Accept or refuse, in the callback or so many milliseconds later.
pub type Answer = Option<(bool, Option<u64>)>;

/// What the applications of both sides do with one invitation.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The callee's answer.
    pub answer: Answer,
    /// The answer on a second device.
    pub elsewhere: Answer,
    /// Another verb of the callee, late.
    pub again: Option<(bool, u64)>,
    /// The callee's own accept window.
    pub accept_ms: Option<u32>,
    /// Two answers at once.
    pub twice: bool,
    pub on_ring: Reaction,
    pub on_received: Reaction,
    pub on_local_end: Reaction,
    pub on_remote_end: Reaction,
    pub release_local: When,
    pub release_remote: When,
}

/// What an application does inside a callback.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reaction {
    Nothing,
    Cancel,
    Logout,
    Relogin,
    Release { sync: bool },
    /// Sends another invitation back to the other party.
    CallBack,
    /// Tries every verb on what has ended.
    Verbs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Right after `send`, or in the ring callback.
    AtOnce,
    /// In the terminal callback.
    AtEnd,
    After(u64),
    Never,
}

const CALM: Faults = Faults {
    seed: 0,
    delay_min: Duration::ZERO,
    delay_max: Duration::ZERO,
    loss: 0,
    repeat: 0,
    reorder: 0,
};

/// The longest delay of any world, for the hold of a reordered message too.
pub const HOLD_MS: u64 = 10;

impl Script {
    pub fn new(seed: u64) -> Script {
        Writer::new(seed).write()
    }
}

struct Writer {
    dice: Dice,
    script: Script,
    short: bool,
    /// When something interesting happens: the moments around which disturbances gather.
    moments: Vec<u64>,
    length: u64,
    /// A delay that is typical for this world.
    lag: u64,
    next_tag: Tag,
}

impl Writer {
    fn new(seed: u64) -> Writer {
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

    fn write(mut self) -> Script {
        let d = &mut self.dice;
        self.script.users = d.pick(&[2, 2, 2, 3, 3, 4]);
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
        let seconds = self.dice.pick(&[0, 1, 1, 2]);
        for _ in 0..seconds {
            let user = self.user();
            self.device(user);
        }
        for _ in 0..self.dice.pick(&[1, 1, 2, 2, 3, 4, 5, 7]) {
            self.invitation();
        }
        match self.dice.below(100) {
            0..=13 => self.two_instances(),
            32..=35 => self.both_gone(),
            14..=19 => self.flap_after_accept(),
            20..=24 => self.suspend_after_send(),
            25..=31 => self.weather_clears_after_accept(),
            _ => {}
        }
        for _ in 0..self.dice.pick(&[0, 1, 1, 2, 2, 3, 4, 6]) {
            self.disturbance();
        }
        for _ in 0..self.dice.pick(&[0, 0, 1, 2]) {
            self.pastime();
        }
        self.dispatches();
        self.script.steps.sort_by_key(|step| step.at_ms);
        self.script
    }

    fn step(&mut self, at_ms: u64, act: Act) {
        self.script.steps.push(Step { at_ms, act });
    }

    fn user(&mut self) -> usize {
        self.dice.index(self.script.users)
    }

    fn any_device(&mut self) -> usize {
        self.dice.index(self.script.devices.len())
    }

    fn device(&mut self, user: usize) {
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

    fn windows(&mut self) -> Windows {
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

    fn tag(&mut self) -> Tag {
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
    fn two_instances(&mut self) {
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
    fn both_gone(&mut self) {
        let d = &mut self.dice;
        let windows =
            Windows { acknowledge_ms: d.range(700, 2_000) as u32, ring_ms: d.range(4_000, 7_000) as u32, accept_ms: 500 };
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
    fn flap_after_accept(&mut self) {
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
    fn suspend_after_send(&mut self) {
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
    fn weather_clears_after_accept(&mut self) {
        let (at, ..) = self.scene(Some((true, None)), None, None);
        let d = &mut self.dice;
        let worse = Faults { loss: d.range(300_000, 700_000) as u32, seed: d.roll(), ..self.script.faults };
        let better = Faults { loss: 0, ..worse };
        let after = d.range(0, 2_500);
        self.step(at, Act::Weather { faults: worse });
        self.step(at + self.lag + after, Act::Weather { faults: better });
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

    fn plan(&mut self, windows: Windows, after: Option<u64>) -> Plan {
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
                let faults = if self.dice.percent(60) { Faults { loss: 0, ..self.script.faults } } else { self.weather() };
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
