//! `parlor tail`: what is in a room, and what comes.

use clap::Args;
use parlor_client::{Closed, JoinFrom, JoinedRoom, Position, TimelineError, TimelineEvent};

use crate::{
    connect::{ConnectArgs, Connection},
    failure::Failure,
    output::OutputFormat,
};

/// Which room, and from where on.
#[derive(Debug, Clone, Args)]
pub struct TailArgs {
    /// Room
    room: String,
    /// Go on after this position, which `-o ndjson` prints with each entry
    #[arg(long, value_name = "POSITION")]
    after: Option<Position>,
    /// Print what comes, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
    /// How entries are printed
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: OutputFormat,
    #[command(flatten)]
    connect: ConnectArgs,
}

impl TailArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let connection = self.connect.open()?;
        let client = &connection.client;
        let mut joined = match self.after {
            Some(position) => client.join_after(self.room.as_str(), position).await?,
            // The first time it has no place, and begins with the newest messages.
            None if connection.has_state => resume(&connection, &self.room).await?,
            None => {
                client
                    .join_from(self.room.as_str(), JoinFrom::LastPage)
                    .await?
            }
        };
        loop {
            let event = connection.patiently(next(&mut joined)).await?;
            match event {
                Ok(TimelineEvent::Entry(entry)) => {
                    self.output.print(&entry)?;
                    if connection.has_state {
                        joined.save(entry.position).await?;
                    }
                }
                Ok(TimelineEvent::Live) if !self.follow => break,
                Ok(_) => {}
                // The stream goes on, and a program that reads this has to know.
                Err(TimelineError::Reset(reset)) => self.output.print_reset(&reset)?,
                Err(error) => return Err(error.into()),
            }
        }
        connection.client.flush().await.ok();
        connection.close().await;
        Ok(())
    }
}

/// Goes on after what was printed before, and the first time begins with the newest messages.
async fn resume(connection: &Connection, room: &str) -> Result<JoinedRoom, Failure> {
    let joined = connection.client.resume_or(room, JoinFrom::LastPage).await;
    Ok(joined?)
}

/// The next event of a room. Its errors are for the caller, who goes on after some of them.
async fn next(joined: &mut JoinedRoom) -> Result<Result<TimelineEvent, TimelineError>, Failure> {
    match joined.next().await {
        Some(event) => Ok(event),
        None => Err(Closed.into()),
    }
}
