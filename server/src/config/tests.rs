use std::{fs, num::NonZeroU32, path::Path};

use clap::{Arg, CommandFactory};

use super::*;

fn config(arguments: &[&str]) -> Result<Config, ConfigError> {
    CommandLine::parse_from([&["parlor"], arguments].concat()).into_config()
}

#[test]
fn the_defaults_are_a_server_on_this_machine_that_keeps_everything() {
    let config = config(&[]).unwrap();
    assert_eq!(config.listen, ["127.0.0.1:8080".parse().unwrap()]);
    assert_eq!(config.data, Path::new("parlor-data"));
    assert_eq!(config.retention, Retention::default(), "everything is kept");
}

#[test]
fn every_option_and_command_is_documented() {
    let documents = [
        include_str!("../../../README.md"),
        include_str!("../../../docs/OPERATIONS.md"),
        include_str!("../../../docs/SHELL.md"),
    ]
    .concat();
    let line = CommandLine::command();
    let options = line.get_arguments().filter_map(Arg::get_long);
    for option in options {
        assert!(documents.contains(&format!("--{option}")), "--{option}");
    }
    for command in line.get_subcommands().map(|command| command.get_name()) {
        assert!(
            documents.contains(&format!("`parlor {command}")),
            "{command}"
        );
    }
}

#[test]
fn where_others_can_reach_the_server_it_must_be_said_who_may_come_in() {
    let reachable = [
        ["--listen", "0.0.0.0:80"],
        ["--listen", "127.0.0.1:80,192.168.1.5:80"],
        ["--listen", "[::]:80"],
        ["--trust-proxy", "127.0.0.1"],
        ["--allow-host", "chat.example.org"],
        ["--allow-origin", "https://chat.example.org"],
    ];
    for arguments in reachable {
        let error = config(&arguments).unwrap_err().to_string();
        let option = arguments[0];
        assert!(
            error.starts_with(option) && error.contains("--access open"),
            "{error}"
        );
        let open = config(&[&arguments[..], &["--access", "open"]].concat()).unwrap();
        assert_eq!(open.access, AccessMode::Open);
    }
    let local = [
        ["--listen", "127.0.0.2:80"],
        ["--listen", "[::1]:80"],
        ["--listen", "[::ffff:127.0.0.1]:80"],
        ["--allow-host", "Room.localhost"],
        ["--allow-origin", "http://localhost:8081"],
        ["--allow-origin", "http://[::1]:8081"],
    ];
    for arguments in local {
        assert_eq!(config(&arguments).unwrap().access, AccessMode::Open);
    }
}

#[test]
fn the_command_line_wins_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parlor.toml");
    fs::write(
        &file,
        "data = \"from-file\"\nrate_per_second = 0\nlog_filter = \"warn\"\nretain_days = 7",
    )
    .unwrap();
    let config = config(&["--config", file.to_str().unwrap(), "--data", "from-line"]).unwrap();
    assert_eq!(config.data, Path::new("from-line"));
    assert_eq!(config.rate_per_second, None, "0 switches the limit off");
    assert_eq!(config.log_filter, "warn");
    assert_eq!(config.retention.days, NonZeroU32::new(7));
}

#[test]
fn an_error_names_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parlor.toml");
    fs::write(&file, "lissten = [\"127.0.0.1:1\"]").unwrap();
    let error = config(&["--config", file.to_str().unwrap()])
        .unwrap_err()
        .to_string();
    assert!(error.contains("lissten"), "{error}");
    let error = config(&["--allow-origin", "example.org"])
        .unwrap_err()
        .to_string();
    assert!(error.contains("example.org"), "{error}");
    let error = config(&["--workers", "0"]).unwrap_err().to_string();
    assert!(error.contains("workers must be at least 1"), "{error}");
    let error = config(&["--drain-seconds", "3601"])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("drain-seconds must be at most 3600"),
        "{error}"
    );
    let error = config(&["--config", "/no/such/file"])
        .unwrap_err()
        .to_string();
    assert!(error.contains("/no/such/file"), "{error}");
}

#[test]
fn options_stand_before_and_after_the_command_that_runs_the_server() {
    let task = |arguments: &[&str]| {
        let line = CommandLine::parse_from([&["parlor"], arguments].concat());
        let Task::Serve(config) = line.into_task().unwrap() else {
            panic!("not the server: {arguments:?}")
        };
        config
    };
    for arguments in [
        &["--data", "there", "--workers", "3"][..],
        &["serve", "--data", "there", "--workers", "3"],
        &["--workers", "3", "serve", "--data", "there"],
        &["--data", "there", "serve", "--workers", "3"],
    ] {
        let config = task(arguments);
        assert_eq!(config.data, Path::new("there"), "{arguments:?}");
        assert_eq!(config.workers, 3, "{arguments:?}");
    }
}

#[test]
fn health_asks_where_the_server_listens() {
    let asked = |arguments: &[&str]| {
        let line = CommandLine::parse_from([&["parlor"], arguments].concat());
        let Task::Health { endpoint } = line.into_task().unwrap() else {
            panic!("not a question: {arguments:?}")
        };
        match endpoint {
            Endpoint::Rooms(address) => address.to_string(),
            Endpoint::Secure(address) => format!("tls {address}"),
            Endpoint::Unix(path) => path.display().to_string(),
            Endpoint::Admin(address) => format!("admin {address}"),
        }
    };
    assert_eq!(asked(&["health"]), "127.0.0.1:8080");
    assert_eq!(asked(&["--listen", "127.0.0.1:1", "health"]), "127.0.0.1:1");
    assert_eq!(asked(&["health", "127.0.0.1:2"]), "127.0.0.1:2");
    // It needs no choice of who may come in, and the admin address is plain HTTP in any case.
    let open = &["--listen", "0.0.0.0:1", "--admin", "127.0.0.1:3", "health"];
    assert_eq!(asked(open), "admin 127.0.0.1:3");
    let tls = ["--tls-cert", "c.pem", "--tls-key", "k.pem", "health"];
    assert_eq!(asked(&tls), "tls 127.0.0.1:8080");
    assert_eq!(asked(&["--listen", "unix:/run/p", "health"]), "/run/p");
    let systemd = CommandLine::parse_from(["parlor", "--listen", "systemd", "health"]);
    assert!(matches!(systemd.into_task(), Err(ConfigError::NoAddress)));
}

/// The example that operators copy: every option, commented out.
const EXAMPLE: &str = include_str!("../../../deploy/parlor.toml");

#[test]
fn the_example_configuration_sets_nothing() {
    let options: Options = toml::from_str(EXAMPLE).unwrap();
    let as_it_is = format!("{:?}", options.into_config().unwrap());
    // The tests' environment names the page's folder.
    let default = config(&["--page", "dist"]).unwrap();
    assert_eq!(as_it_is, format!("{default:?}"));
}

#[test]
fn the_example_configuration_has_every_option_and_each_can_be_set() {
    let is_option = |line: &&str| {
        let name = line
            .strip_prefix("# ")
            .and_then(|rest| rest.split_once(" = "));
        name.is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    let lines: Vec<&str> = EXAMPLE
        .lines()
        .filter(is_option)
        .map(|line| &line[2..])
        .collect();
    // Logins go with tokens, and the example's own choice is an open server.
    let together = lines
        .join("\n")
        .replace("access = \"open\"", "access = \"token\"");
    let options: Options = toml::from_str(&together).unwrap();
    options.into_config().unwrap();
    let line = CommandLine::command();
    for option in line.get_arguments().filter_map(Arg::get_long) {
        let name = option.replace('-', "_");
        let is_there = lines
            .iter()
            .any(|line| line.starts_with(&format!("{name} = ")));
        let is_of_the_command_line = ["config", "help", "version"].contains(&option);
        assert!(
            is_there || is_of_the_command_line,
            "deploy/parlor.toml lacks a line `# {name} = …`"
        );
    }
}
