//! The calls that the pictures show.

use std::time::Duration;

use crate::ladder::{self, Detail};
use crate::record::Stage;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The name of a picture, how much it shows, its title, and what is played.
type Scene = (&'static str, Detail, &'static str, fn(&mut Stage));

/// Every ladder and its name.
pub fn pictures() -> Vec<(String, String)> {
    let scenes: [Scene; 7] = [
        ("handshake_accept", Detail::Handshake, "Accepted: the callee knows when the caller has confirmed", accept),
        ("handshake_refuse", Detail::Handshake, "Refused: the callee ends at once", refuse),
        ("handshake_cancel", Detail::Handshake, "Canceled: the caller ends at once", cancel),
        ("handshake_expire", Detail::Handshake, "Not answered: the callee's ring window closes", expire),
        ("handshake_cross_accept", Detail::Handshake, "Cancel and accept cross: the caller decides", cross_accept),
        ("handshake_cross_refuse", Detail::Handshake, "Cancel and refuse cross: each side keeps its own", cross_refuse),
        ("ladder", Detail::Full, "A call on a bad link: the accept is lost and sent again", lossy),
    ];
    let draw = |(name, detail, title, play): Scene| {
        let mut stage = Stage::new();
        play(&mut stage);
        (name.to_owned(), ladder::draw(&stage.finish(), detail, title))
    };
    scenes.into_iter().map(draw).collect()
}

fn ring(stage: &mut Stage, for_ms: u64) {
    stage.send("{\"video\": true}");
    stage.after(ms(for_ms));
}

fn accept(stage: &mut Stage) {
    ring(stage, 2_500);
    stage.accept("coming");
}

fn refuse(stage: &mut Stage) {
    ring(stage, 2_500);
    stage.refuse("not now");
}

fn cancel(stage: &mut Stage) {
    ring(stage, 2_500);
    stage.cancel();
}

fn expire(stage: &mut Stage) {
    ring(stage, 61_000);
}

fn cross_accept(stage: &mut Stage) {
    ring(stage, 2_500);
    stage.cancel();
    stage.after(ms(10));
    stage.accept("coming");
}

fn cross_refuse(stage: &mut Stage) {
    ring(stage, 2_500);
    stage.cancel();
    stage.after(ms(10));
    stage.refuse("not now");
}

fn lossy(stage: &mut Stage) {
    ring(stage, 2_500);
    stage.lose(true);
    stage.accept("coming");
    stage.after(ms(1));
    stage.lose(false);
}
