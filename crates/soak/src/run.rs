//! The run: starts the server, finds out what it can do, and has it do a quarter of that.

use std::{path::Path, process::Command, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use parlor_client::RoomId;
use parlor_test_server::{FREE_PORT, ServerProcess, command};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

use crate::{
    load::{Load, Pace},
    member::Member,
    options::Options,
    report::Report,
    sample::{OpenFiles, Sample, bytes_of, cpu_seconds},
    verdict::Verdict,
};

/// How many members a room has.
const MEMBERS_PER_ROOM: usize = 10;
/// Posts of each member in flight while it is measured what the server can do.
const IN_FLIGHT: usize = 4;
/// The part of what it can do that the server is asked for.
const QUARTER: f64 = 0.25;
/// How long what the server can do is measured, of the whole run.
const CALIBRATION_PART: f64 = 1.0 / 60.0;
/// Samples of a run: six windows of sixty.
const SAMPLES: f64 = 360.0;
/// The least time between two samples.
const SAMPLE_MIN: Duration = Duration::from_millis(250);
/// How long everything in flight may take to be acked at the end, and the server to stop.
const END_TIMEOUT: Duration = Duration::from_secs(60);

/// Runs the server and the load.
///
/// # Errors
/// If the server does not start, loses or refuses an append, does not stop in order, or leaves a
/// log that is not whole; or if a client ends by itself.
pub async fn run(options: &Options) -> anyhow::Result<Report> {
    std::fs::create_dir_all(&options.disk)?;
    let folder = tempfile::tempdir_in(&options.disk)?;
    let data = folder.path().join("log");
    if let Some(log) = &options.log {
        copy(log, &data)?;
    }
    let mut start = command(&options.server, &data, FREE_PORT);
    start.args(["--rate-per-second", "0", "--connections-per-address", "0"]);
    let mut server = ServerProcess::spawn(&mut start)?;
    let load = Arc::new(Load::new(Pace::InFlight(IN_FLIGHT))?);
    let mut members = JoinSet::new();
    let url = format!("ws://{}/ws", server.address());
    for at in 0..options.members {
        let room = RoomId::parse(&format!("room-{}", at / MEMBERS_PER_ROOM))?;
        let member = Member::enter(load.clone(), url.clone(), room, at as u64).await?;
        members.spawn(member.live());
    }
    let seconds = options.minutes * 60.0;
    let run = async {
        let capacity = capacity(&server, &load, seconds * CALIBRATION_PART).await?;
        let each = options.members as f64 / (capacity * QUARTER);
        load.pace
            .send_replace(Pace::Every(Duration::from_secs_f64(each)));
        let samples = sample(&server, &data, &load, seconds).await?;
        anyhow::Ok((capacity, samples))
    };
    let (capacity, samples) = tokio::select! {
        ended = run => ended?,
        Some(ended) = members.join_next() => {
            ended??;
            anyhow::bail!("a member ended before the run did");
        }
    };
    load.pace.send_replace(Pace::Stopped);
    let all_ended = async {
        while let Some(ended) = members.join_next().await {
            ended??;
        }
        anyhow::Ok(())
    };
    let ended = timeout(END_TIMEOUT, all_ended).await;
    ended.context("appends are neither acked nor refused a minute after the end")??;
    ensure!(
        load.refused() == 0,
        "{} appends were refused",
        load.refused()
    );
    ensure!(
        load.in_flight() == 0,
        "{} appends are lost",
        load.in_flight()
    );
    let status = server.terminate(END_TIMEOUT)?;
    ensure!(
        status.is_some_and(|status| status.success()),
        "the server does not stop in order: {status:?}"
    );
    check(&options.server, &data)?;
    let verdict = Verdict::of(&samples, options.minutes).context("the run was too short")?;
    Ok(Report::new(options, capacity, samples, verdict))
}

/// Copies the files of a log, of which there are no others where it was closed in order.
fn copy(log: &Path, data: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(data)?;
    for name in ["parlor.db", "search.db", "admin.db"] {
        let file = log.join(name);
        if file.exists() {
            std::fs::copy(&file, data.join(name))?;
        }
    }
    Ok(())
}

/// What the server can do: entries a second, if it had a core for itself.
async fn capacity(server: &ServerProcess, load: &Load, seconds: f64) -> anyhow::Result<f64> {
    // The members come in and warm it up during the first half.
    sleep(Duration::from_secs_f64(seconds / 2.0)).await;
    let (acked, cpu) = (load.acked(), cpu_seconds(server)?);
    sleep(Duration::from_secs_f64(seconds / 2.0)).await;
    let (acked, cpu) = (load.acked() - acked, cpu_seconds(server)? - cpu);
    ensure!(acked > 0 && cpu > 0.0, "nothing was appended at all");
    Ok(acked as f64 / cpu)
}

async fn sample(
    server: &ServerProcess,
    data: &Path,
    load: &Load,
    seconds: f64,
) -> anyhow::Result<Vec<Sample>> {
    let began = Instant::now();
    let mut ticks = interval(Duration::from_secs_f64(seconds / SAMPLES).max(SAMPLE_MIN));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut samples = Vec::new();
    load.take_latencies()?;
    loop {
        ticks.tick().await;
        let at_seconds = began.elapsed().as_secs_f64();
        let open = OpenFiles::of(&server.id().to_string())?;
        let own = OpenFiles::of("self")?;
        samples.push(Sample {
            at_seconds,
            memory: server.memory_bytes("VmRSS").context("no memory")?,
            files: open.others,
            other_sockets: open.sockets.cast_signed() - own.sockets.cast_signed(),
            log_bytes: bytes_of(data, ["parlor.db", "search.db"]),
            write_ahead_bytes: bytes_of(data, ["parlor.db-wal", "search.db-wal"]),
            entries: load.acked(),
            cpu_seconds: cpu_seconds(server)?,
            latencies: load.take_latencies()?,
        });
        if at_seconds >= seconds {
            return Ok(samples);
        }
    }
}

/// Has the server's own check read the whole log.
fn check(server: &Path, data: &Path) -> anyhow::Result<()> {
    let checked = Command::new(server)
        .arg("check")
        .arg("--data")
        .arg(data)
        .output()?;
    ensure!(
        checked.status.success(),
        "the log is not whole: {}",
        String::from_utf8_lossy(&checked.stdout)
    );
    Ok(())
}
