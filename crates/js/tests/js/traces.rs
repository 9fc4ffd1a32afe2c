//! The JavaScript client's session does what the traces of parlor-session say: in Node.js, Deno,
//! Bun and Chromium.

use std::fs;

use parlor_js::node::{Runtime, build, node, read, root, run};
use serde_json::{Value, json};

use crate::browser::chromium;

/// All traces, as JSON that a script reads.
pub(crate) fn traces() -> Value {
    let mut traces = Vec::new();
    for module in fs::read_dir(root().join("crates/session/traces")).unwrap() {
        let module = module.unwrap().path();
        let files = module.is_dir().then(|| fs::read_dir(&module).unwrap());
        for file in files.into_iter().flatten() {
            let path = file.unwrap().path();
            let trace: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            traces.push(json!({ "name": path.display().to_string(), "trace": trace }));
        }
    }
    assert!(traces.len() > 70, "{} traces", traces.len());
    traces.into()
}

#[test]
fn the_client_follows_every_trace_in_node_deno_and_bun() {
    build();
    for runtime in [Runtime::Node, Runtime::Deno, Runtime::Bun] {
        let mut command = runtime.command("test/traces-stdin.mjs");
        let problems = run(&mut command, &traces().to_string());
        assert_eq!(problems.trim(), "", "{runtime:?}");
    }
}

#[test]
fn a_trace_that_is_not_followed_is_reported() {
    build();
    let mut traces = traces();
    traces[0]["trace"]["steps"][0]["outputs"] = json!([{ "do": "send", "frame": {} }]);
    let problems = run(&mut node("test/traces-stdin.mjs"), &traces.to_string());
    assert!(problems.contains("step 0"), "{problems}");
}

#[test]
fn the_client_follows_every_trace_in_chromium() {
    build();
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("traces.html");
    // Modules of files may not import each other, so both are in the page. The client's names are
    // those of its one export.
    let client = read("clients/js/dist/parlor.js");
    let (client, exports) = client.rsplit_once("export{").unwrap();
    let session = exports
        .split([',', '}'])
        .find_map(|export| export.strip_suffix(" as Session"))
        .unwrap();
    let check = read("clients/js/test/traces.mjs").replace("export function", "function");
    let traces = traces().to_string().replace("</", "<\\/");
    fs::write(
        &page,
        format!(
            "<!doctype html><title>running</title><script type=module>{client};\
             const Session = {session};{check}\
             const problems = check(Session, {traces});\
             document.title = 'done';document.body.textContent = problems.join('\\n') || 'all';\
             </script>"
        ),
    )
    .unwrap();
    let dom = run(
        chromium(&folder.path().join("profile"))
            .arg("--dump-dom")
            .arg(format!("file://{}", page.display())),
        "",
    );
    assert!(dom.contains("<title>done</title>"), "the script has ended");
    let (_, body) = dom.split_once("<body>").unwrap();
    let (problems, _) = body.rsplit_once("</body>").unwrap();
    assert_eq!(problems, "all");
}
