//! A bot that answers every message once, however often it is killed.
//!
//! `cargo run -p parlor-client --example restart_safe -- http://127.0.0.1:8080/ lobby bot.json`
//!
//! Two things make it so. Its place is in the state file, and is moved on only once a message is
//! answered, so a message that was not answered comes again. And the id of an answer is derived
//! from the message's, so a message that comes again is not answered twice.

use parlor_client::{Client, TimelineError, TimelineEvent};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(room), Some(file)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("give me the server's address, a room and a state file".into());
    };
    let client = Client::builder(url, "Answers").state_file(file).connect()?;
    let mut room = client.resume(room).await?;
    while let Some(event) = room.next().await {
        let entry = match event {
            Ok(TimelineEvent::Entry(entry)) => entry,
            Ok(TimelineEvent::Live) => {
                client.flush().await?;
                println!("live");
                continue;
            }
            Ok(_) => continue,
            // The log was restored from a backup. Messages keep their ids in it, so nothing is
            // answered twice.
            Err(TimelineError::Reset(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        if let (Some(text), false) = (entry.text(), entry.is_own) {
            room.reply(entry.id, format!("answer to {text}"))
                .once("answer")
                .await?;
            println!("answered");
        }
        room.save(entry.position).await?;
    }
    Ok(())
}
