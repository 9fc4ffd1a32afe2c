//! What deploy/ offers works with this server: its arguments, its limits, its commands.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
};

use clap::Parser;
use parlor_server::config::{CommandLine, Task};
use parlor_shared::limits::{CONNECTIONS_MAX, HTTP_CONNECTIONS_MAX, SHUTDOWN_TIMEOUT_MS};

const UNIT: &str = include_str!("../../../deploy/parlor.service");
const DOCKERFILE: &str = include_str!("../../../deploy/Dockerfile");
const COMPOSE: &str = include_str!("../../../deploy/compose.yaml");
const WORKSPACE: &str = include_str!("../../../Cargo.toml");

/// The task that these arguments ask for.
fn task(arguments: &[&str]) -> Task {
    let line = CommandLine::try_parse_from(arguments).unwrap();
    line.into_task().unwrap()
}

/// The settings of a unit; of one that is given several times the last.
fn settings(unit: &str) -> BTreeMap<&str, &str> {
    let lines = unit.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).collect()
}

/// The instructions of a Dockerfile, each in one line, in order.
fn instructions(file: &str) -> Vec<String> {
    let lines: Vec<&str> = file.lines().filter(|line| !line.starts_with('#')).collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    let lines = joined
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

#[test]
fn the_systemd_unit_starts_the_server_and_lets_it_stop() {
    let settings = settings(UNIT);
    let command: Vec<&str> = settings["ExecStart"].split(' ').collect();
    // The configuration is the operator's, and not on this machine.
    let without_file: Vec<&str> = command
        .iter()
        .copied()
        .filter(|word| *word != "--config" && *word != "/etc/parlor.toml")
        .collect();
    let Task::Serve(config) = task(&without_file) else {
        panic!("ExecStart does not run the server: {command:?}")
    };
    let folder = format!("/var/lib/{}", settings["StateDirectory"]);
    assert_eq!(config.data.display().to_string(), folder);
    let files: usize = settings["LimitNOFILE"].parse().unwrap();
    assert!(files > CONNECTIONS_MAX + HTTP_CONNECTIONS_MAX);
    let stop: u64 = settings["TimeoutStopSec"].parse().unwrap();
    assert!(stop * 1_000 > 2 * SHUTDOWN_TIMEOUT_MS);
}

/// systemd's own figure, from 0 (nothing of the machine is exposed) to 10. Only where systemd is.
#[test]
fn the_systemd_unit_exposes_little_of_the_machine() {
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/parlor.service");
    let analysed = Command::new("systemd-analyze")
        .args([
            "security",
            "--offline=true",
            "--no-pager",
            "--threshold=15",
            unit,
        ])
        .stdin(Stdio::null())
        .output();
    let Ok(analysed) = analysed else {
        println!("no systemd-analyze on this machine");
        return;
    };
    let said = String::from_utf8_lossy(&analysed.stdout);
    let overall = said.lines().find(|line| line.contains("Overall exposure"));
    let Some(overall) = overall else {
        // Before version 250 it can't read a unit that is not installed.
        println!("this systemd-analyze can't read a file: {analysed:?}");
        return;
    };
    println!("{overall}");
    assert!(analysed.status.success(), "{overall}");
}

#[test]
fn the_image_holds_the_binary_alone_and_runs_it_as_nobody() {
    let instructions = instructions(DOCKERFILE);
    let stages: Vec<usize> = (0..instructions.len())
        .filter(|at| instructions[*at].starts_with("FROM "))
        .collect();
    assert_eq!(stages.len(), 2, "one stage builds, the other is the image");
    let rust = WORKSPACE
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .unwrap();
    let builder = format!("FROM rust:{}-", rust.trim_matches('"'));
    assert!(instructions[0].starts_with(&builder), "{}", instructions[0]);
    let (_, image) = instructions.split_at(stages[1]);
    assert_eq!(image[0], "FROM scratch", "no shell, no package manager");
    let is_with = |start: &str| image.iter().find(|line| line.starts_with(start));
    let argument = |start: &str| is_with(start).unwrap()[start.len()..].to_owned();
    assert!(is_with("RUN ").is_none(), "nothing can run without a shell");
    let user = argument("USER ");
    let id: u32 = user.split(':').next().unwrap().parse().unwrap();
    assert!(id > 0, "the server is not root");
    assert_eq!(argument("STOPSIGNAL "), "SIGTERM");

    // Without a shell, each command is a list of words.
    let words = |list: &str| -> Vec<String> {
        let list = list.trim().strip_prefix('[').unwrap();
        let list = list.strip_suffix(']').unwrap();
        let words = list.split(',').map(|word| word.trim().trim_matches('"'));
        words.map(str::to_owned).collect()
    };
    let entry = words(&argument("ENTRYPOINT "));
    let run: Vec<String> = entry
        .iter()
        .cloned()
        .chain(words(&argument("CMD ")))
        .collect();
    let run: Vec<&str> = run.iter().map(String::as_str).collect();
    assert!(matches!(task(&run), Task::Serve(_)), "{run:?}");
    let check = argument("HEALTHCHECK ");
    let (_, check) = check.split_once("CMD ").unwrap();
    let check = words(check);
    let check: Vec<&str> = check.iter().map(String::as_str).collect();
    assert!(matches!(task(&check), Task::Health { .. }), "{check:?}");
    assert_eq!(check[0], entry[0]);
    let copied = format!("COPY --from=build /image/parlor {}", entry[0]);
    assert!(image.contains(&copied), "{copied}");
    // The variables are options of the server, but for SQLite's.
    let variables: Vec<&str> = image
        .iter()
        .filter_map(|line| line.strip_prefix("ENV "))
        .flat_map(|variables| variables.split(' '))
        .collect();
    let names = variables.iter().filter_map(|one| one.split('=').next());
    for name in names.filter(|name| *name != "SQLITE_TMPDIR") {
        check_variable(name);
    }
    let data = argument("VOLUME ");
    for name in ["PARLOR_DATA", "SQLITE_TMPDIR"] {
        let variable = format!("{name}={data}");
        assert!(variables.contains(&variable.as_str()), "{variable}");
    }
    assert!(image.contains(&format!(
        "COPY --from=build --chown={user} /image/data {data}"
    )));
}

#[test]
fn the_compose_file_gives_the_server_options_that_it_has() {
    let variables = COMPOSE
        .lines()
        .filter_map(|line| line.trim().split_once(": "))
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("PARLOR_"))
        // The file's own, which names the host for both services.
        .filter(|name| *name != "PARLOR_HOST");
    let mut count = 0;
    for variable in variables {
        check_variable(variable);
        count += 1;
    }
    assert!(count >= 2, "the server's environment");
    // What the server trusts is the network that the proxy is in.
    let subnet = COMPOSE
        .lines()
        .find_map(|line| line.trim().strip_prefix("- subnet: "))
        .unwrap();
    assert!(COMPOSE.contains(&format!("PARLOR_TRUST_PROXY: {subnet}\n")));
}

/// Checks that the server has an option for this variable.
fn check_variable(variable: &str) {
    use clap::CommandFactory;
    let line = CommandLine::command();
    let is_known = line
        .get_arguments()
        .any(|argument| argument.get_env().is_some_and(|name| name == variable));
    assert!(is_known, "the server has no option for {variable}");
}
