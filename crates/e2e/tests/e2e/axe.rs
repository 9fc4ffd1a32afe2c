//! axe-core's accessibility rules, checked in every state of the page that is pictured.

use serde_json::{Value, json};

use crate::{environment::env_var, window::Window};

/// The rules of WCAG 2.0 to 2.2 at levels A and AA, and axe-core's best practices.
const RULES: [&str; 6] = [
    "wcag2a",
    "wcag2aa",
    "wcag21a",
    "wcag21aa",
    "wcag22aa",
    "best-practice",
];

/// Gives every violation: the rule, the elements and what is wrong with them.
const CHECK: &str = "const [rules, done] = arguments;
    axe.run({ runOnly: rules, resultTypes: ['violations'] }).then(({ violations }) => done(
        violations.map(({ id, help, nodes }) => ({ id, help,
            where: nodes.slice(0, 4).map(node => [node.target.join(' '), node.failureSummary]) }))
    ), error => done([String(error)]));";

impl Window {
    /// Fails if the page, as it is now, violates a rule of accessibility.
    pub(crate) async fn assert_accessible(&self, state: &str) {
        if self.eval("return typeof axe").await == "undefined" {
            // The driver injects it: the page's Content-Security-Policy forbids any other way.
            let script = std::fs::read_to_string(env_var("AXE")).unwrap();
            self.page.execute(&script, vec![]).await.unwrap();
        }
        let violations: Value = self.eval_async(CHECK, json!(RULES)).await;
        assert_eq!(violations, json!([]), "{state}: {violations:#}");
    }
}
