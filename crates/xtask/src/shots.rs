//! `cargo xtask shots`: pictures of every state of the page.

use anyhow::Result;

use crate::{console, page, paths, process, setup, test};

/// Runs the browser tests, which take a picture of every state at each width, light and dark.
pub(crate) fn run(test_args: &[String]) -> Result<()> {
    let tools = setup::for_page()?;
    let dist = page::build(&tools)?;
    let test_tools = setup::for_tests()?;
    let root = paths::root()?;
    let mut server = process::cargo();
    process::run(server.current_dir(&root).args(["build", "--bin", "parlor"]))?;
    let mut tests = process::cargo();
    tests
        .current_dir(&root)
        .args(["test", "--package", "parlor-e2e"])
        .env("PARLOR_SHOTS", "every width");
    test::add_args(&mut tests, test_args, &test_tools.browsers.test_filter());
    test::set_env(&mut tests, &tools, &test_tools, &dist)?;
    let outcome = process::run(&mut tests);
    let folder = root.join("target/shots");
    console::print_step(
        "shots",
        &format!("the pictures are in {}", folder.display()),
    );
    outcome
}
