//! What the servers of a stream have said last about themselves, and what they promised together:
//! a file of the node's folder.
//!
//! A cluster outlives that one of its servers is down, and a node may be started again meanwhile.
//! The promise of a server that is away is then what it has said last. `parlor check` says what was
//! promised when the node ran last.
//!
//! Versions of Parlor read each other's file: a field that was added later may be missing, and one
//! that is not known is ignored.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use parlor_shared::{Epoch, limits::STREAM_ANSWERS_MAX};
use serde::{Deserialize, Serialize};

use crate::{engine::Promise, repeated_line::log_repeated};

/// The file.
const FILE: &str = "parlor.servers.json";

/// What a server says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) server: Server,
    #[serde(default)]
    pub(super) data: Data,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Server {
    pub(super) name: String,
    #[serde(rename = "ver")]
    pub(super) version: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Data {
    #[serde(default)]
    pub(super) config: Settings,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    /// Left out where it is off.
    #[serde(default)]
    pub(super) sync_always: bool,
}

/// What is kept of them, each by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// The epoch of their stream: another stream may be on other servers with the same names.
    epoch: Epoch,
    servers: BTreeMap<String, Answer>,
    /// What the stream promised when the node looked last; `None` until it has.
    #[serde(default)]
    promise: Option<Promise>,
}

/// What the stream of this epoch promised when the node with its log in `folder` looked last, which
/// it does every few seconds while it runs; `None` where no node has run on that folder.
#[must_use]
pub fn last_promise(folder: &Path, epoch: Epoch) -> Option<Promise> {
    Kept::read(folder, epoch)?.promise
}

impl Kept {
    /// Reads what the folder has of this epoch's stream. A file that is missing or damaged has
    /// nothing.
    fn read(folder: &Path, epoch: Epoch) -> Option<Self> {
        let read = fs::read(folder.join(FILE)).ok();
        let kept = read.and_then(|text| serde_json::from_slice::<Self>(&text).ok());
        kept.filter(|kept| kept.epoch == epoch)
    }
}

/// What they have said last.
#[derive(Debug)]
pub(super) struct LastAnswers {
    folder: PathBuf,
    kept: Mutex<Kept>,
}

impl LastAnswers {
    /// Reads what the folder has of the servers of this epoch's stream. A file that is missing or
    /// damaged says nothing of any.
    pub(super) fn open(folder: &Path, epoch: Epoch) -> Self {
        let none = Kept {
            epoch,
            servers: BTreeMap::new(),
            promise: None,
        };
        let kept = Kept::read(folder, epoch);
        Self {
            folder: folder.to_owned(),
            kept: Mutex::new(kept.unwrap_or(none)),
        }
    }

    /// What a server has said last; `None` if it never has.
    pub(super) fn of(&self, server: &str) -> Option<Answer> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.servers.get(server).cloned()
    }

    /// Keeps what these servers say now, and forgets those that do not have the stream any more.
    pub(super) fn keep(&self, names: &[String], answers: &BTreeMap<String, Answer>) {
        self.change(|kept| {
            kept.servers.retain(|name, _| names.contains(name));
            for name in names.iter().take(STREAM_ANSWERS_MAX) {
                if let Some(answer) = answers.get(name) {
                    kept.servers.insert(name.clone(), answer.clone());
                }
            }
        });
    }

    /// Keeps what the stream promises now.
    pub(super) fn keep_promise(&self, promise: &Promise) {
        self.change(|kept| kept.promise = Some(promise.clone()));
    }

    /// Changes what is kept, and writes it if it is not what it was.
    fn change(&self, change: impl FnOnce(&mut Kept)) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut now = kept.clone();
        change(&mut now);
        if now == *kept {
            return;
        }
        match self.write(&now) {
            Ok(()) => *kept = now,
            // A new node makes its folder a little later, and is asked again then.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => log_repeated!(
                warn,
                %error,
                file = FILE,
                "what the servers promise can't be kept in the folder"
            ),
        }
    }

    fn write(&self, kept: &Kept) -> io::Result<()> {
        let (file, part) = (
            self.folder.join(FILE),
            self.folder.join(format!("{FILE}.part")),
        );
        fs::write(&part, serde_json::to_vec(kept)?)?;
        fs::rename(part, file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(names: &[&str]) -> BTreeMap<String, Answer> {
        let answer = |name: &&str| {
            let text = format!(
                r#"{{"server":{{"name":"{name}","ver":"2.15.1"}},"data":{{"config":{{"sync_always":true}}}}}}"#
            );
            (
                (*name).to_owned(),
                serde_json::from_str::<Answer>(&text).unwrap(),
            )
        };
        names.iter().map(answer).collect()
    }

    #[test]
    fn what_servers_have_said_outlives_a_restart_and_is_of_one_stream() {
        let folder = tempfile::tempdir().unwrap();
        let (epoch, other) = (Epoch::new([1; 16]), Epoch::new([2; 16]));
        let last = LastAnswers::open(folder.path(), epoch);
        let names = ["a", "b", "c"].map(str::to_owned);
        let all = answers(&["a", "b", "c", "of another stream"]);
        last.keep(&names, &all);
        last.keep(&names, &answers(&["a"]));
        let again = LastAnswers::open(folder.path(), epoch);
        assert_eq!(again.of("c"), all.get("c").cloned());
        assert_eq!(again.of("of another stream"), None);
        assert_eq!(LastAnswers::open(folder.path(), other).of("c"), None);
        again.keep(&names[..2], &answers(&["a"]));
        assert_eq!(again.of("c"), None, "it has the stream no more");
        fs::write(folder.path().join(FILE), "{").unwrap();
        assert_eq!(LastAnswers::open(folder.path(), epoch).of("a"), None);
    }

    #[test]
    fn what_was_promised_is_kept_beside_what_the_servers_have_said() {
        let folder = tempfile::tempdir().unwrap();
        let (epoch, other) = (Epoch::new([1; 16]), Epoch::new([2; 16]));
        // As an earlier version has written it.
        let older = format!(r#"{{"epoch":"{epoch}","servers":{{}}}}"#);
        fs::write(folder.path().join(FILE), older).unwrap();
        let last = LastAnswers::open(folder.path(), epoch);
        last.keep(&["a".to_owned()], &answers(&["a"]));
        assert_eq!(last_promise(folder.path(), epoch), None);
        for promise in [Promise::Durable, Promise::Replicated("one disk".to_owned())] {
            last.keep_promise(&promise);
            assert_eq!(last_promise(folder.path(), epoch), Some(promise));
            assert_eq!(last_promise(folder.path(), other), None);
        }
        assert!(LastAnswers::open(folder.path(), epoch).of("a").is_some());
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_written_once_it_is() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("new");
        let epoch = Epoch::new([1; 16]);
        let last = LastAnswers::open(&folder, epoch);
        let names = ["a".to_owned()];
        last.keep(&names, &answers(&["a"]));
        fs::create_dir(&folder).unwrap();
        last.keep(&names, &answers(&["a"]));
        assert!(LastAnswers::open(&folder, epoch).of("a").is_some());
    }
}
