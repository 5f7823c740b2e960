//! The command line.

use rtm_call::engine::planted::Rule;

pub const HELP: &str = "\
usage: ./dev sim [--full] [--seeds N] [--from S] [option...] [part...]
       cargo test --release --features planted --test sim -- [option...] [part...]

Runs seeded worlds of 2 to 50 users through the library, on virtual time, and prints what was covered.
Parts: worlds, determinism, planted, shrink; all by default.

  --seeds N   worlds to run (default 100000; 1000000 with --full, which is RTM_CALL_FULL=1; 2000 in a debug build)
  --from S    the first seed (default 0)
  --jobs J    threads (default: as many as there are processors)
  --seed X    runs this seed alone and prints its ladder; if it fails, the shortest script that fails likewise
  --replay F  replays a record of the flight recorder (rtm_service_write_record) instead, prints the callbacks that came
              of it, and says whether they are those of the record
  --rule R    with this rule of the engine broken, such as ThreeWay
  --help      this text

A seed that fails is shrunk, and its ladder printed. A zero in the counts fails runs of 100000 seeds or more.
The third last line of the output is one JSON object: figures, counts, failed seeds.
Exit codes: 0 fine, 1 something failed, 2 wrong usage.
";

/// From this many seeds on, all that can happen must have happened.
pub const COVERED: u64 = 100_000;
/// Seeds that are run twice.
pub const TWICE: u64 = 1_000;

const PARTS: [&str; 4] = ["worlds", "determinism", "planted", "shrink"];

pub struct Arguments {
    pub seeds: u64,
    pub from: u64,
    pub jobs: usize,
    pub seed: Option<u64>,
    pub replay: Option<String>,
    pub rule: Option<Rule>,
    parts: Vec<String>,
}

impl Arguments {
    /// Whether this part is to run.
    pub fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|wanted| part.contains(wanted.as_str()))
    }

    /// The arguments in `words`; `None` if only help is wanted.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
        let full = std::env::var("RTM_CALL_FULL").is_ok_and(|full| full == "1");
        let mut arguments = Arguments {
            seeds: match full {
                _ if cfg!(debug_assertions) => 2 * TWICE,
                true => 10 * COVERED,
                false => COVERED,
            },
            from: 0,
            jobs: std::thread::available_parallelism().map_or(1, |jobs| jobs.get()),
            seed: None,
            replay: None,
            rule: None,
            parts: Vec::new(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            let number = |value: String| value.parse().map_err(|_| format!("{value} is no number"));
            match word.as_str() {
                "--help" | "-h" => return Ok(None),
                "--seeds" => arguments.seeds = number(value()?)?,
                "--from" => arguments.from = number(value()?)?,
                "--jobs" => arguments.jobs = number(value()?)?.max(1) as usize,
                "--seed" => arguments.seed = Some(number(value()?)?),
                "--replay" => arguments.replay = Some(value()?),
                "--rule" => {
                    let name = value()?;
                    let rule = Rule::ALL.iter().find(|rule| format!("{rule:?}") == name);
                    arguments.rule = Some(*rule.ok_or(format!("{name} is not a rule of {:?}", Rule::ALL))?);
                }
                // What cargo and ./dev pass to every test program.
                "--nocapture" | "--quiet" | "-q" => {}
                part if PARTS.iter().any(|known| known.contains(part)) => arguments.parts.push(part.into()),
                _ => return Err(format!("{word} is not understood")),
            }
        }
        Ok(Some(arguments))
    }
}
