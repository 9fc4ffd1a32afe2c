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
fn the_command_line_wins_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parlor.toml");
    fs::write(
        &file,
        "data = \"from-file\"\nrate_per_second = 0\nlog = \"warn\"\nretain_days = 7",
    )
    .unwrap();
    let config = config(&["--config", file.to_str().unwrap(), "--data", "from-line"]).unwrap();
    assert_eq!(config.data, Path::new("from-line"));
    assert_eq!(config.rate_per_second, None, "0 switches the limit off");
    assert_eq!(config.log, "warn");
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
