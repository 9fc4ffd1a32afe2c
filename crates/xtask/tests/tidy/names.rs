//! Names: no retired words, no setters that look like questions, no tuples instead of structs.

use syn::visit::{self, Visit};
use syn::{
    FnArg, ImplItemFn, ItemEnum, ItemFn, ItemMod, ItemStruct, ItemTrait, ItemType, Pat, ReturnType,
    Signature, TraitItemFn, Type,
};

use crate::source::rust;

/// Retired words and names, each with what to use instead. A word in small letters is retired as a
/// part of any name; one with a capital is a whole name.
const RETIRED: [(&str, &str); 54] = [
    ("bell", "WakerSlot"),
    ("book", "ledger"),
    ("chance", "random"),
    ("checkup", "IntegrityReport"),
    ("conversation", "session"),
    ("crowd", "load"),
    ("deed", "action"),
    ("deeds", "actions"),
    ("denied", "RequestError"),
    ("desk", "Outbound"),
    ("dice", "rng"),
    ("farewell", "closing"),
    ("fleeting", "ephemeral"),
    ("guest", "client"),
    ("hear", "handle"),
    ("heard", "received"),
    ("judge", "Liveness"),
    ("moment", "Env"),
    ("obey", "dispatch"),
    ("outlet", "SocketWriter"),
    ("remembered", "cached"),
    ("ring_for", "wake"),
    ("seat", "Subscriber"),
    ("seated", "subscribed"),
    ("seats", "SessionRegistry"),
    ("settle", "ack"),
    ("settled", "acked"),
    ("sights", "observations"),
    ("silence", "Heartbeat"),
    ("sink", "CommitListener"),
    ("spot", "RingPosition"),
    ("story", "event log"),
    ("stretch", "DeleteRange"),
    ("tally", "stats"),
    ("tell", "publish, emit, notify"),
    ("told", "received"),
    ("trouble", "last_error"),
    ("turn", "Step"),
    ("untold", "undelivered"),
    ("whoever", "the thing's name"),
    ("is_wanted", "is_idle"),
    ("is_done", "mark_idle"),
    ("Identity", "TokenSigner"),
    ("Broken", "ProtocolViolation"),
    ("Caller", "Session"),
    ("Keep", "RetentionPolicy"),
    ("Order", "Continuity"),
    ("Round", "SessionRegistry"),
    ("Seated", "Subscriber"),
    ("Spot", "RingPosition"),
    ("here", "current_room"),
    ("know", "observe_head"),
    ("rest", "unsent"),
    ("Rounds", "SessionRegistry"),
];

/// Collects what is wrong with the names of a file.
#[derive(Default)]
struct Names {
    problems: Vec<String>,
}

impl Names {
    fn check(&mut self, name: &str) {
        let words = words(name);
        for (retired, instead) in RETIRED {
            if words.contains(&retired.to_owned()) || name == retired {
                let problem = format!("{name}: \"{retired}\" is retired; use {instead}");
                self.problems.push(problem);
            }
        }
    }

    fn check_function(&mut self, signature: &Signature, is_test: bool) {
        let name = signature.ident.to_string();
        if is_test {
            return;
        }
        self.check(&name);
        let asks = ["is_", "has_", "can_"].iter().any(|p| name.starts_with(p));
        let changes = signature
            .receiver()
            .is_some_and(|receiver| receiver.reference.is_some() && receiver.mutability.is_some());
        let returns = !matches!(signature.output, ReturnType::Default);
        if asks && (changes || !returns) {
            let problem = "is_, has_ and can_ only ask: use a verb";
            self.problems.push(format!("{name}: {problem}"));
        }
        for argument in &signature.inputs {
            if let FnArg::Typed(argument) = argument
                && (matches!(*argument.pat, Pat::Tuple(_)) || is_tuple(&argument.ty))
            {
                let problem = "a tuple as a parameter: use a struct or two parameters";
                self.problems.push(format!("{name}: {problem}"));
            }
        }
    }
}

fn is_tuple(ty: &Type) -> bool {
    if let Type::Reference(reference) = ty {
        return is_tuple(&reference.elem);
    }
    matches!(ty, Type::Tuple(tuple) if !tuple.elems.is_empty())
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    let last = |attribute: &syn::Attribute| attribute.path().segments.last().cloned();
    attributes
        .iter()
        .filter_map(last)
        .any(|segment| segment.ident == "test")
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        self.check(&item.ident.to_string());
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        self.check(&item.ident.to_string());
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        self.check(&item.ident.to_string());
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast ItemType) {
        self.check(&item.ident.to_string());
        if is_tuple(&item.ty) {
            let problem = "a name for a tuple: use a struct";
            self.problems.push(format!("{}: {problem}", item.ident));
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.check(&item.ident.to_string());
        visit::visit_item_mod(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.check_function(&item.sig, is_test(&item.attrs));
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.check_function(&item.sig, false);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        self.check_function(&item.sig, false);
        visit::visit_trait_item_fn(self, item);
    }
}

/// The words of a name, in small letters: `SocketWriter` and `socket_writer` have the same.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter == '_' || letter.is_uppercase() {
            words.push(String::new());
        }
        if let (Some(word), true) = (words.last_mut(), letter != '_') {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

#[test]
fn names_follow_the_vocabulary() {
    let mut problems = Vec::new();
    for source in rust() {
        let mut names = Names::default();
        let file = source.path.rsplit('/').next().unwrap();
        names.check(file.strip_suffix(".rs").unwrap());
        names.visit_file(&source.parse());
        let of_file = names.problems.into_iter();
        problems.extend(of_file.map(|problem| format!("{}: {problem}", source.path)));
    }
    assert!(
        problems.is_empty(),
        "CONTRIBUTING.md has the vocabulary\n{}",
        problems.join("\n")
    );
}
