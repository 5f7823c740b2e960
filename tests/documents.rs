//! The documents: every link leads somewhere, every picture is shown, and the migration guide has every name of the original.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).replace("\r\n", "\n")
}

/// All documents in Markdown.
fn documents() -> Vec<PathBuf> {
    let in_folder = |folder: PathBuf| {
        let files = fs::read_dir(folder).expect("a folder can be read").map(|file| file.expect("it is there").path());
        files.filter(|path| path.extension().is_some_and(|end| end == "md")).collect::<Vec<_>>()
    };
    let all = [in_folder(root().into()), in_folder(root().join("docs"))].concat();
    assert!(all.len() >= 6, "{all:?}");
    all
}

/// The lines that are no code.
fn prose(text: &str) -> Vec<&str> {
    let mut code = false;
    text.lines()
        .filter(|line| {
            let fence = line.starts_with("```");
            code ^= fence;
            !fence && !code
        })
        .collect()
}

/// What links and pictures lead to.
fn targets(text: &str) -> Vec<String> {
    let mut targets = Vec::new();
    for line in prose(text) {
        for rest in line.split("](").skip(1) {
            let target = rest.split(')').next().expect("a split has a first part");
            targets.push(target.to_owned());
        }
    }
    targets
}

/// What headings are called in a link.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).into_iter().filter(|line| line.starts_with('#'));
    let slug = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>().replace(' ', "-")
    };
    let mut used = BTreeMap::new();
    let mut numbered = |slug: String| {
        let before = used.entry(slug.clone()).and_modify(|n| *n += 1).or_insert(0);
        if *before == 0 { slug } else { format!("{slug}-{before}") }
    };
    headings.map(slug).map(&mut numbered).collect()
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut count = 0;
    for document in documents() {
        let text = read(&document);
        for target in targets(&text) {
            let at = format!("{}: ({target})", document.strip_prefix(root()).unwrap_or(&document).display());
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            count += 1;
            let (path, anchor) = target.split_once('#').map_or((&*target, None), |(path, anchor)| (path, Some(anchor)));
            let file = match path {
                "" => document.clone(),
                path => document.parent().expect("a file is in a folder").join(path),
            };
            assert!(file.exists(), "{at} leads nowhere");
            if let Some(anchor) = anchor {
                assert!(anchors(&read(&file)).contains(anchor), "{at}: there is no such heading");
            }
        }
    }
    assert!(count > 20, "only {count} links were found");
}

#[test]
fn every_picture_is_shown_in_a_document() {
    let shown: BTreeSet<PathBuf> = documents()
        .iter()
        .flat_map(|document| {
            let folder = document.parent().expect("a file is in a folder").to_owned();
            targets(&read(document)).into_iter().map(move |target| folder.join(target))
        })
        .collect();
    for file in fs::read_dir(root().join("docs/pictures")).expect("docs/pictures is there") {
        let path = file.expect("a folder can be read").path();
        assert!(shown.contains(&path), "no document shows {}", path.display());
    }
}

type Surface = BTreeMap<String, BTreeSet<String>>;

/// The methods of each class in docs/mirror-surface.txt; the functions of the namespace are a class of that name.
fn surface() -> Surface {
    let mut surface = Surface::new();
    let mut class = None;
    let method = |line: &str| {
        let name = line.split('(').next()?.rsplit([' ', '*']).next()?;
        (line.contains('(') && !name.is_empty()).then(|| name.to_owned())
    };
    for line in read(&root().join("docs/mirror-surface.txt")).lines().filter(|line| !line.starts_with('#')) {
        match line.split_once(' ') {
            Some(("object" | "handler", rest)) => class = rest.split(' ').next().map(str::to_owned),
            Some(("function", rest)) => {
                let name = method(rest).expect("a function has a name");
                surface.entry("functions".into()).or_default().insert(name);
            }
            Some(("enum" | "struct", _)) => class = None,
            Some(("", declaration)) => {
                if let (Some(class), Some(name)) = (&class, method(declaration)) {
                    surface.entry(class.clone()).or_default().insert(name);
                }
            }
            _ => {}
        }
    }
    surface
}

#[test]
fn the_migration_guide_names_every_class_and_method_of_the_original_once() {
    let text = read(&root().join("docs/MIGRATION.md"));
    let start = text.find("<!-- surface -->").expect("the table has its mark");
    let end = text.find("<!-- end of surface -->").expect("the table has its end mark");
    let mut named = Surface::new();
    let mut class = String::new();
    for row in text[start..end].lines().filter(|line| line.starts_with('|')).skip(2) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [of, methods, status] = cells[..] else { panic!("three cells: {row}") };
        assert!(!status.is_empty(), "{row}");
        if !of.is_empty() {
            class = of.trim_matches('`').to_owned();
        }
        for method in methods.split(", ") {
            let added = named.entry(class.clone()).or_default().insert(method.trim_matches('`').to_owned());
            assert!(added, "{class}::{method} is named twice");
        }
    }
    let surface = surface();
    assert!(surface.len() > 10 && surface["IRtmService"].len() > 30);
    for (class, methods) in &surface {
        assert_eq!(named.get(class), Some(methods), "{class} in docs/MIGRATION.md");
    }
    assert_eq!(named.len(), surface.len(), "docs/MIGRATION.md names a class that the original does not have");
}

#[test]
fn the_port_for_vcpkg_has_the_version_of_the_manifest() {
    let port: serde_json::Value =
        serde_json::from_str(&read(&root().join("packaging/vcpkg/rtm-call/vcpkg.json"))).expect("vcpkg.json is JSON");
    assert_eq!(port["name"], env!("CARGO_PKG_NAME"));
    assert_eq!(port["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(port["license"], env!("CARGO_PKG_LICENSE"));
    assert_eq!(port["description"], env!("CARGO_PKG_DESCRIPTION").split(';').next().unwrap_or_default());
}
