//! `parlor tail`: what is in a room, and what comes.

use clap::Args;
use parlor_client::{Client, JoinFrom, Position, TimelineError, TimelineEvent};

use crate::{connect::ConnectArgs, failure::Failure, output::OutputFormat};

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
        let has_state = self.connect.has_state();
        let tail = async |client: &Client| {
            let mut joined = match self.after {
                Some(position) => client.join_after(self.room, position).await?,
                // The first time it has no place, and begins with the newest messages.
                None if has_state => client.resume_or(self.room, JoinFrom::LastPage).await?,
                None => client.join_from(self.room, JoinFrom::LastPage).await?,
            };
            while let Some(event) = joined.next().await {
                match event {
                    Ok(TimelineEvent::Entry(entry)) => {
                        self.output.print(&entry)?;
                        if has_state {
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
            if has_state {
                client.flush().await?;
            }
            Ok(())
        };
        self.connect.run(tail).await
    }
}
