//! The links of the documents lead to files and headings that exist.

use std::{fs, path::Path};

use crate::source::{CODE, Source, read, root, sources};

/// All documents: at the top, in docs/, beside the code.
fn documents() -> Vec<Source> {
    let top = fs::read_dir(root()).unwrap();
    let top = top.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // Not the whole folder: npm may have put its packages there.
    let named = top
        .filter(|path| path.ends_with(".md"))
        .chain(["clients/js/README.md".to_owned()]);
    let named = named.map(|path| Source {
        text: read(&path),
        path,
    });
    let folders = CODE.into_iter().chain(["docs"]);
    folders
        .flat_map(|folder| sources(folder, ".md"))
        .chain(named)
        .collect()
}

/// What follows `](` up to the bracket, where that is a path or a heading of the repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target)
        .filter(|target| !target.contains([' ', ':']))
}

/// A heading as it stands in links to it: small letters, digits and hyphens.
fn anchor(heading: &str) -> String {
    let kept = |c: char| c.is_alphanumeric() || ['-', '_', ' '].contains(&c);
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let heading: String = heading.chars().filter(|c| kept(*c)).collect();
    heading.replace(' ', "-")
}

#[test]
fn a_heading_is_linked_as_github_does_it() {
    assert_eq!(
        anchor("### Logins of your own (OpenID Connect)"),
        "logins-of-your-own-openid-connect"
    );
    assert_eq!(
        anchor("## Entries, `seq` and `prev`"),
        "entries-seq-and-prev"
    );
}

#[test]
fn the_documents_links_lead_to_files_and_headings_that_exist() {
    let mut dead = Vec::new();
    let mut checked = 0;
    for document in documents() {
        for link in links(&document.text) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let here = Path::new(&document.path);
            let target = match path {
                "" => here.to_owned(),
                path => here.with_file_name(path),
            };
            let target = root().join(target);
            let has_heading = || {
                let text = fs::read_to_string(&target).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                headings.any(|line| anchor(line) == heading)
            };
            if !target.exists() || !(heading.is_empty() || has_heading()) {
                dead.push(format!("{}: {link}", document.path));
            }
            checked += 1;
        }
    }
    assert!(dead.is_empty(), "dead links\n{}", dead.join("\n"));
    assert!(checked > 100, "{checked} links");
}
