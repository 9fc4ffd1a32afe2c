//! `cargo xtask shots`: a picture of every state of the page.

use anyhow::Result;

use crate::{child, console, page, paths, setup, test};

/// Has the browser tests write what they see at every width, light and dark, and says where that is.
pub(crate) fn run(test_args: &[String]) -> Result<()> {
    let dist = page::build(&setup::for_page()?)?;
    let tools = setup::for_tests()?;
    let root = paths::root()?;
    let mut server = child::cargo();
    child::streamed(server.current_dir(&root).args(["build", "--bin", "parlor"]))?;
    let folder = root.join("target/shots");
    let mut tests = child::cargo();
    tests
        .current_dir(&root)
        .args(["test", "--package", "parlor-e2e"])
        .args(test_args)
        .env("PARLOR_SHOTS", "every width");
    test::name_parts(&mut tests, &tools, &dist)?;
    let ran = child::streamed(&mut tests);
    console::say(
        "shots",
        &format!("the pictures are in {}", folder.display()),
    );
    ran
}
