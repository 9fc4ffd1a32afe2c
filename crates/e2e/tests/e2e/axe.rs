//! What bars people from the page: axe-core's rules, in every state that is pictured.

use serde_json::{Value, json};

use crate::browser::{Window, named};

/// The rules of WCAG 2.2 at levels A and AA, and what its authors hold to be good practice.
const RULES: [&str; 6] = [
    "wcag2a",
    "wcag2aa",
    "wcag21a",
    "wcag21aa",
    "wcag22aa",
    "best-practice",
];

/// What is against the rules: the rule, and where and how.
const CHECK: &str = "const [rules, done] = arguments;
    axe.run({ runOnly: rules, resultTypes: ['violations'] }).then(({ violations }) => done(
        violations.map(({ id, help, nodes }) => ({ id, help,
            where: nodes.slice(0, 4).map(node => [node.target.join(' '), node.failureSummary]) }))
    ), error => done([String(error)]));";

impl Window {
    /// Fails where the page, as it is now, is against the rules.
    pub(crate) async fn bars_nobody(&self, state: &str) {
        if self.run("return typeof axe", json!(null)).await == "undefined" {
            // Through the driver: the page's Content-Security-Policy lets nobody else bring a script.
            let script = std::fs::read_to_string(named("AXE")).unwrap();
            self.page.execute(&script, vec![]).await.unwrap();
        }
        let found = self.page.execute_async(CHECK, vec![json!(RULES)]).await;
        let found: Value = found.unwrap();
        assert_eq!(found, json!([]), "{state}: {found:#}");
    }
}
