//! An error that is ignored on purpose is written `.ok();`, with the reason in a comment beside it.

use syn::visit::{self, Visit};
use syn::{Expr, Local, Pat, Stmt};

use crate::source::rust;

/// Finds the other ways to ignore an error.
#[derive(Default)]
struct Ignored(Vec<&'static str>);

impl<'ast> Visit<'ast> for Ignored {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if let Stmt::Expr(Expr::MethodCall(call), Some(_)) = statement
            && call.method == "unwrap_or_default"
        {
            self.0.push(".unwrap_or_default();");
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if matches!(local.pat, Pat::Wild(_)) {
            self.0.push("let _ =");
        }
        visit::visit_local(self, local);
    }
}

#[test]
fn an_ignored_error_is_written_ok() {
    for source in rust() {
        let mut ignored = Ignored::default();
        ignored.visit_file(&source.parse());
        assert!(
            ignored.0.is_empty(),
            "{}: write `.ok();` with the reason, not {:?}",
            source.path,
            ignored.0
        );
    }
}

#[test]
fn an_ignored_error_has_its_reason_beside_it() {
    // A statement may have several lines, and its comment is above the first.
    const LINES_ABOVE: usize = 6;
    for source in rust()
        .iter()
        .filter(|source| !source.path.contains("/tests/"))
    {
        let lines: Vec<&str> = source.text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let beside = &lines[at.saturating_sub(LINES_ABOVE)..=at];
            assert!(
                !line.ends_with(".ok();") || beside.iter().any(|line| line.contains("//")),
                "{}:{}: say why the error is ignored",
                source.path,
                at + 1
            );
        }
    }
}
