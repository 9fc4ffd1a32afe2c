//! `parlor post`: what is given, or each line of standard input, onto the log.

use clap::Args;
use futures_util::{StreamExt, stream::FuturesOrdered};
use parlor_client::{Append, Client, MessageId, PostError, RoomEntry};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, stdin};

use crate::{connect::ConnectArgs, failure::Failure};

/// How many lines may be on their way at once: as many as a connection may have.
const IN_FLIGHT_MAX: usize = parlor_shared::limits::POSTS_IN_FLIGHT_MAX;

/// What to post, and where.
#[derive(Debug, Clone, Args)]
pub struct PostArgs {
    /// Room
    room: String,
    /// Message [default: each line of standard input]
    text: Option<String>,
    /// Take all of standard input as one message
    #[arg(long, conflicts_with = "text")]
    whole: bool,
    /// Id of the message that is replied to
    #[arg(long, value_name = "ID")]
    reply_to: Option<MessageId>,
    /// Id of the message: the same one again posts nothing twice
    #[arg(long, value_name = "ID", requires = "text")]
    id: Option<MessageId>,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// What became of a line.
struct PostedLine {
    number: u64,
    posted: Result<RoomEntry, PostError>,
}

impl PostArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let text = match self.text {
            None if self.whole => Some(read_all().await?),
            text => text,
        };
        let post = async |client: &Client| {
            let room = client.join(self.room).await?.room();
            let make = |text: String| match self.reply_to {
                Some(message) => room.reply(message, text),
                None => room.post(text),
            };
            match (text, self.id) {
                (Some(text), Some(id)) => make(text).id(id).await?,
                (Some(text), None) => make(text).await?,
                (None, _) => return post_lines(make).await,
            };
            Ok(())
        };
        self.connect.run(post).await
    }
}

/// Posts each line of standard input in order, many at a time.
async fn post_lines(make: impl Fn(String) -> Append) -> Result<(), Failure> {
    let mut input = BufReader::new(stdin()).lines();
    let mut on_their_way = FuturesOrdered::new();
    let (mut lines, mut refused, mut has_ended) = (0_u64, 0_u64, false);
    while !has_ended || !on_their_way.is_empty() {
        let line = tokio::select! {
            line = input.next_line(), if !has_ended && on_their_way.len() < IN_FLIGHT_MAX => line?,
            Some(line) = on_their_way.next() => {
                refused += report(line)?;
                continue;
            }
        };
        let Some(line) = line else {
            has_ended = true;
            continue;
        };
        lines += 1;
        if line.trim().is_empty() {
            continue;
        }
        let number = lines;
        match make(line).queue().await {
            Ok(queued) => on_their_way.push_back(async move {
                let posted = queued.await;
                PostedLine { number, posted }
            }),
            Err(error) => {
                let posted = Err(error);
                refused += report(PostedLine { number, posted })?;
            }
        }
    }
    match refused {
        0 => Ok(()),
        refused => Err(Failure::NotAllPosted { refused, lines }),
    }
}

/// Reports a line that was refused. Returns how many that are.
fn report(line: PostedLine) -> Result<u64, Failure> {
    let number = line.number;
    match line.posted {
        Ok(_) => Ok(0),
        Err(PostError::Stopped(why)) => Err(Failure::NotLetIn(why)),
        Err(PostError::Closed(closed)) => Err(closed.into()),
        Err(error) => {
            anstream::eprintln!("parlor: line {number}: {error}");
            Ok(1)
        }
    }
}

async fn read_all() -> Result<String, Failure> {
    // One character has at most four bytes: what is longer than that is refused anyway.
    let limit = 4 * parlor_shared::limits::TEXT_CHARS_MAX as u64 + 1;
    let mut text = String::new();
    stdin().take(limit).read_to_string(&mut text).await?;
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    Ok(text)
}
