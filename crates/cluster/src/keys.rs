//! The keys that a person presses.

use std::{
    io::{self, Read},
    thread,
};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::sync::mpsc;

use crate::cluster::{NODES, STREAM_SERVERS, letter};

/// Keys that were pressed and not acted on.
const KEYS_MAX: usize = 16;

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Node(usize),
    StreamServer(usize),
    Quit,
    Other,
}

impl Key {
    fn of(byte: u8) -> Self {
        let pressed = char::from(byte);
        if pressed == 'q' {
            return Self::Quit;
        }
        let node = (0..NODES).find(|number| pressed == char::from(b'1' + *number as u8));
        let server = (0..STREAM_SERVERS).find(|number| pressed == letter(*number));
        let key = node.map(Self::Node).or(server.map(Self::StreamServer));
        key.unwrap_or(Self::Other)
    }
}

/// The keys, one by one and without Enter where standard input is a terminal. Dropping it sets the
/// terminal back.
#[derive(Debug)]
pub(crate) struct Keys {
    pressed: mpsc::Receiver<Key>,
    before: Option<Termios>,
}

impl Keys {
    /// Begins to read.
    ///
    /// # Errors
    /// If the terminal can't be set.
    pub(crate) fn read() -> io::Result<Self> {
        let before = tcgetattr(io::stdin()).ok();
        if let Some(before) = &before {
            let mut modes = before.clone();
            modes.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
            tcsetattr(io::stdin(), OptionalActions::Now, &modes)?;
        }
        let (sender, pressed) = mpsc::channel(KEYS_MAX);
        thread::spawn(move || {
            for byte in io::stdin().lock().bytes().map_while(Result::ok) {
                if sender.blocking_send(Key::of(byte)).is_err() {
                    return;
                }
            }
        });
        Ok(Self { pressed, before })
    }

    /// The next one; `None` once there are no more.
    pub(crate) async fn next(&mut self) -> Option<Key> {
        self.pressed.recv().await
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // The shell sets its own again in any case.
            tcsetattr(io::stdin(), OptionalActions::Now, before).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_a_node_a_server_or_the_end() {
        let keys = b"13acqx".map(Key::of);
        let [one, three, a, c, q, x] = keys;
        assert_eq!((one, three), (Key::Node(0), Key::Node(2)));
        assert_eq!((a, c), (Key::StreamServer(0), Key::StreamServer(2)));
        assert_eq!((q, x), (Key::Quit, Key::Other));
        assert_eq!(Key::of(b'4'), Key::Other);
    }
}
