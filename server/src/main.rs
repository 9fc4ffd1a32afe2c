//! The binary `parlor`: runs the server, asks it for its health, or copies, restores, checks or
//! compacts a log.

mod operator;

use std::{
    io::{IsTerminal, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Parser;
use parlor_server::{
    access_commands,
    config::{AccessCommand, CommandLine, Config, ImportCommand, LogFormat, Task, WebhookAction},
    engine::{
        embedded::{self, CompactedFile, FollowedStream, IntegrityReport, Restored},
        jetstream::last_promise,
    },
    health::{self, Endpoint},
    listen::{ListenError, Listener, Listeners, listen_tcp},
    stream_commands::{self, Fault},
    webhook_commands,
};
use rustix::process::{Resource, getrlimit, setrlimit};
use tikv_jemallocator::Jemalloc;
use tokio::signal::unix::{SignalKind, signal};

/// glibc's allocator would keep what connections had after they have gone: `cargo xtask bench idle`
/// prints it.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// The exit code for wrong arguments, as shells expect it.
const USAGE_ERROR: u8 = 2;

/// The exit code for a stream that is not what the node has: a restart does not help.
const STREAM_DIFFERS: u8 = 65;

/// The exit code for a stream that has what only a later version understands: an update helps.
const OUTDATED: u8 = 76;

/// How much lower the priority of the commands on a log is than that of a server.
const NICE: i32 = 10;

fn main() -> ExitCode {
    let task = match CommandLine::parse().into_task() {
        Ok(task) => task,
        Err(error) => {
            eprintln!("parlor: {error}");
            return ExitCode::from(USAGE_ERROR);
        }
    };
    let done = match task {
        Task::Serve(config) => serve(*config),
        Task::Backup { data, target } => yielding(|| backup(&data, &target)),
        Task::Restore { backup, data } => yielding(|| restore(&backup, &data)),
        Task::Check { data } => yielding(|| check(&data)),
        Task::Compact { data } => yielding(|| compact(&data)),
        Task::Access { data, url, command } => access(&data, &url, command),
        Task::Webhook { data, url, action } => webhook(&data, &url, action),
        Task::Health { endpoint } => health(endpoint),
        Task::Import { data, command } => import(&data, &command),
        Task::Migrate {
            data,
            stream,
            direction,
            folder,
        } => yielding(|| {
            let done = stream_commands::migrate(&data, &stream, direction, &folder)?;
            print(&done);
            Ok(())
        }),
        Task::Repair { data, stream, mode } => {
            let done = stream_commands::repair(&data, &stream, mode);
            done.map(|text| print(&text)).map_err(Into::into)
        }
        Task::Member(command) => return member(*command),
        Task::Completions { shell } => {
            print(&String::from_utf8_lossy(&CommandLine::completions(shell)));
            Ok(())
        }
        Task::Moderate { data, command } => {
            operator::moderate(&data, command).map(|text| print(&text))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlor: {error:#}");
            match stream_commands::fault(error.as_ref()) {
                Some(Fault::Differs) => ExitCode::from(STREAM_DIFFERS),
                Some(Fault::Outdated) => ExitCode::from(OUTDATED),
                None => ExitCode::FAILURE,
            }
        }
    }
}

/// Uses a server as a member does. The exit code says to scripts what went wrong.
fn member(command: parlor_cli::Command) -> ExitCode {
    match parlor_cli::run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("parlor: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Does something that may take long and that nobody waits for with a lower priority than a
/// server's.
fn yielding(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    // Where the system refuses, the two compete.
    rustix::process::nice(NICE).ok();
    work()
}

fn backup(data: &Path, target: &Path) -> anyhow::Result<()> {
    let bytes = embedded::backup(data, target)?;
    let (data, target) = (data.display(), target.display());
    print(&format!(
        "The log in {data} is copied to {target}: {bytes} bytes.\n"
    ));
    Ok(())
}

fn restore(backup: &Path, data: &Path) -> anyhow::Result<()> {
    let Restored { report } = embedded::restore(backup, data)?;
    let (backup, data) = (backup.display(), data.display());
    let what = match report {
        Some(report) => {
            if let Some(missing) = report.missing_end {
                print(&format!("In {backup}, {missing}.\n"));
            }
            format!("{} rooms, {} entries", report.rooms, report.entries)
        }
        None => "of an earlier version, which the server upgrades when it starts".to_owned(),
    };
    print(&format!(
        "The backup in {backup} is restored to {data}: {what}.\n"
    ));
    Ok(())
}

fn import(data: &Path, command: &ImportCommand) -> anyhow::Result<()> {
    let imported = parlor_server::import::run(data, command)?;
    print(&format!("{imported}\n"));
    Ok(())
}

fn health(endpoint: Endpoint) -> anyhow::Result<()> {
    health::check(&endpoint)?;
    print("ok\n");
    Ok(())
}

fn check(data: &Path) -> anyhow::Result<()> {
    let IntegrityReport {
        rooms,
        entries,
        withheld,
        without_checksum,
        problems,
        missing_end,
        follows,
        search,
    } = embedded::check(data)?;
    let promise = follows.and_then(|follows| last_promise(data, follows.epoch));
    let data = data.display();
    if let Some(missing) = missing_end {
        print(&format!("In {data}, {missing}.\n"));
    }
    if let Some(FollowedStream { epoch, sequence }) = follows {
        print(&format!(
            "It is a copy of the stream with the epoch {epoch}, up to its sequence {sequence}.\n"
        ));
        print(&match promise {
            Some(promise) => {
                format!("When its node ran last, the stream's promise was {promise}.\n")
            }
            None => {
                "No node has run on it, so what the stream promises is not known here.\n".to_owned()
            }
        });
    }
    if problems.is_empty() && missing_end.is_some() {
        anyhow::bail!(
            "the log in {data} is sound as far as it goes: {rooms} rooms, {entries} entries"
        );
    }
    if problems.is_empty() {
        print(&format!(
            "The log in {data} is whole: {rooms} rooms, {entries} entries.\n"
        ));
        if withheld > 0 {
            let messages = if withheld == 1 { "message" } else { "messages" };
            print(&format!(
                "The words of {withheld} deleted {messages} are still in it; a server erases them soon \
                 after its start.\n"
            ));
        }
        if without_checksum > 0 {
            print(&format!(
                "{without_checksum} of the entries are of an earlier version and have no checksum.\n"
            ));
        }
        print(&format!("{search}\n"));
        return Ok(());
    }
    print(&(problems.join("\n") + "\n"));
    anyhow::bail!("the log in {data} is damaged; restore a backup")
}

fn compact(data: &Path) -> anyhow::Result<()> {
    let report = embedded::compact(data)?;
    print(&compacted(&report.log));
    match report.search {
        Some(Ok(search)) => print(&compacted(&search)),
        // The log is what the command is for, and the index can be built again.
        Some(Err(error)) => print(&format!("{error}.\n")),
        None => {}
    }
    Ok(())
}

fn access(data: &Path, url: &str, command: AccessCommand) -> anyhow::Result<()> {
    print(&access_commands::run(data, url, command)?);
    Ok(())
}

fn webhook(data: &Path, url: &str, action: WebhookAction) -> anyhow::Result<()> {
    print(&webhook_commands::run(data, url, action)?);
    Ok(())
}

/// What was done to a file, in one or two sentences.
fn compacted(file: &CompactedFile) -> String {
    let CompactedFile {
        name,
        before,
        after,
        later,
    } = file;
    let freed = file.freed();
    let mut text = format!("{name}: {before} bytes before, {after} now, {freed} given back.\n");
    if *later > 0 {
        text += &format!(
            "{name}: somebody still reads the last {later} bytes; the server gives them back later.\n"
        );
    }
    text
}

/// Prints to standard output.
fn print(text: &str) {
    // A closed standard output is no reason to stop the server.
    std::io::stdout().write_all(text.as_bytes()).ok();
}

fn serve(config: Config) -> anyhow::Result<()> {
    start_logging(&config)?;
    raise_file_limit(config.connections_max);
    let mut rooms = Vec::new();
    for address in &config.listen {
        rooms.extend(address.listen()?);
    }
    let admin = listen_all(&config.admin, "--admin")?;
    let redirect = listen_all(&config.redirect_http, "--redirect-http")?;
    let scheme = match &config.tls {
        Some(_) => "https",
        None => "http",
    };
    let data = config.data.display().to_string();
    let base = config.base.to_string();
    let mut text = String::new();
    for listener in &rooms {
        text += &format!("Parlor is open at {}\n", place(listener, scheme, &base)?);
    }
    for listener in &admin {
        text += &format!("Its admin page is at http://{}/\n", listener.local_addr()?);
    }
    text += &match &config.stream {
        None => format!("Its log is in {data}. Ctrl-C stops it.\n"),
        Some(stream) => format!(
            "Its log is the stream {}; what it has of that is in {data}. Ctrl-C stops it.\n",
            stream.place()
        ),
    };
    let first = rooms.first().map(|first| place(first, scheme, &base));
    let first = first.transpose()?.map(|place| place.to_string());
    let url = config.url.clone().or(first).unwrap_or_default();
    let folder = config.data.clone();
    let ready = move || {
        print(&text);
        // Where the log follows a stream, this node is what it waits for.
        std::thread::spawn(move || match access_commands::first_owner(&folder, &url) {
            Ok(text) => print(&text),
            Err(error) => tracing::warn!(%error, "no owner's link can be made"),
        });
    };
    let paths: Vec<PathBuf> = rooms.iter().filter_map(path_of).collect();
    let listeners = Listeners {
        rooms,
        admin,
        redirect,
    };
    actix_web::rt::System::new().block_on(async {
        let shutdown = shutdown().context("signals can't be received")?;
        let ended = parlor_server::run(config, listeners, ready, shutdown).await;
        for path in paths {
            // If it can't be removed, the next start does it.
            std::fs::remove_file(path).ok();
        }
        Ok(ended?)
    })
}

/// Raises this process's limit of open files to the most the system allows: each connection is an
/// open file, and the usual limit is 1,024.
fn raise_file_limit(connections: usize) {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let raised = setrlimit(Resource::Nofile, limit);
    let allowed = getrlimit(Resource::Nofile).current;
    if raised.is_err() || allowed.is_some_and(|allowed| allowed < connections as u64) {
        let allowed = allowed.unwrap_or_default();
        tracing::warn!(
            allowed,
            connections,
            "the system allows fewer open files than connections; see ulimit -Hn"
        );
    }
}

/// Writes the server's log to standard error from now on.
fn start_logging(config: &Config) -> anyhow::Result<()> {
    // actix-http logs an error for much that a client can do wrong. Who wants that names it in
    // --log-filter, which comes last and so wins.
    let filter = format!("actix_http=off,{}", config.log_filter);
    let filter = tracing_subscriber::EnvFilter::try_new(filter).with_context(|| {
        let given = &config.log_filter;
        format!("--log-filter '{given}' is not a filter such as info")
    })?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // On a full disk the log can't be written; reporting that to standard error would panic.
        .log_internal_errors(false);
    match config.log_format {
        LogFormat::Text => subscriber.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
    }
    Ok(())
}

/// Listens on all of these addresses, which this option has named.
fn listen_all(
    addresses: &[SocketAddr],
    option: &'static str,
) -> Result<Vec<TcpListener>, ListenError> {
    let listen = |address: &SocketAddr| listen_tcp(*address, option);
    addresses.iter().map(listen).collect()
}

/// Where a listener is reached.
fn place(listener: &Listener, scheme: &str, base: &str) -> std::io::Result<String> {
    match listener {
        Listener::Tcp(tcp) => Ok(format!("{scheme}://{}{base}/", tcp.local_addr()?)),
        Listener::Unix(_) => {
            let path = path_of(listener).unwrap_or_default();
            Ok(format!("unix:{}", path.display()))
        }
    }
}

/// The path of a Unix socket.
fn path_of(listener: &Listener) -> Option<PathBuf> {
    match listener {
        Listener::Tcp(_) => None,
        Listener::Unix(unix) => unix.local_addr().ok()?.as_pathname().map(PathBuf::from),
    }
}

/// Resolves on Ctrl-C and on SIGTERM.
fn shutdown() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
