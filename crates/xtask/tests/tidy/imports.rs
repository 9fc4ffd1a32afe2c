//! The files of a crate import each other in no circle.
//!
//! A file imports another if it names something of it: in a `use`, a path, or a macro. A name that
//! a module re-exports belongs to the file that defines it. A parent that only declares a child
//! with `mod` does not import it. Inline test modules are left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, Macro, UseTree, VisRestricted};

use crate::source::{CODE, Source, paths, read, root};

/// A path as the source spells it: `["super", "ring", "Ring"]`.
type Segments = Vec<String>;

/// A crate's modules and what they name.
#[derive(Default)]
struct Crate {
    /// The file of each module, inline modules included. The root's path is empty.
    files: BTreeMap<Segments, String>,
    /// The paths that each module names.
    named: Vec<(Segments, Segments)>,
    /// What a name that a module has imported or re-exported stands for.
    imported: BTreeMap<(Segments, String), Segments>,
    /// The module that the visitor is in.
    module: Segments,
    /// The folder in which the current module's child files are.
    folder: String,
}

impl Crate {
    fn read(root_file: &str) -> Self {
        let mut this = Self::default();
        let folder = Path::new(root_file).parent().unwrap();
        this.folder = folder.to_str().unwrap().to_owned();
        this.enter_file(root_file.to_owned());
        this
    }

    fn enter_file(&mut self, path: String) {
        let source = Source {
            text: read(&path),
            path: path.clone(),
        };
        self.files.insert(self.module.clone(), path);
        self.visit_file(&source.parse());
    }

    fn name(&mut self, segments: Segments) {
        self.named.push((self.module.clone(), segments));
    }

    /// Names a path outside a `use`. A single word may be a local variable with a module's name.
    fn name_path(&mut self, segments: Segments) {
        if segments.len() > 1 {
            self.name(segments);
        }
    }

    fn import(&mut self, mut path: Segments, name: String) {
        // `use a::{self}` imports `a`.
        path.pop_if(|last| last == "self");
        let key = (self.module.clone(), name);
        self.imported.insert(key, path.clone());
        self.name(path);
    }

    fn name_tree(&mut self, prefix: &Segments, tree: &UseTree) {
        let with = |name: &syn::Ident| [prefix.clone(), vec![name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.name_tree(&with(&path.ident), &path.tree),
            UseTree::Name(name) => self.import(with(&name.ident), name.ident.to_string()),
            UseTree::Rename(rename) => self.import(with(&rename.ident), rename.rename.to_string()),
            UseTree::Glob(_) => self.name(prefix.clone()),
            UseTree::Group(group) => {
                for item in &group.items {
                    self.name_tree(prefix, item);
                }
            }
        }
    }

    /// Names the paths in the tokens of a macro, such as those of `view!`.
    fn name_tokens(&mut self, tokens: TokenStream) {
        let mut segments = Segments::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.name_path(std::mem::take(&mut segments));
                    }
                    segments.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other @ (TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_)) => {
                    self.name_path(std::mem::take(&mut segments));
                    if let TokenTree::Group(group) = other {
                        self.name_tokens(group.stream());
                    }
                }
            }
        }
        self.name_path(segments);
    }

    /// The file that a path, named in `module`, leads to; none if it leads out of the crate.
    fn resolve(&self, module: &[String], path: &[String]) -> Option<&str> {
        let mut at = module.to_vec();
        let mut path = path;
        match path.first()?.as_str() {
            "crate" => {
                at.clear();
                path = &path[1..];
            }
            "self" => path = &path[1..],
            "super" => {
                while path.first().is_some_and(|segment| segment == "super") {
                    at.pop();
                    path = &path[1..];
                }
            }
            child => {
                self.files.get(&child_of(&at, child))?;
            }
        }
        while let Some((segment, rest)) = path.split_first() {
            let child = child_of(&at, segment);
            if self.files.contains_key(&child) {
                at = child;
                path = rest;
                continue;
            }
            // A path through a re-export goes on where that leads.
            if let Some(imported) = self.imported.get(&(at.clone(), segment.clone()))
                && at != module
            {
                let path = [imported, rest].concat();
                return self.resolve(&at, &path);
            }
            break;
        }
        self.files.get(&at).map(String::as_str)
    }

    /// Which files each file imports.
    fn imports(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut imports: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (module, path) in &self.named {
            let from = self.files[module].as_str();
            if let Some(to) = self.resolve(module, path)
                && to != from
            {
                imports.entry(from).or_default().insert(to);
            }
        }
        imports
    }
}

impl<'ast> Visit<'ast> for Crate {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.attrs.iter().any(|attr| attr.path().is_ident("path")) {
            // A file of another crate, which imports nothing of this one.
            return;
        }
        let name = item.ident.to_string();
        let folder = format!("{}/{name}", self.folder);
        let outer = std::mem::replace(&mut self.folder, folder.clone());
        self.module.push(name);
        match &item.content {
            None => self.enter_file(format!("{folder}.rs")),
            Some(_) if is_test(&item.attrs) => {}
            Some((_, items)) => {
                let file = self.files[&self.module[..self.module.len() - 1]].clone();
                self.files.insert(self.module.clone(), file);
                items.iter().for_each(|item| self.visit_item(item));
            }
        }
        self.module.pop();
        self.folder = outer;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.name_tree(&Segments::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.name_path(path.segments.iter().map(|s| s.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        self.name_tokens(mac.tokens.clone());
        visit::visit_macro(self, mac);
    }

    /// `pub(super)` imports nothing.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}
}

fn child_of(module: &[String], name: &str) -> Segments {
    let mut child = module.to_vec();
    child.push(name.to_owned());
    child
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|condition| condition.is_ident("test"))
    })
}

/// The shortest circle through a file, beginning and ending with it.
fn circle<'a>(
    imports: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    start: &'a str,
) -> Option<Vec<&'a str>> {
    let mut from = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in imports.get(file).into_iter().flatten() {
            if !from.contains_key(next) {
                from.insert(*next, file);
                queue.push_back(next);
            }
        }
        if let Some(mut file) = from.get(start).copied() {
            let mut circle = vec![start, file];
            while file != start {
                file = from[file];
                circle.push(file);
            }
            circle.reverse();
            return Some(circle);
        }
    }
    None
}

/// The root file of every library, program, test and benchmark.
fn crate_roots() -> Vec<String> {
    let packages = CODE
        .iter()
        .flat_map(|folder| paths(folder))
        .filter_map(|path| path.strip_suffix("/Cargo.toml").map(str::to_owned));
    let mut roots = Vec::new();
    for package in packages {
        let files = ["src/lib.rs", "src/main.rs"].map(|file| format!("{package}/{file}"));
        roots.extend(files.into_iter().filter(|file| root().join(file).exists()));
        for folder in ["tests", "benches"].map(|folder| format!("{package}/{folder}")) {
            if root().join(&folder).exists() {
                let is_root = |path: &String| {
                    let inner = path[folder.len() + 1..].strip_suffix(".rs");
                    inner
                        .is_some_and(|i| !i.contains('/') || i.split_once('/').unwrap().1 == "main")
                };
                roots.extend(paths(&folder).into_iter().filter(is_root));
            }
        }
    }
    roots
}

#[test]
fn the_files_of_a_crate_import_each_other_in_no_circle() {
    let mut circles = BTreeSet::new();
    for root_file in crate_roots() {
        let crate_ = Crate::read(&root_file);
        let imports = crate_.imports();
        for file in imports.keys() {
            // A circle is reported once, from the first of its files.
            if let Some(circle) = circle(&imports, file)
                && circle.iter().min() == Some(file)
            {
                circles.insert(circle.join(" -> "));
            }
        }
    }
    let circles: Vec<_> = circles.into_iter().collect();
    assert!(
        circles.is_empty(),
        "these files import each other in a circle: move what both need into a third\n{}",
        circles.join("\n")
    );
}

#[test]
fn a_circle_is_found_through_a_re_export_and_a_macro() {
    let mut example = Crate::default();
    let files = ["lib", "a", "b", "c"];
    let module = |file: &str| match file {
        "lib" => Segments::new(),
        file => vec![file.to_owned()],
    };
    for file in files {
        example.files.insert(module(file), file.to_owned());
    }
    let texts = [
        "pub use a::A;",
        "pub(super) struct A; fn f() { view! { <b on=crate::b::click/> } }",
        "use super::A; pub(crate) fn click() {}",
        "use crate::{A, b}; #[cfg(test)] mod tests { use super::*; use crate::c; }",
    ];
    for (file, text) in files.into_iter().zip(texts) {
        example.module = module(file);
        example.visit_file(&syn::parse_str(text).unwrap());
    }
    let imports = example.imports();
    let of = |file| imports[file].iter().copied().collect::<Vec<_>>();
    assert_eq!(of("lib"), ["a"]);
    assert_eq!(of("a"), ["b"]);
    assert_eq!(of("b"), ["a"], "A is not lib's");
    assert_eq!(of("c"), ["a", "b"]);
    assert_eq!(circle(&imports, "a"), Some(vec!["a", "b", "a"]));
    assert_eq!(circle(&imports, "c"), None);
}
