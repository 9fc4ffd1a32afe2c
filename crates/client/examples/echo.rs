//! A bot that repeats what others write.
//!
//! `cargo run -p parlor-client --example echo -- http://127.0.0.1:8080/ lobby`

use parlor_client::{Client, TimelineError, TimelineEvent};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(room)) = (arguments.next(), arguments.next()) else {
        return Err("give me the server's address and a room".into());
    };
    let client = Client::connect(&url, "Echo")?;
    let mut room = client.join(room).await?;
    while let Some(event) = room.next().await {
        match event {
            Ok(TimelineEvent::Entry(entry)) => {
                if let (Some(text), false) = (entry.text(), entry.is_own) {
                    room.reply(entry.id, text).await?;
                }
            }
            Ok(TimelineEvent::Live) => println!("live"),
            Ok(_) => {}
            // After a restore the stream goes on with what is new; old messages never come.
            Err(TimelineError::Reset(reset)) => println!("{reset}"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
