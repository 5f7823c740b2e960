//! The pictures in docs/pictures are what the code gives: the state machines from the engine's tables, the ladders from calls
//! that really run. `./dev pictures` draws them anew.

mod ladder;
mod record;
mod scenes;
mod states;
mod svg;
#[path = "../engine/words.rs"]
mod words;

use std::fs;
use std::path::Path;

/// Every picture and its name.
fn pictures() -> Vec<(String, String)> {
    let mut all = vec![("local_states".into(), states::local()), ("remote_states".into(), states::remote())];
    all.extend(scenes::pictures());
    all
}

#[test]
fn the_committed_pictures_are_those_that_the_code_gives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let update = std::env::var_os("UPDATE_PICTURES").is_some();
    let mut names = Vec::new();
    for (name, picture) in pictures() {
        let name = format!("{name}.svg");
        let path = folder.join(&name);
        // A checkout on Windows may end its lines otherwise.
        let committed = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        if update && committed != picture {
            fs::write(&path, &picture).expect("docs/pictures can be written to");
        } else {
            assert!(committed == picture, "docs/pictures/{name} is stale: ./dev pictures draws it anew");
        }
        names.push(name);
    }
    for file in fs::read_dir(&folder).expect("docs/pictures is there") {
        let name = file.expect("a folder can be read").file_name().into_string().expect("the names are ASCII");
        assert!(names.contains(&name) || !name.ends_with(".svg"), "nothing draws docs/pictures/{name}");
    }
}

#[test]
fn drawing_twice_gives_the_same() {
    assert!(pictures() == pictures());
}
