//! The state file: what a client knows that must outlive its process.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use parlor_session::OutboxPost;
use parlor_shared::{AccessToken, Position, RoomId, Token};
use serde::{Deserialize, Serialize};

use crate::limits::STATE_BYTES_MAX;

/// The version of the file's format.
const VERSION: u32 = 1;

/// Why a state file can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The system refuses.
    #[error("The state file {file} can't be used: {reason}.")]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// Another client uses it.
    #[error("The state file {0} is in use by another client. Give each client a file of its own.")]
    InUse(PathBuf),
    /// Its content is not what a client has written.
    #[error("The state file {0} is not one of a client, or of a newer version. Move it away.")]
    Malformed(PathBuf),
}

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    version: u32,
    /// Proves which member the client is.
    pub(crate) token: Option<Token>,
    /// Lets the client in.
    pub(crate) access: Option<AccessToken>,
    /// What the program has done of each room.
    pub(crate) places: BTreeMap<RoomId, Position>,
    /// What is not known to be on the log, oldest first.
    pub(crate) outbox: Vec<OutboxPost>,
}

/// The file, locked for this client.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    /// Another file, since the state file is replaced with each write.
    _lock: File,
}

impl StateFile {
    /// Locks the file and reads it. A file that does not exist is an empty one.
    pub(crate) fn open(path: &Path) -> Result<(Self, State), StateError> {
        let unusable = |error: io::Error| StateError::Unusable {
            file: path.to_owned(),
            reason: error.to_string(),
        };
        let lock = private_file().open(beside(path, "lock"));
        let lock = lock.map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(StateError::InUse(path.to_owned())),
            Err(fs::TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let state = match File::open(path) {
            Ok(file) => read(file).map_err(unusable)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(State::default()),
            Err(error) => return Err(unusable(error)),
        };
        let state = state.ok_or_else(|| StateError::Malformed(path.to_owned()))?;
        let path = path.to_owned();
        Ok((Self { path, _lock: lock }, state))
    }

    /// Replaces the file at once: after a crash it is as it was before, or as it is now.
    pub(crate) fn write(&self, state: &State) -> io::Result<()> {
        let state = State {
            version: VERSION,
            ..state.clone()
        };
        let text = serde_json::to_vec(&state)?;
        let temporary = beside(&self.path, "tmp");
        let mut file = private_file().open(&temporary)?;
        file.set_len(0)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&temporary, &self.path)?;
        sync_folder(&self.path)
    }
}

fn read(file: File) -> io::Result<Option<State>> {
    let mut text = Vec::new();
    file.take(STATE_BYTES_MAX + 1).read_to_end(&mut text)?;
    if text.len() as u64 > STATE_BYTES_MAX {
        return Ok(None);
    }
    // Whatever is wrong with it, it is no state file.
    let state = serde_json::from_slice::<State>(&text).ok();
    Ok(state.filter(|state| state.version == VERSION))
}

/// A file that only this user reads: it has what proves the member.
fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// `bot.json.lock` for `bot.json`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Makes a rename durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_a_file_has_one_client() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bot.json");
        let (file, empty) = StateFile::open(&path).unwrap();
        assert_eq!(empty, State::default());
        assert_eq!(
            StateFile::open(&path).unwrap_err(),
            StateError::InUse(path.clone())
        );
        let state = State {
            token: Some(Token::parse("token").unwrap()),
            ..State::default()
        };
        file.write(&State::default()).unwrap();
        file.write(&state).unwrap();
        drop(file);
        let (_file, read) = StateFile::open(&path).unwrap();
        assert_eq!(read.token, state.token);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "others can't read the token");
        }
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bot.json");
        for text in ["", "not JSON", r#"{"version":2,"places":{},"outbox":[]}"#] {
            fs::write(&path, text).unwrap();
            let error = StateFile::open(&path).unwrap_err();
            assert_eq!(error, StateError::Malformed(path.clone()));
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let folder = folder.path().join("missing/bot.json");
        assert!(matches!(
            StateFile::open(&folder),
            Err(StateError::Unusable { .. })
        ));
    }

    #[test]
    fn a_file_larger_than_any_client_writes_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bot.json");
        let file = File::create(&path).unwrap();
        file.set_len(STATE_BYTES_MAX + 1).unwrap();
        drop(file);
        let error = StateFile::open(&path).unwrap_err();
        assert_eq!(error, StateError::Malformed(path));
    }
}
